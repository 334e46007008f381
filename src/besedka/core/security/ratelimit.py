"""Rate limits over the `limits` library: a moving window per rule and key, in memory or shared through Redis."""

import math
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar, cast

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter as Window
from limits.errors import StorageError

from besedka.core.errors import RateLimited

if TYPE_CHECKING:
    from besedka.core.bus import Bus

T = TypeVar("T")

LOGIN: Final = "10 per 5 minutes"
SIGN_UP: Final = "20 per hour"
ANONYMOUS: Final = "60 per minute"
PERSON: Final = "600 per minute"
HEAVY: Final = "100 per hour"


class RateLimiter:
    """Counts hits per (rule, key): with a bus, those of all processes together, unless Redis is away."""

    def __init__(self, *, enabled: bool = True, bus: "Bus | None" = None) -> None:
        self._own = Window(MemoryStorage())
        self._shared = None if bus is None else Window(_shared_storage(bus))
        self._bus = bus
        self._rules: dict[str, RateLimitItem] = {}
        self._enabled = enabled

    async def hit(self, rule: str, *key: str, cost: int = 1) -> None:
        """Count one hit. Raises RateLimited with the seconds to wait."""
        if not self._enabled:
            return
        item = self._rule(rule)
        if not await self._ask(lambda window: window.hit(item, *key, cost=cost)):
            stats = await self._ask(lambda window: window.get_window_stats(item, *key))
            raise RateLimited(retry_after=max(1, math.ceil(stats.reset_time - time.time())))

    async def allowed(self, rule: str, *key: str) -> bool:
        """Whether a hit would be accepted, without counting it."""
        item = self._rule(rule)
        return not self._enabled or await self._ask(lambda window: window.test(item, *key))

    async def clear(self, rule: str, *key: str) -> None:
        """Forget the hits of a key, after a success."""
        item = self._rule(rule)
        await self._ask(lambda window: window.clear(item, *key))

    async def _ask(self, question: Callable[[Window], Awaitable[T]]) -> T:
        """Ask the counters of all processes, or while Redis is away this process's own."""
        if self._shared is not None and self._bus is not None and self._bus.healthy:
            try:
                return await question(self._shared)
            except StorageError:
                pass
        return await question(self._own)

    def _rule(self, rule: str) -> RateLimitItem:
        item = self._rules.get(rule)
        if item is None:
            item = self._rules[rule] = parse(rule)
        return item


def _shared_storage(bus: "Bus") -> RedisStorage:
    # A pool is a documented option, which the types leave out.
    options = cast(dict[str, str], {"connection_pool": bus.client.connection_pool})
    return RedisStorage(
        "async+redis://", implementation="redispy", wrap_exceptions=True, key_prefix="besedka:limit", **options
    )  # fmt: skip
