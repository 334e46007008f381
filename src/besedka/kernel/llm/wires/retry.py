"""Waiting before another try: exponential, full jitter, never past what the caller would bear."""

import random
from dataclasses import dataclass

from besedka.kernel.llm.errors import LlmError


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how long, in seconds.

    Nobody is kept waiting for another try longer than `longest`: neither when the provider asks
    for more, nor when the tries so far have taken that long (a provider that hangs).
    """

    attempts: int = 3
    base: float = 0.5
    longest: float = 20.0

    def wait(self, error: LlmError, *, attempt: int, elapsed: float) -> float | None:
        """Return the pause after failed try number `attempt` (from 1), None to give up.

        The provider's own Retry-After is honoured, with jitter on top so that callers spread.
        """
        asked = error.retry_after or 0.0
        if error.permanent or attempt >= self.attempts or asked + elapsed > self.longest:
            return None
        spread = min(self.longest, self.base * 2**attempt)
        return asked + random.uniform(0, spread)  # noqa: S311 - spreads load, guards nothing
