"""Errors on forms: beside their field, or above the form."""

from starlette.requests import Request

from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of
from besedka.core.problems import words_of


def words(request: Request, failure: BesedkaError | None) -> str:
    """Return the sentence of an error, an empty one without an error."""
    return words_of(locale_of(request), failure) if failure else ""


def at_field(request: Request, failure: BesedkaError | None) -> dict[str, str]:
    """Return the error beside the field that it is about."""
    field = failure.params.get("field") if failure else None
    return {field: words(request, failure)} if isinstance(field, str) else {}


def elsewhere(request: Request, failure: BesedkaError | None) -> str:
    """Return the error that is about no field."""
    return "" if at_field(request, failure) else words(request, failure)
