"""How many requests a person may make, counted cheaply enough to count every one."""

import math
from collections.abc import Callable, Hashable
from typing import Final

from besedka.core.clock import monotonic
from besedka.core.errors import RateLimited
from besedka.kernel.accounts.types import MOST_PER_MINUTE

PER_MINUTE: Final = MOST_PER_MINUTE
WINDOW: Final = 60.0


class Pace:
    """A limit per minute over two windows, the older weighted by how much of it still counts.

    It forgets who did not call for two minutes.
    """

    def __init__(self, limit: int, *, clock: Callable[[], float] = monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._window = 0
        self._before: dict[Hashable, int] = {}
        self._now: dict[Hashable, int] = {}

    def hit(self, key: Hashable, *, limit: int | None = None) -> None:
        """Count one request, against a limit of the key's own if it has one.

        Raises RateLimited with the seconds to wait.
        """
        window, gone = divmod(self._clock(), WINDOW)
        if window != self._window:
            self._before = self._now if window == self._window + 1 else {}
            self._window, self._now = int(window), {}
        count = self._now.get(key, 0) + 1
        if count + self._before.get(key, 0) * (1 - gone / WINDOW) > (limit or self._limit):
            raise RateLimited(retry_after=max(1, math.ceil((WINDOW - gone) / 10)))
        self._now[key] = count
