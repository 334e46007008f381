"""The worker: claims due jobs, runs them side by side, keeps their leases, settles them."""

import asyncio
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from prometheus_client import Counter, Histogram

from besedka.core.clock import monotonic
from besedka.core.ids import new_token
from besedka.core.module import JobSpec, PeriodicSpec
from besedka.core.runtime import Runtime
from besedka.kernel.jobs import alarm, outcome
from besedka.kernel.jobs.context import Context
from besedka.kernel.jobs.repository import JobQueue
from besedka.kernel.jobs.types import Claimed, JobId, Outcome, Want

log = structlog.get_logger(__name__)

ATTEMPTS = Counter("besedka_job_attempts_total", "Attempts at jobs.", ["name", "state"])
WAITED = Histogram("besedka_job_wait_seconds", "Time between due and claimed.")

ANY_PRIORITY, URGENT = -(2**15), 1
RETRY_SECONDS = 1.0
LAST_WORDS_SECONDS = 1.2


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a worker does at once, and how often it looks. Times in seconds."""

    jobs: int = 8
    urgent: int = 2
    """Jobs above that number that are taken only when their priority is above 0."""
    poll: float = 0.5
    lease: float = 15.0
    rescue: float = 5.0


class Worker:
    """Runs the jobs of one process until cancelled."""

    def __init__(
        self, runtime: Runtime, specs: Iterable[JobSpec], periodic: Iterable[PeriodicSpec] = (), *,
        pace: Pace | None = None,
    ) -> None:  # fmt: skip
        self.name = f"{socket.gethostname()}:{os.getpid()}:{new_token()[:6]}"
        self._runtime, self._pace = runtime, pace or Pace()
        self._specs = _by_name(specs)
        self._every: dict[str, float] = {}
        for each in periodic:
            _add(self._specs, JobSpec(each.name, each.run, timeout=each.timeout))
            self._every[each.name] = each.every
        self._names = list(self._specs)
        self._held: dict[JobId, Claimed] = {}
        self._tasks: dict[JobId, asyncio.Task[None]] = {}
        self._outcomes: list[Outcome] = []
        self._awake = asyncio.Event()
        self._reaches_queue = True
        self._periodic_at = self._renew_at = self._rescue_at = float("-inf")

    async def plan(self) -> None:
        """Enter the periodic jobs into the schedule."""
        async with self._runtime.db.system.acquire() as conn:
            await JobQueue(conn, self.name).plan(self._every)

    async def run(self) -> None:
        """Work until cancelled; then give back what is unfinished, without counting the attempt."""
        alarm.listen(self.wake)
        try:
            while True:
                await self._turn()
                await self._rest()
        finally:
            alarm.leave(self.wake)
            await self._hand_back()

    def wake(self) -> None:
        """Look for work now instead of at the next poll."""
        self._awake.set()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._pace.poll):
                await self._awake.wait()
        except TimeoutError:
            return

    async def _turn(self) -> None:
        """Settle, keep leases and claim; when the database is away nothing is forgotten."""
        self._awake.clear()
        settling, self._outcomes = self._outcomes, []
        try:
            async with self._runtime.db.system.acquire() as conn:
                queue = JobQueue(conn, self.name)
                await self._keep_house(queue)
                claimed = await queue.exchange(settling, self._want())
        except asyncio.CancelledError:
            self._outcomes[:0] = settling
            raise
        except Exception as error:  # noqa: BLE001 - the worker's loop: it has to outlive everything but its end
            self._outcomes[:0] = settling
            await self._wait_for_queue(error)
            return
        self._reaches_queue = True
        for job in claimed:
            self._start(job)

    async def _wait_for_queue(self, error: Exception) -> None:
        if self._reaches_queue:
            log.error("the queue cannot be reached", worker=self.name, exc_info=error)
        self._reaches_queue = False
        await asyncio.sleep(RETRY_SECONDS)

    def _want(self) -> Want:
        free = self._pace.jobs - len(self._held)
        if free > 0:
            return Want(self._names, free, ANY_PRIORITY, self._pace.lease)
        return Want(self._names, max(0, free + self._pace.urgent), URGENT, self._pace.lease)

    async def _keep_house(self, queue: JobQueue) -> None:
        moment = monotonic()
        if self._held and moment >= self._renew_at:
            self._drop(set(self._held) - await queue.renew(self._held, lease=self._pace.lease))
            self._renew_at = moment + self._pace.lease / 4
        if moment >= self._rescue_at:
            for job_id in await queue.rescue(most=outcome.LONGEST_DELAY):
                log.warning("a job lost its worker", job=job_id)
            self._rescue_at = moment + self._pace.rescue
        if self._every and moment >= self._periodic_at:
            await self._queue_periodic(queue, moment)

    async def _queue_periodic(self, queue: JobQueue, moment: float) -> None:
        self._periodic_at = moment + min(max(await queue.queue_periodic(self._every), 0.2), 30.0)

    def _drop(self, lost: set[JobId]) -> None:
        """End the attempts at jobs that were cancelled, or that another worker took over."""
        for job_id in lost:
            self._held.pop(job_id, None)
            if task := self._tasks.get(job_id):
                task.cancel()

    def _start(self, job: Claimed) -> None:
        WAITED.observe(job.waited)
        spec = self._specs[job.name]
        if job.attempt > spec.max_attempts:
            self._finish(outcome.worn_out(job))
            return
        self._held[job.id] = job
        task = self._runtime.background.spawn(self._attempt(job, spec), name=f"job {job.name}")
        self._tasks[job.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job.id, None))

    async def _attempt(self, job: Claimed, spec: JobSpec) -> None:
        context = Context(self._runtime, job, self.name, job.attempt >= spec.max_attempts)
        task = asyncio.current_task()
        try:
            async with asyncio.timeout(spec.timeout):
                await spec.run(context, **job.args)
        except asyncio.CancelledError as error:
            if task is not None and task.cancelling():
                raise
            # Something inside was cancelled, not this attempt: a failure like any other.
            self._fail(job, error)
        except Exception as error:  # noqa: BLE001 - the worker's boundary: whatever a job raises is its outcome
            self._fail(job, error)
        else:
            self._finish(outcome.succeeded(job))

    def _fail(self, job: Claimed, error: BaseException) -> None:
        ended = outcome.failed(job, error, max_attempts=self._specs[job.name].max_attempts)
        log.warning(
            "job failed", job=job.id, name=job.name, attempt=job.attempt, next=ended.state,
            exc_info=error,
        )  # fmt: skip
        self._finish(ended)

    def _finish(self, ended: Outcome) -> None:
        ATTEMPTS.labels(ended.job.name, ended.state).inc()
        if self._held.pop(ended.job.id, None) is not None or ended.job.id not in self._tasks:
            self._outcomes.append(ended)
        self.wake()

    async def _hand_back(self) -> None:
        """Interrupt what runs, wait a moment for it, and queue again what did not end."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LAST_WORDS_SECONDS)
        try:
            async with (
                asyncio.timeout(LAST_WORDS_SECONDS),
                self._runtime.db.system.acquire() as conn,
            ):
                await JobQueue(conn, self.name).hand_back(self._outcomes)
        except Exception:
            # Their leases end by themselves, and another worker takes them.
            log.exception("unfinished jobs were not handed back", worker=self.name)


def _by_name(specs: Iterable[JobSpec]) -> dict[str, JobSpec]:
    named: dict[str, JobSpec] = {}
    for spec in specs:
        _add(named, spec)
    return named


def _add(named: dict[str, JobSpec], spec: JobSpec) -> None:
    if spec.name in named:
        raise ValueError(f"two jobs are called {spec.name}")
    named[spec.name] = spec
