"""Errors on forms: beside their field, or above the form."""

from starlette.requests import Request

from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of
from besedka.core.problems import words_of


def words(request: Request, failure: BesedkaError | None) -> str:
    """Return the sentence of an error, an empty one without an error."""
    return words_of(locale_of(request), failure) if failure else ""


def at_field(request: Request, *failures: BesedkaError | None) -> dict[str, str]:
    """Return the errors beside the fields that they are about."""
    return {
        field: words(request, failure)
        for failure in failures
        if failure is not None and isinstance(field := failure.params.get("field"), str)
    }


def elsewhere(request: Request, *failures: BesedkaError | None) -> str:
    """Return the first error that is about no field."""
    alone = (failure for failure in failures if not at_field(request, failure))
    return words(request, next(alone, None))
