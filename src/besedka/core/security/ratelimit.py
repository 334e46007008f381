"""Rate limits over the `limits` library: a moving window per rule and key."""

import math
import time
from typing import Final

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from besedka.core.errors import RateLimited

LOGIN: Final = "10 per 5 minutes"
SIGN_UP: Final = "20 per hour"
ANONYMOUS: Final = "60 per minute"
PERSON: Final = "600 per minute"
HEAVY: Final = "100 per hour"


class RateLimiter:
    """Counts hits per (rule, key) in memory."""

    def __init__(self, *, enabled: bool = True) -> None:
        storage = MemoryStorage()
        self._window = SlidingWindowCounterRateLimiter(storage)
        self._rules: dict[str, RateLimitItem] = {}
        self._enabled = enabled

    async def hit(self, rule: str, *key: str, cost: int = 1) -> None:
        """Count one hit. Raises RateLimited with the seconds to wait."""
        if not self._enabled:
            return
        item = self._rule(rule)
        if not await self._window.hit(item, *key, cost=cost):
            stats = await self._window.get_window_stats(item, *key)
            raise RateLimited(retry_after=max(1, math.ceil(stats.reset_time - time.time())))

    async def allowed(self, rule: str, *key: str) -> bool:
        """Whether a hit would be accepted, without counting it."""
        return not self._enabled or await self._window.test(self._rule(rule), *key)

    async def clear(self, rule: str, *key: str) -> None:
        """Forget the hits of a key, after a success."""
        await self._window.clear(self._rule(rule), *key)

    def _rule(self, rule: str) -> RateLimitItem:
        item = self._rules.get(rule)
        if item is None:
            item = self._rules[rule] = parse(rule)
        return item
