"""Is the line on the site? A look at a page, as a visitor's browser would get it."""

from html.parser import HTMLParser
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
    reader = _Lines()
    reader.feed(html)
    return reader.keys


class _Lines(HTMLParser):
    """Collects `data-key` of scripts that load a widget."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        given = dict(attrs)
        path = urlsplit(given.get("src") or "").path if tag == "script" else ""
        if path.endswith(SCRIPT) and given.get("data-key"):
            self.keys.add(given["data-key"] or "")
