"""Fetching one page of a site: every redirect is looked at before it is followed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yarl import URL

from besedka.core.http.errors import BadUrl, TooManyRedirects
from besedka.kernel.knowledge.errors import PageRefused
from besedka.kernel.knowledge.sites.addresses import host_of, normal
from besedka.kernel.knowledge.sites.manners import Manners
from besedka.kernel.knowledge.sites.robots import AGENT

if TYPE_CHECKING:  # their library is heavy, and loaded with the first request
    from besedka.core.http.client import OutgoingHttp
    from besedka.core.http.response import Response

HEADERS: Mapping[str, str] = {"User-Agent": f"{AGENT}/1.0", "Accept-Encoding": "gzip, deflate"}
REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_UNCHANGED = 304
_BUSY = frozenset({429, 503})
_BUSY_SECONDS = 10.0
_NEVER_TEXT = ("image/", "audio/", "video/", "font/")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]{2,30})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Got:
    """A page: `address` is where it came from after redirects, `robots` what its server says to programs."""

    address: str
    media_type: str
    charset: str | None
    body: bytes
    etag: str
    modified: str
    robots: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """It is as it was when the given validators were noted."""


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such page (any more)."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """It leads to an address that is not taken in."""

    address: str


@dataclass(frozen=True, slots=True)
class NotText:
    """A picture, a film and the like."""


Answer = Got | Unchanged | Gone | Elsewhere | NotText


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches pages of one site. `allowed` says whether an address may be asked for."""

    http: "OutgoingHttp"
    manners: Manners
    allowed: Callable[[str], bool]
    pause: float | None = None

    async def get(self, address: str, validators: Mapping[str, str]) -> Answer:
        """Ask for a page. Raises OutgoingError, PageRefused."""
        wanted = address
        headers = {**HEADERS, **validators}
        for _ in range(REDIRECTS + 1):
            answer = await self._ask(wanted, headers)
            if not isinstance(answer, str):
                return answer
            following = normal(answer)
            if following is None or not self.allowed(following):
                return Elsewhere(answer)
            wanted, headers = answer, dict(HEADERS)
        raise TooManyRedirects(host=host_of(address))

    async def _ask(self, address: str, headers: Mapping[str, str]) -> Answer | str:
        """Return the answer, or the address that the server sends us to."""
        async with (
            self.manners.turn(host_of(address), asked=self.pause),
            self.http.stream(
                "GET", address, headers=headers, limits=self.manners.limits
            ) as response,
        ):
            if response.status in _REDIRECTS and "Location" in response.headers:
                return _following(address, response.headers["Location"])
            if response.status == _UNCHANGED:
                return Unchanged()
            if response.status in _GONE:
                return Gone()
            if response.status // 100 != 2:
                self._note_busy(address, response)
                raise PageRefused(host=host_of(address), answer=response.status)
            return await _read(address, response)

    def _note_busy(self, address: str, response: "Response") -> None:
        if response.status in _BUSY:
            asked = response.headers.get("Retry-After", "")
            seconds = float(asked) if asked.isascii() and asked.isdigit() else _BUSY_SECONDS
            self.manners.hold(host_of(address), seconds)


async def _read(address: str, response: "Response") -> Answer:
    kind = response.headers.get("Content-Type", "")
    media_type = kind.partition(";")[0].strip().lower()
    if media_type.startswith(_NEVER_TEXT):
        return NotText()
    charset = _CHARSET.search(kind)
    return Got(
        address=normal(address) or address, media_type=media_type,
        charset=charset[1] if charset else None, body=await response.read(),
        etag=response.headers.get("ETag", ""), modified=response.headers.get("Last-Modified", ""),
        robots=",".join(response.headers.getall("X-Robots-Tag", [])).lower(),
    )  # fmt: skip


def _following(address: str, location: str) -> str:
    if "\\" in location:
        raise BadUrl(reason="redirect")  # a slash to browsers, a letter to others
    try:
        return str(URL(address).join(URL(location.strip().replace(" ", "%20"))))
    except ValueError:
        raise BadUrl(reason="redirect") from None
