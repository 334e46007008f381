"""Manners towards other people's servers: one request at a time for each host, and a pause between two."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from besedka.core.clock import monotonic
from besedka.core.http.types import Limits

PAUSE_SECONDS = 1.0
LONGEST_PAUSE = 30.0
"""A longer Crawl-delay is not followed: a site of a hundred pages would take a day."""
_HOSTS_REMEMBERED = 1000
PAGE_LIMITS = Limits(max_bytes=10 << 20, connect=10.0, idle=15.0, total=30.0)


@dataclass(slots=True)
class _Host:
    free_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Manners:
    """Shared by all sites that a process reads. `pause` and `limits` are of one request."""

    def __init__(self, *, pause: float = PAUSE_SECONDS, limits: Limits = PAGE_LIMITS) -> None:
        self.pause = pause
        self.limits = limits
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str, *, asked: float | None = None) -> AsyncIterator[None]:
        """Wait for one's turn with a host; `asked` is the pause that its robots.txt asks for."""
        place = self._place(host)
        async with place.lock:
            await asyncio.sleep(max(0.0, place.free_at - monotonic()))
            try:
                yield
            finally:
                pause = max(self.pause, min(asked or 0.0, LONGEST_PAUSE))
                place.free_at = max(place.free_at, monotonic() + pause)

    def hold(self, host: str, seconds: float) -> None:
        """Leave a host alone for a while: it said that it is busy."""
        self._place(host).free_at = monotonic() + min(seconds, LONGEST_PAUSE)

    def _place(self, host: str) -> _Host:
        if len(self._hosts) > _HOSTS_REMEMBERED:
            moment = monotonic()
            waited = {h: p for h, p in self._hosts.items() if p.lock.locked() or p.free_at > moment}
            self._hosts = waited
        return self._hosts.setdefault(host, _Host())
