"""The job of vectors: passages without one get one, batch by batch."""

from datetime import timedelta
from uuid import UUID

from besedka.core import clock
from besedka.core.module import JobContext
from besedka.kernel.jobs import service as jobs
from besedka.kernel.knowledge.repository.vectors import Missing, VectorRepository
from besedka.kernel.knowledge.service import vectors
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.service import Provider

BATCH = 64
MOST_BATCHES = 2000
_LOOK_AGAIN = timedelta(seconds=5)
_NONE = UUID(int=0)


async def embed(context: JobContext, *, again: bool = True) -> None:
    """Make the vectors that are missing; without a model, delete those that are there.

    Passages whose transaction had asked for this job, but had not committed, are looked for once more a little later.
    """
    provider = await llm.find_provider(context.runtime, context.workspace)
    if provider is None or not provider.embedding_model:
        await _clear(context)
        return
    if not await vectors.prepare(context.runtime):
        return
    await _embed_missing(context, provider)
    if again:
        async with context.runtime.db.fast.transaction(context.workspace) as conn:
            await jobs.defer(
                conn, vectors.EMBED_JOB, {"again": False}, run_at=clock.now() + _LOOK_AGAIN,
                unique_key=f"{vectors.EMBED_JOB}:again",
            )  # fmt: skip


async def _clear(context: JobContext) -> None:
    if await vectors.are_there(context.runtime):
        async with context.runtime.db.fast.transaction(context.workspace) as conn:
            await VectorRepository(conn).clear()


async def _embed_missing(context: JobContext, provider: Provider) -> None:
    last, length = _NONE, 0
    for _ in range(MOST_BATCHES):
        batch = await _next(context, provider.embedding_model, last)
        if not batch:
            break
        length = await _embed_batch(context, provider, batch)
        last = batch[-1].chunk_id
    if length:
        _, total = await _counts(context, provider.embedding_model)
        await vectors.ensure_index(context.runtime, length=length, passages=total)


async def _next(context: JobContext, model: str, last: UUID) -> list[Missing]:
    async with context.runtime.db.fast.acquire(context.workspace) as conn:
        return await VectorRepository(conn).missing(model, after=last, limit=BATCH)


async def _embed_batch(context: JobContext, provider: Provider, batch: list[Missing]) -> int:
    """Make the vectors of some passages; returns their length."""
    texts = [vectors.words_of(each) for each in batch]
    made = await llm.embed(context.runtime, context.workspace, provider, texts)
    async with context.runtime.db.fast.transaction(context.workspace) as conn:
        await VectorRepository(conn).put(provider.embedding_model, batch, vectors=made)
    done, total = await _counts(context, provider.embedding_model)
    await context.progress(min(done, total), total)
    return len(made[0])


async def _counts(context: JobContext, model: str) -> tuple[int, int]:
    async with context.runtime.db.fast.acquire(context.workspace) as conn:
        repository = VectorRepository(conn)
        return await repository.count(model), await repository.passages()
