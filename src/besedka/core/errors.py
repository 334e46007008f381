"""Errors that callers see: a code, an HTTP status and parameters; the words come from the catalogue."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import JsonValue


class BesedkaError(Exception):
    """An error with a stable code, shown to the caller in their language.

    `permanent` says whether trying the same thing again could help.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    permanent: ClassVar[bool] = True

    def __init__(self, **params: JsonValue) -> None:
        super().__init__(self.code)
        self.params: Mapping[str, JsonValue] = params
        self.headers: dict[str, str] = {}

    def __str__(self) -> str:
        shown = ", ".join(f"{key}={value}" for key, value in self.params.items())
        return f"{self.code}({shown})" if shown else self.code


class NotFound(BesedkaError):
    """There is no such thing, or the caller may not know of it: both look the same."""

    code = "not_found"
    status = 404


class Forbidden(BesedkaError):
    """The caller is known, and may not do this."""

    code = "forbidden"
    status = 403


class Unauthenticated(BesedkaError):
    """The caller is not known, or no longer."""

    code = "unauthenticated"
    status = 401

    def __init__(self, **params: JsonValue) -> None:
        super().__init__(**params)
        self.headers["WWW-Authenticate"] = "Bearer"


class InvalidInput(BesedkaError):
    """Something in the request is not as it has to be. `field` and `reason` say what."""

    code = "invalid_input"
    status = 422


class Conflict(BesedkaError):
    """The thing is in a state that does not allow this."""

    code = "conflict"
    status = 409


class IdempotencyKeyReused(InvalidInput):
    """The key was used before, for something else."""

    code = "idempotency_key_reused"


class IdempotencyKeyBusy(Conflict):
    """The first request with the key is still being worked on; ask again in a moment."""

    code = "idempotency_key_busy"
    permanent = False

    def __init__(self) -> None:
        super().__init__()
        self.headers["Retry-After"] = "1"


class TooLarge(BesedkaError):
    """The body is larger than allowed (`limit`, in bytes)."""

    code = "too_large"
    status = 413


class RateLimited(BesedkaError):
    """Too many requests; `retry_after` in seconds."""

    code = "rate_limited"
    status = 429
    permanent = False

    def __init__(self, *, retry_after: int, **params: JsonValue) -> None:
        super().__init__(retry_after=retry_after, **params)
        self.headers["Retry-After"] = str(retry_after)


class Unavailable(BesedkaError):
    """Something we depend on is away for the moment."""

    code = "unavailable"
    status = 503
    permanent = False

    def __init__(self, *, retry_after: int = 2, **params: JsonValue) -> None:
        super().__init__(**params)
        self.headers["Retry-After"] = str(retry_after)


class DatabaseAway(Unavailable):
    """The database does not answer; nothing was changed."""

    code = "database_away"
