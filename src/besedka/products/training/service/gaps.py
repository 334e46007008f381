"""Gaps: grouping unanswered questions, drafting an answer, trying it out, publishing it."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.i18n import Locale
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant, Mode
from besedka.kernel.jobs import service as jobs
from besedka.kernel.jobs.types import JobState
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.types import CollectionId
from besedka.products.training.errors import GapNotFound, NoAnswer
from besedka.products.training.repository.gaps import GapRepository
from besedka.products.training.types import GROUP_JOB, Example, Gap, GapState, Replayed

KNOWN = 500
SHOWN = 100
EXAMPLES = 20
REPLAYED = 10
BATCH = 200
ALIKE = 0.5
CONTAINED = 0.75
FEWEST_COMMON = 2


def likeness(one: Iterable[str], other: Iterable[str]) -> float:
    """Return how alike two questions are by their stems: what they share of all, or nearly all of the shorter one."""
    a, b = set(one), set(other)
    common = len(a & b)
    if not common:
        return 0.0
    contained = common / min(len(a), len(b)) if common >= FEWEST_COMMON else 0.0
    shared = common / len(a | b)
    return max(shared, ALIKE) if contained >= CONTAINED else shared


async def group(conn: TenantConn, assistant_id: ActorId, run_id: UUID) -> None:
    """Put a question without an answer to those like it; a second time changes nothing."""
    repository = GapRepository(conn)
    asked = await answers.question_of(conn, run_id)
    if not asked:
        return
    await repository.lock(assistant_id)
    if await repository.has(run_id):
        return
    (stems,) = await knowledge.stems(conn, [answers.searched_for(asked)])
    known = await repository.known(assistant_id, limit=KNOWN)
    near = max(known, key=lambda each: likeness(each[1], stems), default=None)
    if near is not None and likeness(near[1], stems) >= ALIKE:
        gap = near[0]
    else:
        gap = await repository.insert(assistant_id, sorted(set(stems)))
    await repository.add_question(gap, run_id)


async def ungrouped(conn: TenantConn, assistant_id: ActorId) -> list[UUID]:
    """Return runs of before that answered nothing and are in no gap yet."""
    return await GapRepository(conn).ungrouped(assistant_id, limit=BATCH)


async def catch_up(conn: TenantConn, assistant_id: ActorId) -> None:
    """Let a job group the questions of before."""
    await answers.get_assistant(conn, assistant_id)
    await jobs.defer(
        conn, GROUP_JOB, {"assistant_id": str(assistant_id)}, unique_key=_group_key(assistant_id)
    )  # fmt: skip


def _group_key(assistant_id: ActorId) -> str:
    return f"{GROUP_JOB}:{assistant_id}"


async def is_grouping(conn: TenantConn, assistant_id: ActorId) -> bool:
    """Tell whether the job that groups the questions of before is queued or at work."""
    job = await jobs.find_latest(conn, _group_key(assistant_id))
    return job is not None and job.state in {JobState.QUEUED, JobState.RUNNING}


async def list_gaps(conn: TenantConn, assistant_id: ActorId, state: GapState) -> list[Gap]:
    """Return an assistant's gaps of a state, those asked most first."""
    return await GapRepository(conn).page(assistant_id, state, limit=SHOWN)


async def get_gap(conn: TenantConn, assistant_id: ActorId, gap_id: UUID) -> Gap:
    """Return a gap. Raises GapNotFound."""
    found = await GapRepository(conn).find(assistant_id, gap_id)
    if found is None:
        raise GapNotFound
    return found


async def examples_of(conn: TenantConn, gap: Gap) -> list[Example]:
    """Return the latest questions of a gap."""
    return await GapRepository(conn).examples(gap.id, limit=EXAMPLES)


async def save_draft(
    conn: TenantConn, assistant_id: ActorId, gap_id: UUID, *, question: str, answer: str
) -> Gap:
    """Keep the pair that is to close a gap; without a question the visitors' last one is taken. Raises GapNotFound."""
    gap = await get_gap(conn, assistant_id, gap_id)
    await GapRepository(conn).set_draft(gap.id, question=question or gap.title, answer=answer)
    return await get_gap(conn, assistant_id, gap_id)


async def publish(conn: TenantConn, assistant_id: ActorId, gap_id: UUID) -> Gap:
    """Make a question–answer pair of the draft, in the place of one that was published before.

    Raises GapNotFound, NoAnswer, SourceEmpty.
    """
    gap = await get_gap(conn, assistant_id, gap_id)
    if not gap.answer.strip():
        raise NoAnswer
    who = await answers.get_assistant(conn, assistant_id)
    if gap.source_id is not None and await knowledge.sources_by_id(conn, [gap.source_id]):
        await knowledge.delete_source(conn, gap.source_id)
    made = await knowledge.add_qa(
        conn, who.collection_id, question=gap.question or gap.title, answer=gap.answer
    )
    await GapRepository(conn).set_state(gap.id, GapState.PUBLISHED, source_id=made.id)
    return await get_gap(conn, assistant_id, gap_id)


async def set_aside(
    conn: TenantConn, assistant_id: ActorId, gap_id: UUID, *, state: GapState
) -> Gap:
    """Dismiss a gap, or open it again. Raises GapNotFound."""
    gap = await get_gap(conn, assistant_id, gap_id)
    await GapRepository(conn).set_state(gap.id, state, source_id=gap.source_id)
    return await get_gap(conn, assistant_id, gap_id)


async def suggest(
    runtime: Runtime, workspace: WorkspaceId, who: Assistant, gap: Gap, *, locale: Locale
) -> str:
    """Return a first wording of the answer: a model's, or the passage that is nearest; empty when nothing is near."""
    made = await answers.try_out(runtime, workspace, who, gap.question or gap.title, locale=locale)
    if made.draft.mode is Mode.MODEL:
        return answers.without_marks(made.draft.text)
    best = next(iter(made.found.hits), None)
    return "" if best is None else best.quote or best.text


async def replay(
    runtime: Runtime, workspace: WorkspaceId, who: Assistant, gap: Gap, *,
    examples: Sequence[Example], locale: Locale,
) -> list[Replayed]:  # fmt: skip
    """Ask the questions of a gap again, of the knowledge with the draft beside it. Raises NoAnswer, SourceEmpty."""
    if not gap.answer.strip():
        raise NoAnswer
    async with _beside(runtime, workspace, gap) as (collection, source):
        found = [
            (each, await answers.try_out(
                runtime, workspace, who, each.question, locale=locale, also=[collection]
            ))
            for each in examples[:REPLAYED]
        ]  # fmt: skip
    return [
        Replayed(
            question=each.question, before=each.confidence, after=made.draft.confidence,
            is_answered=made.draft.mode is not Mode.UNKNOWN,
            is_cited=any(cited.source_id == source for cited in made.draft.citations), answer=made.draft.text,
        )
        for each, made in found
    ]  # fmt: skip


@asynccontextmanager
async def _beside(
    runtime: Runtime, workspace: WorkspaceId, gap: Gap
) -> AsyncIterator[tuple[CollectionId, UUID]]:
    """Keep a draft in a collection of its own for a while, that no visitor's question is searched in."""
    name = f"draft {gap.id}"
    async with runtime.db.fast.transaction(workspace) as conn:
        await knowledge.delete_hidden(conn, name=name)  # left by a process that died
        collection = await knowledge.create_collection(conn, name=name, is_hidden=True)
        pair = await knowledge.add_qa(
            conn, collection, question=gap.question or gap.title, answer=gap.answer
        )
    try:
        yield collection, pair.id
    finally:
        async with runtime.db.fast.transaction(workspace) as conn:
            await knowledge.delete_collection(conn, collection)
