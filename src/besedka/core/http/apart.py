"""A stream whose source runs in a task of its own, and ends when the reader ends."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

_HIGH_WATER = 256


class Sink(Generic[T]):
    """Where the source puts what it has. One source, one reader."""

    __slots__ = ("_closed", "_items", "_reader", "_source")

    def __init__(self) -> None:
        self._items: list[T] = []
        self._reader: asyncio.Future[None] | None = None
        self._source: asyncio.Future[None] | None = None
        self._closed = False

    async def put(self, items: Sequence[T]) -> None:
        """Hand items over; wait when the reader is far behind."""
        self._items.extend(items)
        _wake(self._reader)
        if len(self._items) > _HIGH_WATER:
            self._source = asyncio.get_running_loop().create_future()
            await self._source

    def close(self, _task: object = None) -> None:
        """Say that nothing more comes."""
        self._closed = True
        _wake(self._reader)

    async def take(self) -> list[T]:
        """Return all that is there, waiting for the first; empty at the end."""
        if not self._items and not self._closed:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        items, self._items = self._items, []
        _wake(self._source)
        return items


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


async def run_apart(source: Callable[[Sink[T]], Awaitable[None]]) -> AsyncGenerator[T, None]:
    """Yield what `source` puts, while `source` runs in a task of its own.

    When the reader stops early (break, aclose, cancellation, garbage collection), the task is
    cancelled and awaited, so that its connections are closed by then. Errors of the source come
    after everything that it had put.
    """
    sink: Sink[T] = Sink()
    task = asyncio.create_task(_run(source, sink))
    task.add_done_callback(sink.close)
    try:
        while items := await sink.take():
            for item in items:
                yield item
        task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen, even when the reader has left


async def _run(source: Callable[[Sink[T]], Awaitable[None]], sink: Sink[T]) -> None:
    await source(sink)
