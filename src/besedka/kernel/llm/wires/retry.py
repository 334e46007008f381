"""Waiting before another try: exponential, full jitter, never past what the caller would bear."""

import random
from dataclasses import dataclass

from besedka.kernel.llm.errors import LlmError


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how long, in seconds. A provider that asks for more than `longest` gets no retry."""

    attempts: int = 3
    base: float = 0.5
    longest: float = 20.0

    def wait(self, error: LlmError, attempt: int) -> float | None:
        """Return the pause after failed try number `attempt` (from 1), None to give up.

        The provider's own Retry-After is honoured, with jitter on top so that callers spread.
        """
        asked = error.retry_after or 0.0
        if error.permanent or attempt >= self.attempts or asked > self.longest:
            return None
        spread = min(self.longest, self.base * 2**attempt)
        return asked + random.uniform(0, spread)  # noqa: S311 - spreads load, guards nothing
