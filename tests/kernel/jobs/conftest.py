"""A worker of the test's own: its jobs have names that the application's worker does not know."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from besedka.core.ids import WorkspaceId, new_id, new_token
from besedka.core.module import JobFunction, JobSpec, PeriodicSpec
from besedka.core.runtime import Runtime
from besedka.kernel.jobs import service
from besedka.kernel.jobs.types import JobId, JobState, JobView
from besedka.kernel.jobs.worker import Pace, Worker
from tests.fakes.jobs import eventually

BRISK = Pace(poll=0.02, lease=1.0, rescue=0.05)


@dataclass
class Bench:
    """One workspace with one kind of job."""

    runtime: Runtime
    workspace: WorkspaceId = field(default_factory=lambda: WorkspaceId(new_id()))
    name: str = field(default_factory=lambda: f"test.{new_token()[:8]}")

    async def defer(self, count: int = 1, **args: int | str) -> JobId:
        """Queue jobs in one transaction and return the last one's id."""
        async with self.runtime.db.fast.transaction(self.workspace) as conn:
            ids = [await service.defer(conn, self.name, args) for _ in range(count)]
        return ids[-1]

    async def job(self, job_id: JobId) -> JobView:
        async with self.runtime.db.fast.acquire(self.workspace) as conn:
            return await service.get_job(conn, job_id)

    def worker(
        self, run: JobFunction, *, pace: Pace = BRISK, max_attempts: int = 3, timeout: float = 5,
        periodic: tuple[PeriodicSpec, ...] = (),
    ) -> Worker:  # fmt: skip
        spec = JobSpec(self.name, run, max_attempts=max_attempts, timeout=timeout)
        return Worker(self.runtime, [spec], periodic, pace=pace)

    async def until(self, job_id: JobId, state: JobState) -> JobView:
        return await eventually(lambda: self._in(job_id, state))

    async def _in(self, job_id: JobId, state: JobState) -> JobView | None:
        found = await self.job(job_id)
        return found if found.state is state else None

    async def hurry(self) -> None:
        """Make every queued job of this bench due now."""
        async with self.runtime.db.system.acquire() as conn:
            await conn.execute(
                "UPDATE job SET run_at = now() WHERE name = $1 AND state = 'queued'", self.name
            )


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[asyncio.Task[None]]:
    """Let a worker run, and end it as a stopping process does."""
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture
def bench(runtime: Runtime) -> Bench:
    return Bench(runtime)
