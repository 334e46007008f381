"""Widgets: finding them by their public key, and the sites they may be used on."""

import re
from urllib.parse import urldefrag, urlsplit
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.runtime import Runtime
from besedka.products.widget.errors import OriginNotAllowed, WidgetNotFound
from besedka.products.widget.repository.visits import PublicWidgets, TenantWidgets
from besedka.products.widget.types import Place

LONGEST_KEY = 64
ANY_SUBDOMAIN = "*."
RESUME = "#besedka="
"""The part of a letter's link that browsers keep to themselves."""
_HOST = re.compile(r"(?=.{1,253}\Z)(?!-)[\w-]{1,63}(\.[\w-]{1,63})*")


async def find_place(runtime: Runtime, public_key: str, origin: str | None) -> Place:
    """Return the widget of a public key for a page of an origin. Raises WidgetNotFound, OriginNotAllowed."""
    key = public_key[:LONGEST_KEY]

    async def read() -> Place | None:
        async with runtime.db.system.acquire() as conn:
            return await PublicWidgets(conn).find(key)

    found = await runtime.reads.one(("widget", key), read)
    if found is None:
        raise WidgetNotFound
    if origin is not None and not is_allowed(runtime, found, origin):
        raise OriginNotAllowed(origin=origin[:200])
    return found


async def find_by_id(conn: TenantConn, widget_id: UUID) -> Place:
    """Return a widget. Raises WidgetNotFound."""
    found = await TenantWidgets(conn).find(widget_id)
    if found is None:
        raise WidgetNotFound
    return found


def is_allowed(runtime: Runtime, place: Place, origin: str) -> bool:
    """Whether a widget may be used on a site. An empty list allows every one; our own pages are always allowed."""
    asked = origin.lower().rstrip("/")
    if not place.allowed_origins or is_own(runtime, asked):
        return True
    return any(_covers(each.rstrip("/"), asked) for each in place.allowed_origins)


def is_own(runtime: Runtime, origin: str) -> bool:
    """Whether an origin is this installation's own."""
    return urlsplit(origin).netloc == urlsplit(runtime.settings.base_url).netloc


def _covers(allowed: str, origin: str) -> bool:
    """Whether an allowed site is this one; `https://*.shop.example` stands for the names below it, not for itself."""
    scheme, _, host = allowed.partition("://")
    if not host.startswith(ANY_SUBDOMAIN):
        return allowed == origin
    asked_scheme, _, asked_host = origin.partition("://")
    return scheme == asked_scheme and asked_host.endswith(host[1:]) and len(asked_host) >= len(host)


def link_to(runtime: Runtime, place: Place, page: str, resume: str) -> str:
    """Return where a letter's reader goes on: the page where they were, if that is surely the company's, or our own."""
    origin = origin_of(page) if "://" in page else None
    if origin and place.allowed_origins and is_allowed(runtime, place, origin):
        return f"{urldefrag(page).url}{RESUME}{resume}"
    return f"{runtime.settings.base_url}/talk/{place.public_key}{RESUME}{resume}"


async def first_place(
    runtime: Runtime, workspace_slug: str | None, public_key: str = ""
) -> Place | None:
    """Return the widget that the demo page shows: of a key, or the first of a workspace, or of the installation."""
    async with runtime.db.system.acquire() as conn:
        widgets = PublicWidgets(conn)
        if public_key:
            return await widgets.find(public_key[:LONGEST_KEY])
        return await widgets.oldest(workspace_slug)


def origin_of(address: str) -> str | None:
    """Return the origin of what a person typed as a site: a name, an address, a page; None when it is no site.

    `*.` before a name stands for all names below it.
    """
    whole = address.strip().lower()
    try:
        parts = urlsplit(whole if "://" in whole else f"https://{whole}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    wild = ANY_SUBDOMAIN if host and host.startswith(ANY_SUBDOMAIN) else ""
    host = host.removeprefix(wild) if host else host
    if parts.scheme not in {"http", "https"} or not host or not _HOST.fullmatch(host):
        return None
    if wild and "." not in host:
        return None
    name = host.encode("idna").decode()
    return f"{parts.scheme}://{wild}{name}" + (f":{port}" if port else "")
