"""A source in a task of its own ends with its reader, and its errors come last."""

import asyncio
import gc

import pytest

from besedka.core.http.apart import Sink, run_apart


class Source:
    def __init__(self) -> None:
        self.put = 0
        self.ended = asyncio.Event()

    async def endless(self, sink: Sink[int]) -> None:
        try:
            while True:
                await sink.put([self.put])
                self.put += 1
                await asyncio.sleep(0)
        finally:
            self.ended.set()

    async def greedy(self, sink: Sink[int]) -> None:
        while self.put < 10_000:
            await sink.put([self.put])
            self.put += 1


async def test_items_come_in_order_and_the_error_after_them() -> None:
    async def three(sink: Sink[int]) -> None:
        await sink.put([1, 2])
        await sink.put([3])
        raise ValueError("end")

    items = run_apart(three)
    assert [await anext(items) for _ in range(3)] == [1, 2, 3]
    with pytest.raises(ValueError, match="end"):
        await anext(items)


async def test_break_ends_the_source() -> None:
    source = Source()
    async for item in run_apart(source.endless):
        if item == 3:
            break
    gc.collect()
    await asyncio.wait_for(source.ended.wait(), 1)


async def test_aclose_returns_after_the_source_has_ended() -> None:
    source = Source()
    items = run_apart(source.endless)
    assert await anext(items) == 0
    await items.aclose()
    assert source.ended.is_set()


async def test_cancelled_reader_ends_the_source() -> None:
    source = Source()

    async def read() -> None:
        async for _ in run_apart(source.endless):
            await asyncio.sleep(0)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(read(), 0.05)
    await asyncio.wait_for(source.ended.wait(), 1)


async def test_slow_reader_holds_the_source_back() -> None:
    source = Source()
    items = run_apart(source.greedy)
    await anext(items)
    await asyncio.sleep(0.01)
    assert source.put < 1000
    assert len([item async for item in items]) == 9_999


async def test_error_of_a_source_that_nobody_waits_for_is_silent() -> None:
    async def fail(sink: Sink[int]) -> None:
        await sink.put([1])
        raise ValueError("unseen")

    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: complaints.append(context)
    )
    items = run_apart(fail)
    await anext(items)
    await items.aclose()
    gc.collect()
    assert complaints == []
