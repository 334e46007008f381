"""How far the vectors of a workspace's passages are."""

from dataclasses import dataclass
from enum import StrEnum

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.jobs import service as jobs
from besedka.kernel.jobs.types import JobState, JobView
from besedka.kernel.knowledge.repository.vectors import VectorRepository
from besedka.kernel.knowledge.service.vectors import EMBED_JOB, are_there, vector_support

ACTIVE = frozenset({JobState.QUEUED, JobState.RUNNING})


class VectorState(StrEnum):
    """Whether passages are found by meaning. `stopped`: some have no vector and nothing works on it."""

    OFF = "off"
    UNSUPPORTED = "unsupported"
    WORKING = "working"
    STOPPED = "stopped"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class VectorProgress:
    """How many of the passages have a vector of the model that is set; `reason` says what is missing or went wrong."""

    state: VectorState
    done: int = 0
    total: int = 0
    reason: str = ""


async def vector_progress(runtime: Runtime, workspace: WorkspaceId, model: str) -> VectorProgress:
    """Return how far the vectors of a model are; an empty model means that there are to be none."""
    if not model:
        return VectorProgress(VectorState.OFF)
    there = await are_there(runtime)
    if not there and (reason := (await vector_support(runtime.db.dsn)).reason):
        return VectorProgress(VectorState.UNSUPPORTED, reason=reason)
    async with runtime.db.fast.acquire(workspace) as conn:
        repository = VectorRepository(conn)
        total = await repository.passages()
        done = min(await repository.count(model), total) if there else 0
        job = await jobs.find_latest(conn, EMBED_JOB)
    if done >= total:
        return VectorProgress(VectorState.READY, done, total)
    return VectorProgress(_state(job), done, total, (job.error if job else None) or "")


def _state(job: JobView | None) -> VectorState:
    return VectorState.WORKING if job and job.state in ACTIVE else VectorState.STOPPED
