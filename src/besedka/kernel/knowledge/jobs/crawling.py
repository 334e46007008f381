"""Jobs of sites: visit pages, part by part, and read again what is due."""

from datetime import timedelta
from uuid import UUID

import structlog

from besedka.core import clock
from besedka.core.errors import BesedkaError, Unavailable
from besedka.core.module import JobContext
from besedka.kernel.knowledge import service
from besedka.kernel.knowledge.errors import SourceNotFound
from besedka.kernel.knowledge.repository import sources
from besedka.kernel.knowledge.repository.sites import Round, SiteRepository, Standing, Waiting
from besedka.kernel.knowledge.repository.sources import SourceRepository
from besedka.kernel.knowledge.service import settling, sites
from besedka.kernel.knowledge.service.crawling import Crawl, open_part
from besedka.kernel.knowledge.types import Source, SourceId

log = structlog.get_logger(__name__)

PART_SECONDS = 30.0
PART_PAGES = 200
ROUND_BYTES = 500 << 20
ROUND_TIME = timedelta(hours=3)
MOST_FAILURES = 10
"""So many pages in a row that cannot be reached say that the site cannot."""
DUE_AT_ONCE = 100


async def crawl(context: JobContext, *, source_id: str) -> None:
    """Visit a site's pages for half a minute, then let another job go on. What was visited stays so."""
    found = await _find(context, SourceId(UUID(source_id)))
    if found is None:
        return
    source, state = found
    try:
        part = await open_part(context.runtime, context.workspace, source, state)
    except Unavailable:
        raise
    except BesedkaError as error:
        if not error.permanent and not context.last_attempt:
            raise
        log.info("site refused", source=source_id, code=error.code)
        async with context.runtime.db.fast.transaction(context.workspace) as conn:
            await sites.give_up_round(conn, source, error)
        return
    await _visit_pages(context, part, source, state)


async def _find(context: JobContext, source_id: SourceId) -> tuple[Source, Round] | None:
    async with context.runtime.db.fast.acquire(context.workspace) as conn:
        source = await SourceRepository(conn).find(source_id)
        state = await SiteRepository(conn).find(source_id)
    if source is None or state is None or not state.is_visiting:
        return None
    return source, state


async def _visit_pages(context: JobContext, part: Crawl, source: Source, state: Round) -> None:
    ends = clock.monotonic() + PART_SECONDS
    standing = Standing(state.fetched, state.failures)
    for _ in range(PART_PAGES):
        stopped = _stopped(state, standing)
        page = None if stopped else await _next_page(context, source)
        if page is None:
            await _end(context, source, state, stopped=stopped)
            return
        reached = await _visit(context, part, source, state, page)
        if reached is None:
            return
        standing = reached
        if clock.monotonic() > ends:
            break
    await _hand_on(context, source)


def _stopped(state: Round, standing: Standing) -> str:
    """Return the notice of a round that has to end now; empty when it goes on."""
    if standing.failures >= MOST_FAILURES:
        return "site_unreachable"
    if standing.fetched >= ROUND_BYTES:
        return "site_too_large"
    began = state.began_at or clock.now()
    return "site_too_slow" if clock.now() - began > ROUND_TIME else ""


async def _next_page(context: JobContext, source: Source) -> Waiting | None:
    async with context.runtime.db.fast.acquire(context.workspace) as conn:
        return await SiteRepository(conn).claim(source.id)


async def _visit(
    context: JobContext, part: Crawl, source: Source, state: Round, page: Waiting
) -> Standing | None:
    visit = settling.Visit(source, state, page, await part.visit(page))
    lanes = context.runtime.db.fast
    async with lanes.acquire(context.workspace) as conn:
        text = await settling.prepare(conn, visit)
    async with lanes.transaction(context.workspace) as conn:
        return await settling.settle(conn, visit, text)


async def _hand_on(context: JobContext, source: Source) -> None:
    async with context.runtime.db.fast.transaction(context.workspace) as conn:
        if await SiteRepository(conn).lock(source.id):
            part = await SiteRepository(conn).next_part(source.id, is_visiting=True)
            await sites.defer_part(conn, source.id, part)


async def _end(context: JobContext, source: Source, state: Round, *, stopped: str) -> None:
    async with context.runtime.db.fast.transaction(context.workspace) as conn:
        await sites.end_round(conn, source, state, stopped=stopped)


async def refresh_due(context: JobContext) -> None:
    """Read again the addresses and sites whose time has come."""
    async with context.runtime.db.system.transaction() as conn:
        due = await sources.due(conn, limit=DUE_AT_ONCE)
    for workspace, source_id in due:
        try:
            async with context.runtime.db.fast.transaction(workspace) as tenant:
                await service.refresh_source(tenant, source_id)
        except SourceNotFound:
            continue  # it was deleted meanwhile
