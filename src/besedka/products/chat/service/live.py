"""Answers that this process is making, for those who read along, and for whoever wants no more of one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from besedka.core.clock import monotonic
from besedka.products.chat.types import Run


class Live:
    """What an attempt has said so far, and the run as it ended where it did."""

    def __init__(self, attempt: int) -> None:
        self.attempt = attempt
        self.began = monotonic()
        self.ended: Run | None = None
        self.is_over = False
        self.is_stopped = False
        self.length = 0
        """How many characters were said."""
        self._pieces: list[str] = []
        self._changed = asyncio.Event()
        self._limit: asyncio.Timeout | None = None

    @property
    def text(self) -> str:
        """All that was said so far."""
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def after(self, known: int) -> str:
        """Return what was said after so many characters; costs what that is, however much was said before."""
        pieces: list[str] = []
        start = self.length
        for piece in reversed(self._pieces):
            if start <= known:
                break
            start -= len(piece)
            pieces.append(piece[max(known - start, 0) :])
        return "".join(reversed(pieces))

    def say(self, piece: str) -> None:
        """Add words."""
        self._pieces.append(piece)
        self.length += len(piece)
        self._wake()

    def finish(self) -> None:
        """Tell readers that what comes next is in the database."""
        self.is_over = True
        self._wake()

    @asynccontextmanager
    async def stoppable(self) -> AsyncIterator[None]:
        """Let `stop` end the block, which then raises TimeoutError."""
        async with asyncio.timeout(None) as limit:
            self._limit = limit
            if self.is_stopped:
                self.stop()
            try:
                yield
            finally:
                self._limit = None

    def stop(self) -> None:
        """End the call of the model."""
        self.is_stopped = True
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time())

    async def wait(self, known: int, *, seconds: float) -> bool:
        """Wait until there is more than so many characters, or no more to come; False when it took too long."""
        try:
            async with asyncio.timeout(seconds):
                while self.length <= known and not self.is_over:
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class Lives:
    """The answers of this process by their runs."""

    def __init__(self) -> None:
        self._lives: dict[UUID, Live] = {}

    def begin(self, run: Run) -> Live:
        """Begin an attempt."""
        live = self._lives[run.id] = Live(run.attempts)
        return live

    def find(self, run_id: UUID) -> Live | None:
        """Return what is said in a run, if this process makes it."""
        return self._lives.get(run_id)

    def end(self, run_id: UUID, live: Live) -> None:
        """Forget an attempt that is over, and let its readers know."""
        live.finish()
        if self._lives.get(run_id) is live:
            del self._lives[run_id]
