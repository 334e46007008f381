"""What a worker does with jobs that succeed, fail, hang, or are taken from it."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from besedka.core.clock import monotonic
from besedka.core.errors import DatabaseAway, NotFound
from besedka.core.module import JobContext
from besedka.kernel.jobs import service
from besedka.kernel.jobs.errors import RetryLater
from besedka.kernel.jobs.repository import JobQueue
from besedka.kernel.jobs.types import Claimed, JobId, JobState, JobView, Outcome, Progress, Want
from besedka.kernel.jobs.worker import Pace
from tests.fakes.jobs import eventually
from tests.kernel.jobs.conftest import BRISK, Bench, working

PATIENT = Pace(poll=30.0, rescue=30.0)


class Boom(Exception):
    """A failure."""


async def test_committed_job_wakes_the_worker_at_once(bench: Bench) -> None:
    got: list[tuple[object, int]] = []

    async def run(context: JobContext, *, number: int) -> None:
        got.append((context.workspace, number))

    async with working(bench.worker(run, pace=PATIENT)):
        await asyncio.sleep(0.05)
        started = monotonic()
        job_id = await bench.defer(number=7)
        done = await bench.until(job_id, JobState.DONE)
    assert got == [(bench.workspace, 7)]
    assert monotonic() - started < 2
    assert done.attempts == 1
    assert done.finished_at is not None


async def test_job_of_a_rolled_back_transaction_never_runs(bench: Bench) -> None:
    ran: list[int] = []

    async def run(_context: JobContext) -> None:
        ran.append(1)

    async with working(bench.worker(run)):
        with pytest.raises(Boom):
            await _defer_and_fail(bench)
        await asyncio.sleep(0.1)
    async with bench.runtime.db.fast.acquire(bench.workspace) as conn:
        assert await service.list_jobs(conn) == []
    assert ran == []


async def _defer_and_fail(bench: Bench) -> None:
    async with bench.runtime.db.fast.transaction(bench.workspace) as conn:
        await service.defer(conn, bench.name)
        raise Boom


async def test_failing_job_is_tried_again_and_dies_after_its_attempts(bench: Bench) -> None:
    last: list[bool] = []

    async def run(context: JobContext) -> None:
        last.append(context.last_attempt)
        raise Boom("no \ud800 luck\0")

    async with working(bench.worker(run, max_attempts=2)):
        job_id = await bench.defer()
        waiting = await bench.until(job_id, JobState.QUEUED)
        waiting = await eventually(lambda: _failed_once(bench, job_id))
        assert waiting.run_at > waiting.created_at
        await bench.hurry()
        dead = await bench.until(job_id, JobState.DEAD)
    assert last == [False, True]
    assert dead.attempts == 2
    assert dead.error == "Boom: no ? luck"


async def _failed_once(bench: Bench, job_id: JobId) -> JobView | None:
    found = await bench.job(job_id)
    return found if found.state is JobState.QUEUED and found.error else None


async def test_permanent_error_kills_the_job_at_once(bench: Bench) -> None:
    async def run(_context: JobContext) -> None:
        raise NotFound(thing="x")

    async with working(bench.worker(run)):
        dead = await bench.until(await bench.defer(), JobState.DEAD)
    assert dead.attempts == 1
    assert dead.error == "NotFound: not_found(thing=x)"


async def test_job_that_names_its_delay_waits_that_long(bench: Bench) -> None:
    async def run(_context: JobContext) -> None:
        raise RetryLater("busy", after=1000)

    async with working(bench.worker(run)):
        job_id = await bench.defer()
        waiting = await eventually(lambda: _failed_once(bench, job_id))
    assert 990 < (waiting.run_at - waiting.created_at).total_seconds() < 1010


async def test_hanging_job_is_ended_by_its_timeout(bench: Bench) -> None:
    async def run(_context: JobContext) -> None:
        await asyncio.sleep(60)

    async with working(bench.worker(run, timeout=0.05, max_attempts=1)):
        dead = await bench.until(await bench.defer(), JobState.DEAD)
    assert dead.error == "TimeoutError: "


async def test_cancellation_from_inside_counts_as_failure(bench: Bench) -> None:
    async def run(_context: JobContext) -> None:
        raise asyncio.CancelledError

    async with working(bench.worker(run, max_attempts=1)):
        dead = await bench.until(await bench.defer(), JobState.DEAD)
    assert dead.error == "CancelledError: "


@pytest.mark.parametrize("after_commit", [False, True])
async def test_worker_that_is_cut_off_amid_an_exchange_loses_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, *, after_commit: bool
) -> None:
    """Whether the statement was carried out or not: what ended is ended, and what was claimed is given back."""
    cut, exchange = asyncio.Event(), JobQueue.exchange

    async def run(_context: JobContext, *, endless: int = 0) -> None:
        if endless:
            await asyncio.sleep(60)
        await bench.defer(endless=1)

    async def cutting(queue: JobQueue, settling: Sequence[Outcome], want: Want) -> list[Claimed]:
        if cut.is_set() or not any(ended.job.name == bench.name for ended in settling):
            return await exchange(queue, settling, want)
        if after_commit:
            await exchange(queue, settling, want)
        cut.set()
        await asyncio.sleep(60)
        raise AssertionError

    monkeypatch.setattr(JobQueue, "exchange", cutting)
    async with working(bench.worker(run)):
        job_id = await bench.defer()
        await asyncio.wait_for(cut.wait(), 2)
    async with bench.runtime.db.fast.acquire(bench.workspace) as conn:
        other, done = await service.list_jobs(conn)
    assert (done.id, done.state, done.attempts) == (job_id, JobState.DONE, 1)
    assert (other.state, other.attempts) == (JobState.QUEUED, 0)


async def test_stopping_worker_gives_its_job_back_uncounted(bench: Bench) -> None:
    started = asyncio.Event()

    async def hang(_context: JobContext) -> None:
        started.set()
        await asyncio.sleep(60)

    async def run(_context: JobContext) -> None:
        return

    job_id = await bench.defer()
    async with working(bench.worker(hang)):
        await started.wait()
    given_back = await bench.job(job_id)
    assert (given_back.state, given_back.attempts) == (JobState.QUEUED, 0)
    async with working(bench.worker(run)):
        done = await bench.until(job_id, JobState.DONE)
    assert done.attempts == 1


async def test_stubborn_job_does_not_keep_a_worker_from_stopping(bench: Bench) -> None:
    started, release = asyncio.Event(), asyncio.Event()

    async def cling(_context: JobContext) -> None:
        while not release.is_set():
            started.set()
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    job_id = await bench.defer()
    begun = monotonic()
    async with working(bench.worker(cling)):
        await started.wait()
    release.set()
    assert monotonic() - begun < 2.5
    assert (await bench.job(job_id)).attempts == 0


async def test_crashed_worker_leaves_its_job_to_another_with_the_attempt_counted(
    bench: Bench,
) -> None:
    attempts: list[int] = []

    async def run(context: JobContext) -> None:
        attempts.append(context.attempt)

    job_id = await bench.defer()
    await _claim_and_vanish(bench)
    async with working(bench.worker(run)):
        await eventually(lambda: _failed_once(bench, job_id))
        await bench.hurry()
        await bench.until(job_id, JobState.DONE)
    assert attempts == [2]


async def test_job_that_takes_every_worker_down_dies_without_another_run(bench: Bench) -> None:
    ran: list[int] = []

    async def run(_context: JobContext) -> None:
        ran.append(1)

    job_id = await bench.defer()
    for _ in range(3):
        await _claim_and_vanish(bench)
        await _rescue(bench)
        await bench.hurry()
    async with working(bench.worker(run)):
        dead = await bench.until(job_id, JobState.DEAD)
    assert ran == []
    assert dead.error == "the worker was lost at every attempt"


async def _claim_and_vanish(bench: Bench) -> None:
    async with bench.runtime.db.system.acquire() as conn:
        claimed = await JobQueue(conn, "gone").exchange([], Want([bench.name], limit=1))
    assert len(claimed) == 1


async def _rescue(bench: Bench) -> None:
    async with bench.runtime.db.system.acquire() as conn:
        await JobQueue(conn, "other").rescue(most=600)


async def test_long_job_keeps_its_lease_beside_a_second_worker(bench: Bench) -> None:
    runs: list[int] = []

    async def run(_context: JobContext) -> None:
        runs.append(1)
        await asyncio.sleep(0.6)

    quick = Pace(poll=0.02, lease=0.2, rescue=0.02)
    async with working(bench.worker(run, pace=quick)), working(bench.worker(run, pace=quick)):
        done = await bench.until(await bench.defer(), JobState.DONE)
    assert runs == [1]
    assert done.attempts == 1


async def test_many_jobs_and_two_workers_run_each_job_once(bench: Bench) -> None:
    seen: list[int] = []

    async def run(context: JobContext) -> None:
        seen.append(context.job_id)
        await asyncio.sleep(0)

    await bench.defer(count=150)
    async with working(bench.worker(run)), working(bench.worker(run)):
        await eventually(lambda: _done(bench, 150))
    assert len(seen) == len(set(seen)) == 150


async def _done(bench: Bench, count: int) -> bool | None:
    async with bench.runtime.db.fast.acquire(bench.workspace) as conn:
        return (await service.summary(conn))[JobState.DONE] == count or None


async def test_cancelled_running_job_is_interrupted(bench: Bench) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def run(_context: JobContext) -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async with working(bench.worker(run, pace=Pace(poll=0.02, lease=0.2))):
        job_id = await bench.defer()
        await started.wait()
        async with bench.runtime.db.fast.transaction(bench.workspace) as conn:
            await service.cancel(conn, job_id)
        await asyncio.wait_for(ended.wait(), 2)
    assert (await bench.job(job_id)).state is JobState.CANCELLED


async def test_slow_jobs_leave_room_for_urgent_ones(bench: Bench) -> None:
    finish = asyncio.Event()

    async def run(_context: JobContext, *, slow: int = 0) -> None:
        if slow:
            await finish.wait()

    async with working(bench.worker(run, pace=Pace(poll=0.02, jobs=2, urgent=1))):
        await bench.defer(count=4, slow=1)
        await eventually(lambda: _running(bench, 2))
        plain = await bench.defer()
        async with bench.runtime.db.fast.transaction(bench.workspace) as conn:
            urgent = await service.defer(conn, bench.name, priority=1)
        await bench.until(urgent, JobState.DONE)
        assert (await bench.job(plain)).state is JobState.QUEUED
        finish.set()
        await bench.until(plain, JobState.DONE)


async def _running(bench: Bench, count: int) -> bool | None:
    async with bench.runtime.db.fast.acquire(bench.workspace) as conn:
        return (await service.summary(conn))[JobState.RUNNING] == count or None


async def test_higher_priority_goes_first(bench: Bench) -> None:
    order: list[int] = []

    async def run(_context: JobContext, *, number: int) -> None:
        order.append(number)

    async with bench.runtime.db.fast.transaction(bench.workspace) as conn:
        for number, priority in ((1, -1), (2, 0), (3, 5)):
            last = await service.defer(conn, bench.name, {"number": number}, priority=priority)
    async with working(bench.worker(run, pace=Pace(poll=0.01, jobs=1, urgent=0))):
        await bench.until(last, JobState.DONE)
        await eventually(lambda: _done(bench, 3))
    assert order == [3, 2, 1]


async def test_progress_is_visible_while_the_job_runs(bench: Bench) -> None:
    shown = asyncio.Event()

    async def run(context: JobContext) -> None:
        await context.progress(1, 4, note="страница 1")
        await context.progress(2, 4, note="too soon to be written")
        await shown.wait()
        await context.progress(4, 4)

    async with working(bench.worker(run)):
        job_id = await bench.defer()
        running = await eventually(lambda: _with_progress(bench, job_id))
        assert (running.done, running.total, running.note) == (1, 4, "страница 1")
        shown.set()
        done = await bench.until(job_id, JobState.DONE)
    assert done.progress is not None
    assert done.progress.done == 4


async def _with_progress(bench: Bench, job_id: JobId) -> Progress | None:
    return (await bench.job(job_id)).progress


async def test_job_of_an_unknown_name_is_left_to_workers_that_know_it(bench: Bench) -> None:
    async def run(_context: JobContext) -> None:
        return

    other = Bench(bench.runtime, workspace=bench.workspace)
    strange = await other.defer()
    async with working(bench.worker(run)):
        await bench.until(await bench.defer(), JobState.DONE)
    assert (await bench.job(strange)).state is JobState.QUEUED


async def test_worker_outlives_a_cut_connection(bench: Bench) -> None:
    async def run(_context: JobContext) -> None:
        return

    async with working(bench.worker(run, pace=BRISK)):
        await bench.until(await bench.defer(), JobState.DONE)
        await _cut_connections(bench.runtime.db.dsn.plain)
        job_id = await eventually(lambda: _queued_after_all(bench))
        await eventually(lambda: _ran_after_all(bench, job_id))


async def _cut_connections(dsn: str) -> None:
    conn = await asyncpg.connect(dsn)
    await conn.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await conn.close()


async def _queued_after_all(bench: Bench) -> JobId | None:
    try:
        return await bench.defer()
    except DatabaseAway:
        return None


async def _ran_after_all(bench: Bench, job_id: JobId) -> bool | None:
    try:
        return (await bench.job(job_id)).state is JobState.DONE or None
    except DatabaseAway:
        return None


async def test_two_jobs_of_one_name_are_refused(bench: Bench) -> None:
    async def run(_context: JobContext) -> None:
        return

    worker = bench.worker(run)
    with pytest.raises(ValueError, match=bench.name):
        type(worker)(bench.runtime, [*worker._specs.values()] * 2)
