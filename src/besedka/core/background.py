"""The supervised group of long-lived tasks: the only place that starts one."""

import asyncio
from collections.abc import Coroutine

import structlog

log = structlog.get_logger(__name__)


class Background:
    """Runs coroutines beside the requests and ends them together at shutdown."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def spawn(self, work: Coroutine[object, object, None], *, name: str) -> asyncio.Task[None]:
        """Start a task that is kept, named and logged when it fails."""
        task = asyncio.create_task(_guarded(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Cancelled before its first step, the task never touches the coroutine that it guards.
        task.add_done_callback(lambda _: work.close())
        return task

    async def close(self, *, patience: float = 3.0) -> None:
        """Cancel what still runs and wait up to `patience` seconds for it."""
        self._closing = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=patience)

    def __len__(self) -> int:
        return len(self._tasks)


async def _guarded(work: Coroutine[object, object, None], name: str) -> None:
    try:
        await work
    except Exception:
        log.exception("background task failed", task=name)
