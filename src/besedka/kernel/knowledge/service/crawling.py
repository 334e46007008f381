"""Visiting the pages of a site: which is next, what it says, where it leads.

Nothing is held while a page is fetched and read; what came of it is stored at once, with the addresses that it leads
to. A process that dies loses one visit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import assert_never

import structlog

from besedka.core.clock import now
from besedka.core.errors import BesedkaError, Unavailable
from besedka.core.http.errors import OutgoingError, ResponseTooLarge
from besedka.core.http.types import Limits
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.knowledge.errors import IndexingStopped, PageRefused, RobotsUnavailable
from besedka.kernel.knowledge.extraction.errors import ExtractionError
from besedka.kernel.knowledge.extraction.extract import (
    SitePage,
    extract_site_page,
    extract_sitemap,
)
from besedka.kernel.knowledge.extraction.wire import SitemapJson
from besedka.kernel.knowledge.repository.sites import (
    Round,
    SiteRepository,
    Visited,
    Waiting,
)
from besedka.kernel.knowledge.service.reading import HTML, Reading, cut, read_document
from besedka.kernel.knowledge.sites import robots
from besedka.kernel.knowledge.sites.addresses import Scope, host_of, joined, normal, path_of
from besedka.kernel.knowledge.sites.fetching import (
    HEADERS,
    Elsewhere,
    Fetcher,
    Gone,
    Got,
    NotText,
    Unchanged,
)
from besedka.kernel.knowledge.sites.manners import Manners
from besedka.kernel.knowledge.sites.patterns import spelt
from besedka.kernel.knowledge.sites.robots import Robots
from besedka.kernel.knowledge.types import PageState, Reason, Source

log = structlog.get_logger(__name__)

MOST_TRIES = 2
MOST_SITEMAPS = 50
SITEMAP_BYTES = 20 << 20
ROBOTS_LIMITS = Limits(max_bytes=robots.MOST_BYTES * 4, connect=10.0, idle=15.0, total=30.0)
SITEMAP_LIMITS = Limits(max_bytes=SITEMAP_BYTES, connect=10.0, idle=15.0, total=60.0)
TITLE_CHARACTERS = 200
_SERVER_FAULT = 500
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a visit. `address` is where the page stands, `links` are those to follow.

    `is_failure` says whether the site could not be reached; None when nobody was asked.
    """

    visited: Visited
    address: str
    reading: Reading | None = None
    links: Sequence[str] = ()
    size: int = 0
    is_failure: bool | None = False


class Crawl:
    """A part of a round over one site."""

    def __init__(self, runtime: Runtime, source: Source, state: Round, *, asked: Robots) -> None:
        rules = state.rules
        self._runtime, self._source = runtime, source
        self._robots = asked
        self._scope = Scope(
            source.url or "", [*map(spelt, rules.include)], [*map(spelt, rules.exclude)]
        )
        self._fetcher = Fetcher(
            runtime.http, runtime.get(Manners), self._may_ask, pause=asked.delay
        )

    def _may_ask(self, address: str) -> bool:
        return self._scope.has(address) and self._robots.allows(path_of(address))

    async def visit(self, page: Waiting) -> Outcome:
        """Fetch and read a page. What goes wrong with the page alone is its outcome."""
        if not self._may_ask(page.url):
            return Outcome(Visited(PageState.LEFT_OUT), page.url, is_failure=None)
        if page.tries > MOST_TRIES:
            stopped = Reason(IndexingStopped.code)
            return Outcome(Visited(PageState.FAILED, error=stopped), page.url, is_failure=None)
        try:
            return await self._read(page)
        except Unavailable:
            raise
        except BesedkaError as error:
            return _failed(page, error)

    async def _read(self, page: Waiting) -> Outcome:
        answer = await self._fetcher.get(page.url, _validators(page))
        match answer:
            case Unchanged():
                return Outcome(Visited(PageState.READ), page.url)
            case Gone():
                return Outcome(Visited(PageState.MISSING, missed=page.missed + 1), page.url)
            case Elsewhere():
                return Outcome(Visited(PageState.MOVED), page.url)
            case NotText():
                return Outcome(Visited(PageState.SKIPPED), page.url)
            case Got():
                return await self._take(answer)
            case _:
                assert_never(answer)

    async def _take(self, got: Got) -> Outcome:
        if got.media_type not in HTML:
            reading = await read_document(self._runtime, got.body, url=got.address)
            return self._outcome(got, reading, title=reading.title or "", links=())
        found = await extract_site_page(
            got.body, url=got.address, sandbox=self._runtime.sandbox, charset=got.charset
        )
        said = _said(found.robots) | _said(got.robots)
        links = [] if said & {"nofollow", "none"} else self._links(got.address, found)
        if said & {"noindex", "none"}:
            return Outcome(
                Visited(PageState.LEFT_OUT, found.title),
                got.address,
                links=links,
                size=len(got.body),
            )
        if canonical := self._canonical(got.address, found):
            moved = Visited(PageState.MOVED, found.title)
            return Outcome(moved, got.address, links=[canonical, *links], size=len(got.body))
        if found.extracted is None:
            return _textless(got, found, links)
        reading = await cut(found.extracted)
        return self._outcome(got, reading, title=reading.title or found.title, links=links)

    def _outcome(self, got: Got, reading: Reading, *, title: str, links: Sequence[str]) -> Outcome:
        visited = Visited(
            PageState.READ,
            (title or got.address)[:TITLE_CHARACTERS],
            got.etag[:500],
            got.modified[:100],
        )
        return Outcome(visited, got.address, reading, links, size=len(got.body))

    def _canonical(self, address: str, found: SitePage) -> str | None:
        """Return the address that a page says it stands at, when that is another one of the site."""
        if not found.canonical:
            return None
        canonical = joined(_base(address, found), found.canonical)
        other = canonical is not None and canonical != address
        return canonical if other and self._may_ask(canonical or "") else None

    def _links(self, address: str, found: SitePage) -> list[str]:
        base = _base(address, found)
        led = (joined(base, link) for link in found.links)
        return [each for each in dict.fromkeys(led) if each and self._may_ask(each)]

    async def read_sitemaps(self, *, most: int) -> dict[str, datetime | None]:
        """Return the pages of the site's sitemaps that are taken in, with what is said of their last change."""
        start = self._source.url or ""
        named = [normal(each) for each in self._robots.sitemaps]
        queue = [each for each in named if each] or [joined(start, "/sitemap.xml") or ""]
        pages: dict[str, datetime | None] = {}
        for place in range(MOST_SITEMAPS):
            if place >= len(queue) or len(pages) >= most:
                break
            found = await self._read_sitemap(queue[place])
            further = (joined(queue[place], each) for each in found["maps"][:MOST_SITEMAPS])
            queue += [each for each in further if each and each not in queue]
            for address, changed in found["pages"]:
                page = normal(address)
                if page and self._may_ask(page):
                    pages[page] = _moment(changed)
        return dict(islice(pages.items(), most))

    async def _read_sitemap(self, address: str) -> SitemapJson:
        """Return the entries of a sitemap; one that cannot be had has none."""
        try:
            async with self._runtime.get(Manners).turn(host_of(address), asked=self._robots.delay):
                fetched = await self._runtime.http.fetch(
                    address, headers=HEADERS, limits=SITEMAP_LIMITS
                )
            if fetched.ok:
                return await extract_sitemap(fetched.body, sandbox=self._runtime.sandbox)
        except (OutgoingError, ExtractionError) as error:
            log.info("sitemap left out", source=self._source.id, code=error.code)
        return {"pages": [], "maps": []}


def _base(address: str, found: SitePage) -> str:
    return (joined(address, found.base) if found.base else None) or address


def _moment(said: str) -> datetime | None:
    """Read a date as sitemaps have it (W3C); a future one says nothing."""
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware if aware <= now() else None


def _textless(got: Got, found: SitePage, links: Sequence[str]) -> Outcome:
    refusal = found.refusal
    error = None if refusal is None else Reason(refusal.code, refusal.params)
    visited = Visited(PageState.SKIPPED, found.title[:TITLE_CHARACTERS], error=error)
    return Outcome(visited, got.address, links=links, size=len(got.body))


def _failed(page: Waiting, error: BesedkaError) -> Outcome:
    """Leave a page waiting when another try may help, which comes after all others had their first."""
    unreachable = isinstance(error, OutgoingError)
    may_pass = not error.permanent or (isinstance(error, PageRefused) and _is_busy(error))
    again = may_pass and page.tries < MOST_TRIES
    state = PageState.WAITING if again else PageState.FAILED
    size = int(str(error.params["limit"])) if isinstance(error, ResponseTooLarge) else 0
    visited = Visited(state, error=Reason(error.code, error.params), missed=page.missed)
    return Outcome(visited, page.url, size=size, is_failure=unreachable)


def _is_busy(error: PageRefused) -> bool:
    answer = error.params.get("answer")
    return isinstance(answer, int) and (answer >= _SERVER_FAULT or answer == _TOO_MANY)


def _validators(page: Waiting) -> Mapping[str, str]:
    """Return what asks a server for nothing when nothing has changed; not for pages that are not indexed."""
    if page.hash is None:
        return {}
    given = {"If-None-Match": page.etag, "If-Modified-Since": page.modified}
    return {name: value for name, value in given.items() if value}


def _said(words: str) -> set[str]:
    """Return the words for all programs; those for another one (`googlebot: noindex`) are not for us."""
    parts = (
        part.strip().removeprefix(f"{robots.AGENT.lower()}:").strip() for part in words.split(",")
    )
    return {part for part in parts if part and ":" not in part}


async def open_part(
    runtime: Runtime, workspace: WorkspaceId, source: Source, state: Round
) -> Crawl:
    """Begin a part of a round; the first one reads robots.txt and sitemaps. Raises OutgoingError, RobotsUnavailable."""
    if state.robots is not None:
        return Crawl(runtime, source, state, asked=robots.read(state.robots))
    body = await _fetch_robots(runtime, source)
    crawl = Crawl(runtime, source, state, asked=robots.read(body))
    pages = await crawl.read_sitemaps(most=state.rules.max_pages)
    async with runtime.db.fast.transaction(workspace) as conn:
        repository = SiteRepository(conn)
        if await repository.lock(source.id):
            await repository.add_pages(source.id, pages, depth=1, most=state.rules.max_pages)
            await repository.set_robots(source.id, body)
    return crawl


async def _fetch_robots(runtime: Runtime, source: Source) -> bytes:
    """Return robots.txt, empty when there is none; while a server cannot say, nothing may be asked for."""
    address = joined(source.url or "", "/robots.txt") or ""
    async with runtime.get(Manners).turn(host_of(address)):
        fetched = await runtime.http.fetch(address, headers=HEADERS, limits=ROBOTS_LIMITS)
    if fetched.ok:
        return fetched.body
    if fetched.status >= _SERVER_FAULT or fetched.status == _TOO_MANY:
        raise RobotsUnavailable(host=host_of(address), answer=fetched.status)
    return b""
