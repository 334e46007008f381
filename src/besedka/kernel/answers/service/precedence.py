"""First words before everything else.

Whoever waits for the first word of an answer waits for nothing but that; what comes after it (storing the answer,
counting, telling others) can be a little later. So while first words are due in this process, an answer that is ready is
shown at once and stored when they are out, or after two seconds at the latest.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PATIENCE = 2.0
"""Seconds that what comes later gives way at most."""


@dataclass(slots=True)
class Due:
    """Somebody's first word, until it is out."""

    words: "FirstWords"
    is_over: bool = False
    is_heard: bool = False

    @property
    def others(self) -> int:
        """How many first words are due beside this one."""
        return self.words.due - (not self.is_over)

    def end(self) -> None:
        """Let nobody give way to it any more, as while a model is waited for, which takes nothing from anybody."""
        if not self.is_over:
            self.is_over = True
            self.words.settle()

    def hear(self) -> None:
        """Note that it is out."""
        self.is_heard = True
        self.end()


@dataclass(slots=True)
class FirstWords:
    """The first words that are due in this process, and what waits until they are out."""

    due: int = 0
    _waiting: list["asyncio.Future[None]"] = field(default_factory=list)

    @contextmanager
    def awaited(self) -> Iterator[Due]:
        """Let others give way, until the first word is out or the block ends."""
        self.due += 1
        one = Due(self)
        try:
            yield one
        finally:
            one.end()

    def settle(self) -> None:
        """Count a first word that is out; with the last one, go on with what has given way."""
        self.due -= 1
        if not self.due:
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                if not each.done():
                    each.set_result(None)

    async def give_way(self) -> None:
        """Wait until no first words are due; not for ever."""
        if not self.due:
            return
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        timer = loop.call_later(PATIENCE, _go, turn)
        try:
            await turn
        finally:
            timer.cancel()


def _go(turn: "asyncio.Future[None]") -> None:
    if not turn.done():
        turn.set_result(None)
