"""Jobs per second and pick-up latency, against the same table driven by bare SQL.

Run: python -m bench.jobs
"""

import asyncio
import statistics
import tempfile
import time

from bench import lab
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.module import JobContext, JobSpec
from besedka.core.runtime import Runtime
from besedka.kernel.jobs import service
from besedka.kernel.jobs.worker import Worker

MANY, FEW, BATCH = 5000, 200, 8


async def measure(dsn: str, data_dir: str) -> None:
    """Measure and print."""
    async with lab.product(dsn, data_dir) as runtime:
        bare = await _bare(runtime)
        ours = await _throughput(runtime)
        print(f"bare claim and settle in batches of {BATCH}: {bare:,.0f} jobs/s")
        print(f"worker, empty jobs: {ours:,.0f} jobs/s, ratio {ours / bare:.2f}")
        await _latency(runtime)
        await _idle(runtime)


async def _fill(runtime: Runtime, name: str) -> None:
    async with runtime.db.fast.transaction(WorkspaceId(new_id())) as conn:
        started = time.perf_counter()
        for _ in range(MANY):
            await service.defer(conn, name)
        took = time.perf_counter() - started
    print(f"deferred in one transaction: {MANY / took:,.0f} jobs/s")


async def _bare(runtime: Runtime) -> float:
    await _fill(runtime, "bare")
    started = time.perf_counter()
    async with runtime.db.system.acquire() as conn:
        while ids := await conn.fetch(
            "UPDATE job SET state = 'running' WHERE id IN (SELECT id FROM job WHERE state = 'queued'"
            f" AND run_at <= now() ORDER BY priority DESC, run_at, id LIMIT {BATCH}"
            " FOR UPDATE SKIP LOCKED) RETURNING id"
        ):
            await conn.execute(
                "UPDATE job SET state = 'done', finished_at = now() WHERE id = ANY($1)",
                [row["id"] for row in ids],
            )
    return MANY / (time.perf_counter() - started)


async def _throughput(runtime: Runtime) -> float:
    left, ended = MANY, asyncio.Event()

    async def run(_context: JobContext) -> None:
        nonlocal left
        await asyncio.sleep(0)
        left -= 1
        if not left:
            ended.set()

    await _fill(runtime, "many")
    cpu, started = time.process_time(), time.perf_counter()
    task = runtime.background.spawn(
        Worker(runtime, [JobSpec("many", run)]).run(), name="bench worker"
    )
    await ended.wait()
    took = time.perf_counter() - started
    print(f"worker CPU per job: {(time.process_time() - cpu) / MANY * 1e6:.0f} µs")
    task.cancel()
    await asyncio.wait([task])
    return MANY / took


async def _latency(runtime: Runtime) -> None:
    picked: asyncio.Queue[float] = asyncio.Queue()

    async def run(_context: JobContext) -> None:
        await picked.put(time.perf_counter())

    worker = Worker(runtime, [JobSpec("few", run)])
    task = runtime.background.spawn(worker.run(), name="bench worker")
    waits: list[float] = []
    for _ in range(FEW):
        async with runtime.db.fast.transaction(WorkspaceId(new_id())) as conn:
            await service.defer(conn, "few")
        committed = time.perf_counter()
        waits.append((await picked.get() - committed) * 1000)
    task.cancel()
    await asyncio.wait([task])
    cuts = statistics.quantiles(waits, n=20)
    print(f"commit to running: p50 {statistics.median(waits):.1f} ms, p95 {cuts[-1]:.1f} ms")


async def _idle(runtime: Runtime) -> None:
    async def run(_context: JobContext) -> None:
        await asyncio.sleep(0)

    task = runtime.background.spawn(
        Worker(runtime, [JobSpec("idle", run)]).run(), name="bench worker"
    )
    await asyncio.sleep(1)
    cpu = time.process_time()
    await asyncio.sleep(10)
    print(f"idle worker: {(time.process_time() - cpu) / 10 * 100:.2f} % of a core")
    task.cancel()
    await asyncio.wait([task])


def main() -> None:
    """Measure on a database of its own."""
    with lab.database() as server, tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(server.dsn.plain, folder))


if __name__ == "__main__":
    main()
