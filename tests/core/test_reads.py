"""Reads that many want at the same moment: shared, and as fresh as one's own."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from besedka.core.background import Background
from besedka.core.db.reads import Reads
from besedka.core.errors import Unavailable


class Table:
    """Something that is read slowly: every read has to be let through."""

    def __init__(self) -> None:
        self.background = Background()
        self.reads = Reads(self.background)
        self.asked: list[list[str]] = []
        self.version = 1
        self.gate = asyncio.Semaphore(0)
        self.failure: Exception | None = None

    async def read(self, wanted: Sequence[str]) -> Mapping[str, str]:
        """Return what is wanted as it is when the read begins."""
        self.asked.append(sorted(wanted))
        found = {each: f"{each}{self.version}" for each in wanted}
        await self.gate.acquire()
        if self.failure is not None:
            raise self.failure
        return found

    async def ask(self, *wanted: str) -> list[str]:
        """Return what is found of what is wanted."""
        found = await self.reads.many(("table",), wanted, self.read)
        return [found[each] for each in wanted]

    async def begun(self, *wanted: str) -> "asyncio.Task[list[str]]":
        """Begin to ask."""
        task = asyncio.create_task(self.ask(*wanted))
        await asyncio.sleep(0)
        return task


async def test_those_who_ask_while_somebody_reads_share_the_next_read() -> None:
    table = Table()
    first = await table.begun("a")
    table.version = 2
    others = [await table.begun(each, "a") for each in "bcd"]
    table.gate.release()
    table.gate.release()
    assert await first == ["a1"]
    assert await asyncio.gather(*others) == [["b2", "a2"], ["c2", "a2"], ["d2", "a2"]]
    assert table.asked == [["a"], ["a", "b", "c", "d"]]


async def test_one_who_asks_later_shares_nothing_that_was_read_before() -> None:
    table = Table()
    table.gate.release()
    assert await table.ask("a") == ["a1"]
    table.version = 2
    table.gate.release()
    assert await table.ask("a") == ["a2"]


async def test_one_who_goes_away_takes_nothing_from_the_others() -> None:
    table = Table()
    first, gone, other = [await table.begun("a") for _ in range(3)]
    first.cancel()
    gone.cancel()
    await asyncio.wait([first, gone])
    table.gate.release()
    assert await other == ["a1"]


async def test_failure_is_seen_by_all_who_share_a_read_and_by_nobody_after() -> None:
    table = Table()
    first, second, third = [await table.begun("a") for _ in range(3)]
    table.gate.release()
    assert await first == ["a1"]
    table.failure = Unavailable()
    table.gate.release()
    failed = await asyncio.gather(second, third, return_exceptions=True)
    assert [type(each) for each in failed] == [Unavailable, Unavailable]
    table.failure = None
    table.gate.release()
    assert await table.ask("a") == ["a1"]


async def test_shutdown_lets_nobody_wait() -> None:
    table = Table()
    first, second = [await table.begun("a") for _ in range(2)]
    table.gate.release()
    assert await first == ["a1"]
    await table.background.close()
    with pytest.raises(Unavailable):
        await second
