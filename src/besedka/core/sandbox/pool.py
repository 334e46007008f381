"""The pool: starts children when they are needed, reuses them, replaces them, ends them."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from besedka.core.sandbox.errors import SandboxClosed, SandboxError, TaskRefused, UnknownFunction
from besedka.core.sandbox.limits import Limits
from besedka.core.sandbox.process import Child, Task

if TYPE_CHECKING:  # heavy, and children import this package too
    from pydantic import JsonValue


class Sandbox:
    """Runs allow-listed functions in at most `size` child processes.

    `functions` maps a name to "module:function". A child is replaced after any failure and after
    `tasks_per_child` tasks; an idle one ends after `idle_seconds`, so an idle server carries none.
    """

    def __init__(
        self, functions: Mapping[str, str], *, size: int = 2, limits: Limits | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._functions = dict(functions)
        self._slots = asyncio.Semaphore(size)
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._leaving: list[Child] = []
        self._timer: asyncio.TimerHandle | None = None
        self._closed = asyncio.Event()

    async def call(
        self,
        function: str,
        arguments: Mapping[str, "JsonValue"],
        *,
        payload: Path | bytes | None = None,
        wall_seconds: float | None = None,
    ) -> "JsonValue":
        """Run a function in a child and return its result. Raises SandboxError.

        A child can open no data of ours: a file's content is handed over as `payload`, and the function
        gets it as bytes.
        """
        if function not in self._functions:
            raise UnknownFunction(function)
        async with self._slots:
            if self._closed.is_set():
                raise SandboxClosed
            child = await self._take()
            try:
                task = Task(function, arguments, payload)
                result = await child.run(
                    task, wall_seconds=wall_seconds or self.limits.wall_seconds
                )
            except TaskRefused:
                self._put_back(child)
                raise
            except (
                BaseException
            ) as error:  # also cancellation: the child is in the middle of something
                self._discard(child)
                if self._closed.is_set() and isinstance(error, SandboxError):
                    raise SandboxClosed from None
                raise
            self._put_back(child)
            return result

    async def close(self) -> None:
        """End every child and wait for it; tasks under way fail with SandboxClosed."""
        self._closed.set()
        self._stop_timer()
        for child in self._busy:
            child.kill()
        for child in self._idle:
            child.dismiss()
        ending = [*self._busy, *self._idle, *self._leaving]
        self._idle.clear()
        await asyncio.gather(*(child.ended() for child in ending))
        self._leaving.clear()

    async def __aenter__(self) -> Self:
        """Nothing starts before it is needed."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the pool."""
        await self.close()

    async def _take(self) -> Child:
        self._stop_timer()
        await self._see_off()
        while self._idle:
            child = self._idle.pop()
            if not child.worn:
                break
            self._let_go(child)
        else:
            child = await Child.start(self._functions, self.limits)
        self._busy.add(child)
        return child

    def _put_back(self, child: Child) -> None:
        self._busy.discard(child)
        if child.worn or self._closed.is_set():
            self._let_go(child)
            return
        self._idle.append(child)
        self._start_timer()

    def _discard(self, child: Child) -> None:
        self._busy.discard(child)
        child.kill()
        self._leaving.append(child)

    def _let_go(self, child: Child) -> None:
        child.dismiss()
        self._leaving.append(child)

    async def _see_off(self) -> None:
        leaving, self._leaving = self._leaving, []
        for child in leaving:
            await child.ended()

    def _start_timer(self) -> None:
        self._stop_timer()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self.limits.idle_seconds, self._dismiss_idle)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _dismiss_idle(self) -> None:
        self._timer = None
        while self._idle:
            self._let_go(self._idle.pop())
