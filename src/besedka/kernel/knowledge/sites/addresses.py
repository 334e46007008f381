"""Addresses of a site: one spelling for each page, which of them belong to the site, and which lead nowhere."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from yarl import URL

from besedka.kernel.knowledge.sites.patterns import matches, spelt

LONGEST = 1000
_DEEPEST = 15
_SAME_SEGMENT = 3
_MOST_PARAMETERS = 6
_USUAL_PORTS = frozenset({80, 443})
_TRACKERS = re.compile(
    r"utm_\w+|fbclid|gclid|yclid|ysclid|yrclid|msclkid|ttclid|twclid|dclid|gbraid|wbraid|igshid|_openstat|from_openstat|"
    r"mc_[ce]id|_ga|_gl|roistat\w*|vero_\w+|hsa_\w+|oly_\w+|_hsenc|_hsmi|wickedid|li_fat_id|rb_clickid",
    re.IGNORECASE,
)
_SESSIONS = re.compile(
    r"phpsessid|jsessionid|aspsessionid\w*|cfid|cftoken|sid|session_?id|sessid|oscsid|zenid",
    re.IGNORECASE,
)
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?#]*", re.IGNORECASE)
_NEVER_PAGES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|css|js|mjs|map|woff2?|ttf|otf|eot|mp[34]|m4[av]|webm|og[gv]|wav|"
    r"avi|mov|mkv|flac|zip|rar|7z|tar|t?gz|bz2|xz|exe|msi|dmg|iso|apk|deb|rpm|bin|dll|torrent|psd|ai|eps|dwg|swf)$",
    re.IGNORECASE,
)


def normal(address: str) -> str | None:
    """Return an address in the one spelling that stands for its page; None for what is no page of the web.

    Without fragment, trackers and session ids; what is left of the query is sorted, so that a filter whose parameters
    change places is one page.
    """
    try:
        url = URL(_SESSION_IN_PATH.sub("", address.strip()))
        kept = sorted((key, value) for key, value in url.query.items() if not _is_noise(key))
        if url.scheme not in {"http", "https"} or not url.host or url.user is not None:
            return None
        page = url.with_path("/") if url.raw_path == "/" else url.with_fragment(None)
        shown = str(page.with_query(kept or None))
    except (ValueError, TypeError):
        return None
    return shown if len(shown) <= LONGEST else None


def joined(base: str, link: str) -> str | None:
    """Return the normal address that a link on a page leads to."""
    try:
        return normal(str(URL(base).join(URL(link.strip()))))
    except ValueError:
        return None


def _is_noise(parameter: str) -> bool:
    return bool(_TRACKERS.fullmatch(parameter) or _SESSIONS.fullmatch(parameter))


def path_of(address: str) -> str:
    """Return path and query as a server sees them."""
    return URL(address).raw_path_qs or "/"


def host_of(address: str) -> str:
    """Return the host of a normal address."""
    return URL(address).host or ""


def is_same_site(one: str, other: str) -> bool:
    """Whether two normal addresses are of one site: the same host, with or without `www.`, on the same port."""
    first, second = URL(one), URL(other)
    usual = {first.port, second.port} <= _USUAL_PORTS
    return _bare(first) == _bare(second) and (usual or first.port == second.port)


def _bare(url: URL) -> str:
    return (url.host or "").removeprefix("www.")


def is_trap(address: str) -> bool:
    """Whether an address looks like one of endlessly many: parts that repeat, too deep, too many parameters."""
    url = URL(address)
    parts = [part for part in url.raw_parts if part not in {"", "/"}]
    most = max(Counter(parts).values(), default=0)
    return len(parts) > _DEEPEST or most > _SAME_SEGMENT or len(url.query) > _MOST_PARAMETERS


def may_be_page(address: str) -> bool:
    """Whether the end of an address does not say that it is a picture, a film, an archive or a part of a page."""
    return _NEVER_PAGES.search(URL(address).path) is None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which addresses a source takes in: those of the start's site that its owner did not leave out."""

    start: str
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    """Patterns of paths, `spelt`."""

    def has(self, address: str) -> bool:
        """Whether a normal address is taken in. The start always is: everything else is found from it."""
        if address == self.start:
            return True
        if not is_same_site(self.start, address) or is_trap(address) or not may_be_page(address):
            return False
        path = spelt(path_of(address))
        wanted = not self.include or any(matches(pattern, path) for pattern in self.include)
        return wanted and not any(matches(pattern, path) for pattern in self.exclude)
