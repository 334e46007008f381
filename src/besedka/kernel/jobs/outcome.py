"""What follows from the way an attempt ended."""

import secrets

from besedka.core.errors import BesedkaError
from besedka.kernel.jobs.errors import GiveUp, RetryLater
from besedka.kernel.jobs.types import Claimed, JobState, Outcome

LONGEST_DELAY = 600.0
LONGEST_ERROR = 500
_STEPS = 1000


def succeeded(job: Claimed) -> Outcome:
    """The job is done."""
    return Outcome(job, JobState.DONE)


def failed(job: Claimed, error: BaseException, *, max_attempts: int) -> Outcome:
    """Try again later, unless the error is permanent or the attempts are used up."""
    words = _storable(f"{type(error).__name__}: {error}"[:LONGEST_ERROR])
    if _is_final(error) or job.attempt >= max_attempts:
        return Outcome(job, JobState.DEAD, words)
    delay = error.after if isinstance(error, RetryLater) else backoff(job.attempt)
    return Outcome(job, JobState.QUEUED, words, delay)


def worn_out(job: Claimed) -> Outcome:
    """Every attempt took its worker down, so that none could be settled."""
    return Outcome(job, JobState.DEAD, "the worker was lost at every attempt")


def backoff(attempt: int) -> float:
    """Return min(2^attempt, 600) seconds with jitter: between half of it and all."""
    whole = min(2.0 ** min(attempt, 20), LONGEST_DELAY)
    return whole * (0.5 + secrets.randbelow(_STEPS) / _STEPS / 2)


def _is_final(error: BaseException) -> bool:
    return isinstance(error, GiveUp) or (isinstance(error, BesedkaError) and error.permanent)


def _storable(words: str) -> str:
    """Leave out what the database cannot hold: one such error would keep all others from being settled."""
    return words.encode("utf-8", "replace").decode().replace("\0", "")
