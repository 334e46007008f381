"""What a run has failed of, as it is kept: an error's code, and after it the seconds that the provider asked to wait."""

from math import ceil
from typing import Final

from besedka.core.errors import BesedkaError
from besedka.kernel.llm.errors import LlmError, NoProvider
from besedka.products.chat.errors import AnswerEmpty, AnswerInterrupted, ModelNotUsable

LONGEST_WAIT: Final = 86_400


def kept_failure(code: str | None, retry_after: float | None) -> str | None:
    """Return a failure as a run keeps it."""
    if code is None or not retry_after:
        return code
    return f"{code} {min(ceil(retry_after), LONGEST_WAIT)}"


def failure_of(kept: str) -> BesedkaError:
    """Return the error that a run has failed with; `retry_after` in its parameters says how long to wait."""
    code, _, seconds = kept.partition(" ")
    if code == ModelNotUsable.code:
        return ModelNotUsable()
    error = _FAILURES.get(code, BesedkaError)()
    if seconds.isascii() and seconds.isdigit():
        error.params = {**error.params, "retry_after": int(seconds)}
        error.headers["Retry-After"] = seconds
    return error


def _all_of(kind: type[LlmError]) -> list[type[LlmError]]:
    return [kind, *(each for below in kind.__subclasses__() for each in _all_of(below))]


_KINDS: Final[tuple[type[BesedkaError], ...]] = (
    *_all_of(LlmError), NoProvider, AnswerEmpty, AnswerInterrupted,
)  # fmt: skip
_FAILURES: Final = {each.code: each for each in _KINDS}
