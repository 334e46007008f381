"""Sites: adding one, looking it over, and the rounds in which its pages are visited."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from yarl import URL

from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError
from besedka.core.http.errors import BadUrl
from besedka.kernel.jobs import service as jobs
from besedka.kernel.knowledge.errors import (
    CollectionNotFound,
    NotSite,
    SiteWithoutPages,
    SourceNotFound,
)
from besedka.kernel.knowledge.repository.sites import Count, Round, SiteRepository
from besedka.kernel.knowledge.repository.sources import SourceRepository
from besedka.kernel.knowledge.service import indexing
from besedka.kernel.knowledge.sites.addresses import host_of, normal
from besedka.kernel.knowledge.types import (
    CollectionId,
    NewSource,
    PageState,
    Reason,
    SitePage,
    SiteRules,
    Source,
    SourceId,
    SourceKind,
    SourceState,
)

CRAWL_JOB = "knowledge.crawl"
AFTER_OTHERS = -1
"""Whoever waits for a document goes first."""


async def add_site(
    conn: TenantConn, collection_id: UUID, url: str, *, rules: SiteRules, title: str = "",
    refresh_hours: int | None = None, is_preview: bool = False,
) -> Source:  # fmt: skip
    """Add a site, whose pages are visited by jobs; in a preview nothing is indexed yet.

    Raises CollectionNotFound, BadUrl.
    """
    start = normal(url)
    if start is None:
        raise BadUrl(reason="url")
    made = await SourceRepository(conn).insert(
        NewSource(
            CollectionId(collection_id), SourceKind.SITE, title.strip() or host_of(start), url=start,
            refresh_hours=refresh_hours,
        )
    )  # fmt: skip
    if made is None:
        raise CollectionNotFound
    await SiteRepository(conn).insert(made.id, rules, is_preview=is_preview)
    await begin_round(conn, made)
    return made


async def site_rules(conn: TenantConn, source_id: UUID) -> SiteRules:
    """Return what a site's owner takes in. Raises SourceNotFound, NotSite."""
    _, state = await _site(conn, source_id)
    return state.rules


async def change_site(conn: TenantConn, source_id: UUID, rules: SiteRules) -> None:
    """Change what is taken in, from the next round on. Raises SourceNotFound, NotSite."""
    source, _ = await _site(conn, source_id)
    await SiteRepository(conn).set_rules(source.id, rules)


async def leave_out(conn: TenantConn, source_id: UUID, pages: Sequence[UUID]) -> None:
    """Leave some known pages of a site out, from the next round on. Raises SourceNotFound, NotSite."""
    source, state = await _site(conn, source_id)
    addresses = await SiteRepository(conn).addresses(source.id, pages)
    patterns = [f"{URL(address).raw_path_qs}$" for address in addresses]
    rules = replace(state.rules, exclude=tuple(dict.fromkeys((*state.rules.exclude, *patterns))))
    await SiteRepository(conn).set_rules(source.id, rules)


async def site_pages(
    conn: TenantConn, source_id: UUID, *, after: UUID | None = None, limit: int = 50
) -> list[SitePage]:
    """Return the addresses that are known of a site, in the order in which they were found.

    Raises SourceNotFound, NotSite.
    """
    source, _ = await _site(conn, source_id)
    return await SiteRepository(conn).pages(source.id, after=after, limit=limit)


async def index_site(conn: TenantConn, source_id: UUID) -> Source:
    """Make the pages of a site that was looked over searchable. Raises SourceNotFound, NotSite."""
    source, _ = await _site(conn, source_id)
    await SiteRepository(conn).lock(source.id)
    await SiteRepository(conn).set_preview(source.id, is_preview=False)
    return await begin_round(conn, source)


async def begin_round(conn: TenantConn, source: Source) -> Source:
    """Visit a site's pages: all of them, or those that a round which was interrupted has left.

    A round that goes on already is left alone. Call inside a transaction.
    """
    repository = SiteRepository(conn)
    await repository.lock(source.id)
    state = await repository.find(source.id)
    assert state is not None
    if not state.is_visiting:
        await repository.begin(source.id, source.url or "")
        state = await repository.find(source.id)
        assert state is not None
    await SourceRepository(conn).set_progress(source.id, state=SourceState.QUEUED, percent=0)
    await defer_part(conn, source.id, state.part)
    found = await SourceRepository(conn).find(source.id)
    assert found is not None
    return found


async def defer_part(conn: TenantConn, source_id: SourceId, part: int) -> None:
    """Queue the next part of a round, once."""
    await jobs.defer(
        conn, CRAWL_JOB, {"source_id": str(source_id)}, priority=AFTER_OTHERS,
        unique_key=f"{CRAWL_JOB}:{source_id}:{part}",
    )  # fmt: skip


async def end_round(conn: TenantConn, source: Source, state: Round, *, stopped: str = "") -> None:
    """Say what a round has brought; `stopped` is the notice of one that ended early.

    Call inside a transaction.
    """
    repository = SiteRepository(conn)
    if not await repository.lock(source.id):
        return
    await repository.next_part(source.id, is_visiting=False)
    count = await repository.count(source.id)
    ended = SourceState.PREVIEW if state.is_preview else SourceState.READY
    chunks = await repository.conclude(
        source.id, state=ended, notices=_notices(count, state.rules, stopped), count=count
    )
    if not count.of(PageState.READ):
        await _fail_round(conn, source)
    elif not state.is_preview:
        await indexing.tell_ready(conn, replace(source, chunks=chunks))


async def _fail_round(conn: TenantConn, source: Source) -> None:
    reason = await SiteRepository(conn).last_error(source.id)
    if reason is None:
        without = SiteWithoutPages(host=host_of(source.url or ""))
        reason = Reason(without.code, without.params)
    await indexing.fail_for(conn, source, reason)


def _notices(count: Count, rules: SiteRules, stopped: str) -> Sequence[Reason]:
    found = [Reason(stopped)] if stopped else []
    if count.total >= rules.max_pages:
        found.append(Reason("site_pages_limit", {"pages": rules.max_pages}))
    if failed := count.of(PageState.FAILED):
        found.append(Reason("site_pages_failed", {"pages": failed}))
    return found


async def give_up_round(conn: TenantConn, source: Source, error: BesedkaError) -> None:
    """Say that a site's pages cannot be visited at all; what was read earlier stays searchable."""
    if await SiteRepository(conn).lock(source.id):
        await SiteRepository(conn).next_part(source.id, is_visiting=False)
        await indexing.fail(conn, source, error)


async def _site(conn: TenantConn, source_id: UUID) -> tuple[Source, Round]:
    source = await SourceRepository(conn).find(SourceId(source_id))
    if source is None:
        raise SourceNotFound
    state = await SiteRepository(conn).find(source.id)
    if state is None:
        raise NotSite
    return source, state
