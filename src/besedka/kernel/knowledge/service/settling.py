"""Storing what came of a visit to a page of a site: its passages, its row, and the addresses that it leads to."""

from dataclasses import dataclass, replace

from besedka.core.db.connection import TenantConn
from besedka.kernel.knowledge.repository.sites import (
    Round,
    SiteRepository,
    Standing,
    Visited,
    Waiting,
)
from besedka.kernel.knowledge.service import indexing
from besedka.kernel.knowledge.service.crawling import Outcome
from besedka.kernel.knowledge.service.keeping import keep
from besedka.kernel.knowledge.service.postings import Analysed
from besedka.kernel.knowledge.service.reading import Reading, fingerprint
from besedka.kernel.knowledge.types import PageState, Source, SourceKind

_KEEPING = frozenset({PageState.READ, PageState.WAITING, PageState.FAILED, PageState.MISSING})
"""States in which what a page said earlier stays searchable."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A page of a site in its round, and what came of the visit."""

    site: Source
    state: Round
    page: Waiting
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Text:
    """What a page says, ready to be stored."""

    reading: Reading
    analysed: Analysed
    hash: bytes


async def prepare(conn: TenantConn, visit: Visit) -> Text | None:
    """Return what has to be indexed of a page; None when nothing has to, or it is what is indexed already."""
    outcome = visit.outcome
    reading = outcome.reading
    if reading is None or visit.state.is_preview:
        return None
    content = fingerprint(reading)
    if content == visit.page.hash and outcome.address == visit.page.url:
        return None
    title = outcome.visited.title or outcome.address
    titled = replace(visit.site, kind=SourceKind.PAGE, title=title)
    if visit.page.hash is not None and outcome.address == visit.page.url:
        reading = await keep(conn, visit.page.id, reading)
    analysed = await indexing.analyse_in_parts(conn, titled, reading.passages)
    return Text(reading, analysed, content)


async def settle(conn: TenantConn, visit: Visit, text: Text | None) -> Standing | None:
    """Store what came of a visit; None when the site was deleted, or its round ended, meanwhile.

    Call inside a transaction.
    """
    site, page, outcome = visit.site, visit.page, visit.outcome
    repository = SiteRepository(conn)
    if not await repository.lock(site.id):
        return None
    target: Waiting | None = page
    if outcome.address != page.url:
        await _store(conn, visit, page, Visited(PageState.MOVED), text=None)
        target = await repository.take_address(site.id, outcome.address, depth=page.depth)
    if target is not None:
        await _store(conn, visit, target, outcome.visited, text=text)
    depth = page.depth + 1
    if outcome.links and depth <= visit.state.rules.max_depth:
        await repository.add_pages(
            site.id, dict.fromkeys(outcome.links), depth=depth, most=visit.state.rules.max_pages
        )
    count = await repository.count(site.id)
    return await repository.note(
        site.id, done=count.total - count.of(PageState.WAITING), total=count.total,
        fetched=outcome.size, is_failure=outcome.is_failure,
    )  # fmt: skip


async def _store(
    conn: TenantConn, visit: Visit, page: Waiting, visited: Visited, *, text: Text | None
) -> None:
    repository = SiteRepository(conn)
    is_gone = visited.missed > 1
    if page.hash is not None and (is_gone or visited.state not in _KEEPING):
        await indexing.delete(
            conn, page.id
        )  # the address too: where it still leads somewhere, it is found again
        return
    if text is not None and text.hash != page.hash:
        if await repository.says_the_same(visit.site.id, text.hash, besides=page.id):
            await repository.settle(page.id, Visited(PageState.MOVED, visited.title))
            return
        await _index(conn, visit, page, text=text, title=visited.title)
    await repository.settle(page.id, visited)


async def _index(
    conn: TenantConn, visit: Visit, page: Waiting, *, text: Text, title: str | None
) -> None:
    repository = SiteRepository(conn)
    address = visit.outcome.address
    source = await repository.ensure_source(
        visit.site, page.id, url=address, title=title or address
    )
    await indexing.put(conn, source, reading=text.reading, analysed=text.analysed)
    await repository.set_hash(page.id, text.hash)
