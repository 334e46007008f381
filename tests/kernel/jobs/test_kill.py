"""A worker process that is killed in the middle of a job."""

import asyncio
import signal
import sys

from besedka.core.module import JobContext
from besedka.kernel.jobs.types import JobId, JobState
from tests.fakes.jobs import eventually
from tests.kernel.jobs.conftest import BRISK, Bench, working

SCRIPT = """
import asyncio, os, pathlib, signal, sys
from besedka.boot import Boot
from besedka.core.config import Settings
from besedka.core.module import JobSpec
from besedka.kernel.jobs.worker import Pace, Worker

async def run(context):
    os.kill(os.getpid(), signal.SIGKILL)

async def main(name, dsn, folder):
    settings = Settings(
        _env_file=None, env="test", database_url=dsn, data_dir=pathlib.Path(folder),
        log_level="error",
    )
    async with Boot(settings, works=False).running() as runtime:
        await Worker(runtime, [JobSpec(name, run)], pace=Pace(lease=0.5)).run()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_killed_process_counts_its_attempt_and_another_goes_on(bench: Bench) -> None:
    attempts: list[int] = []

    async def run(context: JobContext) -> None:
        attempts.append(context.attempt)

    job_id = await bench.defer()
    settings = bench.runtime.settings
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCRIPT, bench.name, settings.database_url, str(settings.data_dir),
    )  # fmt: skip
    assert await process.wait() == -signal.SIGKILL
    held = await bench.job(job_id)
    assert (held.state, held.attempts) == (JobState.RUNNING, 1)
    async with working(bench.worker(run, pace=BRISK)):
        await eventually(lambda: _waiting(bench, job_id))
        await bench.hurry()
        await bench.until(job_id, JobState.DONE)
    assert attempts == [2]


async def _waiting(bench: Bench, job_id: JobId) -> bool | None:
    return (await bench.job(job_id)).state is JobState.QUEUED or None
