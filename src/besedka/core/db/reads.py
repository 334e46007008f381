"""Reads that many want at the same moment.

Who asks while nobody else does reads at once. Who asks while a read of the same name is on its way gets the next one,
together with all others who ask meanwhile. So what one gets was always read after one had asked: it is as fresh as
what one would have read oneself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar, cast

from besedka.core.background import Background
from besedka.core.errors import Unavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Name: TypeAlias = tuple[Hashable, ...]
"""What is read and for whom: a name that has to do with a workspace has it in it."""
ReadAll: TypeAlias = Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]


@dataclass(slots=True)
class _Turn(Generic[K, V]):
    """The next read of a name, and all that it is to find."""

    read: ReadAll[K, V]
    wanted: set[K] = field(default_factory=set)
    waiting: list["asyncio.Future[Mapping[K, V]]"] = field(default_factory=list)
    """Of each who waits their own, since they may go away."""


class Reads:
    """The reads of this process that are under way."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._next: dict[Name, _Turn[Hashable, object] | None] = {}
        """By the names of what is being read."""

    async def one(self, name: Name, read: Callable[[], Awaitable[V]]) -> V:
        """Return what `read` returns; whatever it raises, all raise who share it."""

        async def read_it(_: Sequence[None]) -> Mapping[None, V]:
            return {None: await read()}

        return (await self.many(name, (None,), read_it))[None]

    async def many(self, name: Name, wanted: Collection[K], read: ReadAll[K, V]) -> Mapping[K, V]:
        """Return what `read` finds of what is wanted, and maybe more that others want."""
        if name not in self._next:
            self._next[name] = None
            try:
                return await read(tuple(wanted))
            finally:
                self._go_on(name)
        turn = cast("_Turn[K, V] | None", self._next[name])
        if turn is None:
            turn = _Turn(read)
            self._next[name] = cast("_Turn[Hashable, object]", turn)
        turn.wanted.update(wanted)
        found: asyncio.Future[Mapping[K, V]] = asyncio.get_running_loop().create_future()
        turn.waiting.append(found)
        return await found

    def _go_on(self, name: Name) -> None:
        """Begin the next read of a name, if somebody waits for it."""
        turn = self._next.pop(name)
        if turn is not None:
            self._next[name] = None
            task = self._background.spawn(self._run(name, turn), name="shared read")
            task.add_done_callback(lambda _: _fail(turn, Unavailable()))

    async def _run(self, name: Name, turn: _Turn[Hashable, object]) -> None:
        """Read; what is raised is for those who wait to see."""
        try:
            (found,) = await asyncio.gather(turn.read(tuple(turn.wanted)), return_exceptions=True)
        finally:
            self._go_on(name)
        if isinstance(found, Exception):
            _fail(turn, found)
        elif not isinstance(found, BaseException):
            for each in turn.waiting:
                if not each.done():
                    each.set_result(found)


def _fail(turn: _Turn[Hashable, object], error: Exception) -> None:
    """Let nobody wait any more, as when a read was interrupted, or never began."""
    for each in turn.waiting:
        if not each.done():
            each.set_exception(error)
