"""What a running job gets."""

from dataclasses import dataclass, field

from besedka.core.clock import monotonic
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.jobs.repository import JobQueue
from besedka.kernel.jobs.types import Claimed, Progress

PROGRESS_SECONDS = 0.25


@dataclass(slots=True)
class Context:
    """One attempt at a job (`core.module.JobContext`)."""

    runtime: Runtime
    job: Claimed
    worker: str
    last_attempt: bool
    _recorded_at: float = field(default=float("-inf"))

    @property
    def workspace(self) -> WorkspaceId:
        """The workspace that the job belongs to. Raises LookupError for a job without one."""
        if self.job.workspace_id is None:
            raise LookupError(f"job {self.job.name} has no workspace")
        return self.job.workspace_id

    @property
    def job_id(self) -> int:
        """The job's row."""
        return self.job.id

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return self.job.attempt

    async def progress(self, done: int, total: int, *, note: str = "") -> None:
        """Record how far the job is; between the first and the last word at most four times a second."""
        moment = monotonic()
        if done < total and moment - self._recorded_at < PROGRESS_SECONDS:
            return
        self._recorded_at = moment
        async with self.runtime.db.system.acquire() as conn:
            await JobQueue(conn, self.worker).record_progress(self.job, Progress(done, total, note))
