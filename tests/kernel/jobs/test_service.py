"""Putting jobs off, looking at them, cancelling and retrying; periodic jobs and events."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest

from besedka.core import events
from besedka.core.clock import now
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.module import HandlerSpec, JobContext, PeriodicSpec
from besedka.kernel.jobs import jobs, service
from besedka.kernel.jobs.errors import JobFinished, JobNotFound, JobNotRetriable
from besedka.kernel.jobs.types import JobId, JobState
from besedka.kernel.jobs.worker import Worker
from tests.fakes.jobs import eventually
from tests.kernel.jobs.conftest import BRISK, Bench, working


async def test_same_key_while_unfinished_gives_the_first_job(bench: Bench) -> None:
    async with bench.runtime.db.fast.transaction(bench.workspace) as conn:
        first = await service.defer(conn, bench.name, unique_key="k")
        again = await service.defer(conn, bench.name, unique_key="k")
        await service.cancel(conn, first)
        later = await service.defer(conn, bench.name, unique_key="k")
    assert first == again != later


async def test_same_key_in_two_workspaces_makes_two_jobs(bench: Bench) -> None:
    other = WorkspaceId(new_id())
    ids = []
    for workspace in (bench.workspace, other):
        async with bench.runtime.db.fast.transaction(workspace) as conn:
            ids.append(await service.defer(conn, bench.name, unique_key="k"))
    assert len(set(ids)) == 2


async def test_same_key_in_parallel_transactions_makes_one_job(bench: Bench) -> None:
    async def defer() -> JobId:
        async with bench.runtime.db.fast.transaction(bench.workspace) as conn:
            return await service.defer(conn, bench.name, unique_key="k")

    assert len(set(await asyncio.gather(*(defer() for _ in range(8))))) == 1


async def test_job_for_later_is_not_due_yet(bench: Bench) -> None:
    async def run(_context: JobContext) -> None:
        return

    async with bench.runtime.db.fast.transaction(bench.workspace) as conn:
        later = await service.defer(conn, bench.name, run_at=now() + timedelta(hours=1))
    async with working(bench.worker(run)):
        await bench.until(await bench.defer(), JobState.DONE)
        assert (await bench.job(later)).state is JobState.QUEUED
        await bench.hurry()
        await bench.until(later, JobState.DONE)


async def test_job_for_another_workspace_is_refused(bench: Bench) -> None:
    async with bench.runtime.db.fast.transaction(bench.workspace) as conn:
        with pytest.raises(ValueError, match="another workspace"):
            await service.defer(conn, bench.name, workspace_id=WorkspaceId(new_id()))


async def test_jobs_of_another_workspace_look_missing(bench: Bench) -> None:
    job_id = await bench.defer()
    async with bench.runtime.db.fast.acquire(WorkspaceId(new_id())) as conn:
        with pytest.raises(JobNotFound):
            await service.get_job(conn, job_id)
        with pytest.raises(JobNotFound):
            await service.cancel(conn, job_id)
        with pytest.raises(JobNotFound):
            await service.retry(conn, job_id)
        assert await service.list_jobs(conn) == []
        assert sum((await service.summary(conn)).values()) == 0
    assert (await bench.job(job_id)).state is JobState.QUEUED


async def test_list_goes_from_the_newest_by_pages(bench: Bench) -> None:
    await bench.defer(count=5)
    async with bench.runtime.db.fast.acquire(bench.workspace) as conn:
        first = await service.list_jobs(conn, limit=3)
        rest = await service.list_jobs(conn, before=first[-1].id, limit=3)
        none = await service.list_jobs(conn, state=JobState.DEAD)
    ids = [job.id for job in (*first, *rest)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 5
    assert none == []


async def test_dead_job_can_be_retried_and_a_waiting_one_not(bench: Bench) -> None:
    fail = True

    async def run(_context: JobContext) -> None:
        if fail:
            raise RuntimeError

    async with working(bench.worker(run, max_attempts=1)):
        job_id = await bench.defer()
        await bench.until(job_id, JobState.DEAD)
        fail = False
        async with bench.runtime.db.fast.transaction(bench.workspace) as conn:
            await service.retry(conn, job_id)
            with pytest.raises(JobNotRetriable):
                await service.retry(conn, job_id)
        await bench.until(job_id, JobState.DONE)
    async with bench.runtime.db.fast.transaction(bench.workspace) as conn:
        with pytest.raises(JobFinished):
            await service.cancel(conn, job_id)


async def test_retry_beside_an_unfinished_job_of_the_same_key_is_refused(bench: Bench) -> None:
    async with bench.runtime.db.fast.transaction(bench.workspace) as conn:
        first = await service.defer(conn, bench.name, unique_key="k")
        await service.cancel(conn, first)
        await service.defer(conn, bench.name, unique_key="k")
    async with bench.runtime.db.fast.acquire(bench.workspace) as conn:
        with pytest.raises(JobNotRetriable):
            await service.retry(conn, first)


async def test_periodic_job_runs_once_per_period_on_two_workers(bench: Bench) -> None:
    ran: list[int] = []

    async def beat(context: JobContext) -> None:
        ran.append(context.job_id)

    async def run(_context: JobContext) -> None:
        return

    spec = PeriodicSpec(f"{bench.name}.beat", beat, every=3600)
    workers = [bench.worker(run, periodic=(spec,)) for _ in range(2)]
    for worker in workers:
        await worker.plan()
    async with bench.runtime.db.system.acquire() as conn:
        await conn.execute("UPDATE job_schedule SET next_run = now() WHERE name = $1", spec.name)
    async with working(workers[0]), working(workers[1]):
        await eventually(lambda: _nonempty(ran))
        await asyncio.sleep(0.1)
    assert len(ran) == 1


async def _nonempty(things: list[int]) -> list[int] | None:
    return things or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang(events.Event):
    """Somebody rang."""

    door: str
    times: int


async def test_published_event_reaches_each_handler_in_its_workspace(bench: Bench) -> None:
    got: list[tuple[str, object, Rang]] = []

    def handler(name: str) -> HandlerSpec:
        async def run(context: JobContext, event: Rang) -> None:
            got.append((name, context.workspace, event))

        return HandlerSpec(Rang, f"{bench.name}.{name}", run)

    handlers = [handler("light"), handler("bell")]
    bus = events.EventBus(service.defer, handlers)
    rang = Rang(workspace_id=bench.workspace, door="дверь", times=2)
    async with working(Worker(bench.runtime, jobs.of_handlers(handlers), pace=BRISK)):
        async with bench.runtime.db.fast.transaction(bench.workspace) as conn:
            await bus.publish(conn, rang)
        await eventually(lambda: _both(got, bench))
    assert sorted(got) == [("bell", bench.workspace, rang), ("light", bench.workspace, rang)]


async def _both(got: list[tuple[str, object, Rang]], bench: Bench) -> bool | None:
    async with bench.runtime.db.fast.acquire(bench.workspace) as conn:
        return len(got) == (await service.summary(conn))[JobState.DONE] == 2 or None


async def test_clean_up_deletes_only_what_ended_long_ago(bench: Bench) -> None:
    old, fresh, dead = [await bench.defer() for _ in range(3)]
    async with bench.runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE job SET state = CASE id WHEN $2 THEN 'dead' ELSE 'done' END, finished_at = now()"
            " - CASE id WHEN $1 THEN interval '1 hour' ELSE interval '8 days' END"
            " WHERE id = ANY($3)",
            fresh, dead, [old, fresh, dead],
        )  # fmt: skip
        await service.purge(conn)
    async with bench.runtime.db.fast.acquire(bench.workspace) as conn:
        assert {job.id for job in await service.list_jobs(conn)} == {fresh, dead}
