"""Widgets: making them, finding them by their public key, and the sites they may be used on."""

import re
from urllib.parse import urlsplit

from besedka.core.runtime import Runtime
from besedka.products.widget.errors import OriginNotAllowed, WidgetNotFound
from besedka.products.widget.repository.visits import PublicWidgets
from besedka.products.widget.types import Place

LONGEST_KEY = 64
_HOST = re.compile(r"(?=.{1,253}\Z)(?!-)[\w-]{1,63}(\.[\w-]{1,63})*")


async def find_place(runtime: Runtime, public_key: str, origin: str | None) -> Place:
    """Return the widget of a public key for a page of an origin. Raises WidgetNotFound, OriginNotAllowed."""
    async with runtime.db.system.acquire() as conn:
        found = await PublicWidgets(conn).find(public_key[:LONGEST_KEY])
    if found is None:
        raise WidgetNotFound
    if origin is not None and not _allowed(runtime, found, origin):
        raise OriginNotAllowed(origin=origin[:200])
    return found


def _allowed(runtime: Runtime, place: Place, origin: str) -> bool:
    """An empty list allows every site; our own pages are always allowed."""
    own = urlsplit(runtime.settings.base_url).netloc
    asked = urlsplit(origin.lower())
    if not place.allowed_origins or asked.netloc == own:
        return True
    return any(origin.lower().rstrip("/") == each.rstrip("/") for each in place.allowed_origins)


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
    """Return the origin of what a person typed as a site: a name, an address, a page; None when it is no site."""
    whole = address.strip().lower()
    try:
        parts = urlsplit(whole if "://" in whole else f"https://{whole}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or not _HOST.fullmatch(host):
        return None
    name = host.encode("idna").decode()
    return f"{parts.scheme}://{name}" + (f":{port}" if port else "")
