"""Searching by meaning: vectors of passages, made in the background, and of questions, made while somebody waits.

All of this is an addition: without pgvector, without a model, or while a provider is away, words alone are searched for.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from besedka.core.clock import monotonic
from besedka.core.db.connection import TenantConn
from besedka.core.db.database import connect
from besedka.core.db.dsn import Dsn
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.jobs import service as jobs
from besedka.kernel.knowledge.repository import vectors
from besedka.kernel.knowledge.repository.vectors import Missing, Nearness, Offered, VectorRepository
from besedka.kernel.knowledge.types import ChunkId, CollectionId
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import LlmError
from besedka.kernel.llm.service import Provider

log = structlog.get_logger(__name__)

EMBED_JOB = "knowledge.embed"
AFTER_OTHERS = -1
NEAREST = 20
EMBEDDED_CHARACTERS = 6000
NEEDED_FLAGS = frozenset({"avx2", "fma", "f16c", "bmi2"})
"""Of the processor: builds of pgvector that come with the embedded server crash without them."""
FEWEST_COMPARED = 30
CLEAR_SPREADS = 2.0
_CPU = Path("/proc/cpuinfo")
_ASKED_AGAIN_SECONDS = 60.0


@dataclass(slots=True)
class Vectors:
    """What a process knows of vectors, and its limits; times in seconds.

    `exact_most`: up to so many passages of a workspace every one is compared.
    """

    question_seconds: float = 0.8
    rerank_seconds: float = 1.0
    exact_most: int = 10_000
    are_there: bool = False
    looked_at: float = float("-inf")


@dataclass(frozen=True, slots=True)
class VectorSupport:
    """Whether vectors can be had; `reason` says what is missing."""

    version: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """Passages by meaning, nearest first. `is_clear` says that the first is far nearer than passages are in general."""

    chunks: Sequence[ChunkId] = ()
    is_clear: bool = False


async def vector_support(dsn: Dsn) -> VectorSupport:
    """Look whether a server can have vectors. Raises DatabaseAway."""
    conn = await connect(dsn.plain)
    try:
        found = await vectors.offered(conn)
    finally:
        await conn.close()
    return judge(found, is_local="host=" in dsn.plain)


def judge(found: Offered, *, is_local: bool) -> VectorSupport:
    """Return whether what a server offers is enough; of one on this machine the processor counts too."""
    version = found.installed or found.available
    if version is None:
        return VectorSupport(reason="the server has no extension called vector (pgvector)")
    if tuple(map(int, version.split(".")[:2])) < vectors.OLDEST:
        return VectorSupport(version, f"pgvector is {version}, 0.8 or newer is needed")
    if is_local and (lacking := _lacking_flags()):
        return VectorSupport(version, f"the processor has no {', '.join(lacking)}")
    return VectorSupport(version)


def _lacking_flags() -> list[str]:
    """Return the features that this machine's processor lacks; where that cannot be found out, none."""
    if not _CPU.exists():
        return []
    line = next((each for each in _CPU.read_text().splitlines() if each.startswith("flags")), "")
    return sorted(NEEDED_FLAGS - set(line.split())) if line else []


async def prepare(runtime: Runtime) -> bool:
    """Make the place for vectors where there is none; False where there cannot be one."""
    state = runtime.get(Vectors)
    if await are_there(runtime):
        return True
    found = await vector_support(runtime.db.dsn)
    if found.reason:
        log.warning("no vectors", reason=found.reason)
        return False
    conn = await connect(runtime.db.dsn.plain)
    try:
        async with conn.transaction():
            await vectors.make(conn)
    finally:
        await conn.close()
    state.are_there = True
    return True


async def are_there(runtime: Runtime) -> bool:
    """Whether there is a place for vectors; what is not there is looked for once a minute."""
    state = runtime.get(Vectors)
    if not state.are_there and monotonic() - state.looked_at > _ASKED_AGAIN_SECONDS:
        conn = await connect(runtime.db.dsn.plain)
        try:
            state.are_there = await vectors.is_there(conn)
        finally:
            await conn.close()
        state.looked_at = monotonic()
    return state.are_there


async def want_vectors(conn: TenantConn) -> None:
    """Have the passages without a vector get one soon, or all vectors go when there is no model any more."""
    await jobs.defer(conn, EMBED_JOB, unique_key=EMBED_JOB, priority=AFTER_OTHERS)


async def ensure_vectors(conn: TenantConn) -> None:
    """Have new passages get vectors, where the workspace has a model for that."""
    if await llm.embeds(conn):
        await want_vectors(conn)


def words_of(passage: Missing) -> str:
    """Return what is embedded of a passage: where it stands, and what it says."""
    above = " › ".join((passage.title, *passage.heading))
    return f"{above}\n\n{passage.text}"[:EMBEDDED_CHARACTERS]


async def ensure_index(runtime: Runtime, *, length: int, passages: int) -> None:
    """Make the index of vectors of one length, once a workspace has more than can be compared one by one."""
    if passages <= runtime.get(Vectors).exact_most or length > vectors.LONGEST_INDEXED:
        return
    conn = await connect(runtime.db.dsn.plain)
    try:
        await vectors.ensure_index(conn, length)
    finally:
        await conn.close()


async def nearest(
    runtime: Runtime, workspace: WorkspaceId, provider: Provider | None, *,
    collections: Sequence[CollectionId], question: str,
) -> Near:  # fmt: skip
    """Return the passages that mean what a question means; none when that cannot be found out in time."""
    if provider is None or not provider.embedding_model or not await are_there(runtime):
        return Near()
    state = runtime.get(Vectors)
    try:
        async with asyncio.timeout(state.question_seconds):
            (vector,) = await llm.embed(
                runtime, workspace, provider, [question[:EMBEDDED_CHARACTERS]]
            )
    except (LlmError, TimeoutError) as error:
        log.info("question without a vector", cause=type(error).__name__)
        return Near()
    return _near(await _nearness(runtime, workspace, provider.embedding_model, collections, vector))


async def _nearness(
    runtime: Runtime, workspace: WorkspaceId, model: str, collections: Sequence[CollectionId],
    vector: Sequence[float],
) -> Nearness:  # fmt: skip
    async with runtime.db.fast.transaction(workspace) as conn:
        repository = VectorRepository(conn)
        total = await repository.passages()
        if total <= runtime.get(Vectors).exact_most or len(vector) > vectors.LONGEST_INDEXED:
            return await repository.nearest_of_all(model, collections, vector=vector, limit=NEAREST)
        return await repository.nearest_by_index(model, collections, vector=vector, limit=NEAREST)


def _near(found: Nearness) -> Near:
    """Tell whether the nearest passage is clearly near, whatever scale a model has.

    Of n passages that have nothing to do with a question the nearest is about √(2 ln n) spreads closer than the mean;
    one that is CLEAR_SPREADS closer still is no accident.
    """
    chunks = tuple(found.distances)
    if found.passages < FEWEST_COMPARED or not found.spread:
        return Near(chunks)
    closer = (found.mean - found.distances[chunks[0]]) / found.spread
    return Near(chunks, closer >= math.sqrt(2 * math.log(found.passages)) + CLEAR_SPREADS)
