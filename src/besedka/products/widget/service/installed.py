"""Is the line on the site? A look at a page, as a visitor's browser would get it."""

import re
from typing import Final
from urllib.parse import urlsplit

from besedka.core.http.errors import OutgoingError
from besedka.core.http.types import Limits
from besedka.core.runtime import Runtime
from besedka.products.widget.errors import BadSite
from besedka.products.widget.service.places import is_allowed, origin_of
from besedka.products.widget.types import Found, Place, Seen

LIMITS: Final = Limits(max_bytes=2 * 1024 * 1024, connect=5.0, idle=10.0, total=15.0)
SCRIPT = "/widget.js"
LONGEST_ADDRESS = 2000
_SCRIPT = re.compile(r"<script\b([^<>]{0,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""")


async def look_at(runtime: Runtime, place: Place, address: str) -> Found:
    """Look for a widget's line on a page. Raises BadSite for what is no address."""
    url = address.strip()[:LONGEST_ADDRESS]
    origin = origin_of(url)
    if origin is None or "*" in origin:
        raise BadSite(site=url[:80])
    url = url if "://" in url else f"https://{url}"
    allowed = is_allowed(runtime, place, origin)
    try:
        fetched = await runtime.http.fetch(url, limits=LIMITS)
    except OutgoingError:
        return Found(Seen.UNREACHABLE, url, allowed)
    if not fetched.ok:
        return Found(Seen.REFUSED, url, allowed, fetched.status)
    keys = keys_on(fetched.body.decode("utf-8", "replace"))
    reached = origin_of(fetched.url) or origin
    return Found(
        _seen(keys, place.public_key), fetched.url, is_allowed(runtime, place, reached), fetched.status
    )  # fmt: skip


def _seen(keys: set[str], own: str) -> Seen:
    if own in keys:
        return Seen.FOUND
    return Seen.OTHER_KEY if keys else Seen.MISSING


def keys_on(html: str) -> set[str]:
    """Return the keys of the widgets' lines on a page."""
    found = (_attributes(tag[1]) for tag in _SCRIPT.finditer(_uncommented(html)))
    return {
        given["data-key"] for given in found
        if given.get("data-key") and urlsplit(given.get("src", "")).path.endswith(SCRIPT)
    }  # fmt: skip


def _uncommented(html: str) -> str:
    shown, *rest = html.split("<!--")
    return shown + "".join(each.partition("-->")[2] for each in rest)


def _attributes(tag: str) -> dict[str, str]:
    return {name.lower(): value.strip("\"'") for name, value in _ATTRIBUTE.findall(tag)}
