"""Manners towards other people's servers: one request at a time for each host, and a pause between two.

The pause is as long as the last answer took: who answers at once is asked sooner, who labours is left to breathe.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from besedka.core.clock import monotonic
from besedka.core.http.types import Limits

LEAST_PAUSE = 0.1
MOST_PAUSE = 1.0
"""Of a server that needs longer for its answers. One that said it is busy is asked no sooner than this from then on."""
LONGEST_PAUSE = 30.0
"""A longer Crawl-delay is not followed: a site of a hundred pages would take a day."""
_HOSTS_REMEMBERED = 1000
PAGE_LIMITS = Limits(max_bytes=10 << 20, connect=10.0, idle=15.0, total=30.0)


@dataclass(slots=True)
class _Host:
    free_at: float = 0.0
    was_busy: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Manners:
    """Shared by all sites that a process reads. `pause` is the longest one between two requests, `limits` are of one."""

    def __init__(
        self, *, pause: float = MOST_PAUSE, limits: Limits = PAGE_LIMITS,
        clock: Callable[[], float] = monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self.pause = pause
        self.limits = limits
        self._clock, self._sleep = clock, sleep
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str, *, asked: float | None = None) -> AsyncIterator[None]:
        """Wait for one's turn with a host; `asked` is the pause that its robots.txt asks for."""
        place = self._place(host)
        async with place.lock:
            await self._sleep(max(0.0, place.free_at - self._clock()))
            began = self._clock()
            try:
                yield
            finally:
                ended = self._clock()
                pause = self._pause(place, took=ended - began, asked=asked)
                place.free_at = max(place.free_at, ended + pause)

    def hold(self, host: str, seconds: float) -> None:
        """Leave a host alone for a while, and ask it slowly from then on: it said that it is busy."""
        place = self._place(host)
        place.free_at = self._clock() + min(seconds, LONGEST_PAUSE)
        place.was_busy = True

    def _pause(self, place: _Host, *, took: float, asked: float | None) -> float:
        least = self.pause if place.was_busy else min(LEAST_PAUSE, self.pause)
        if asked is not None:
            return max(least, min(asked, LONGEST_PAUSE))
        return max(least, min(took, self.pause))

    def _place(self, host: str) -> _Host:
        if len(self._hosts) > _HOSTS_REMEMBERED:
            moment = self._clock()
            waited = {h: p for h, p in self._hosts.items() if p.lock.locked() or p.free_at > moment}
            self._hosts = waited
        return self._hosts.setdefault(host, _Host())
