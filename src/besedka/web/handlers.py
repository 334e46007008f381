"""Every error, once: a page for a person who looks at one, problem+json for everybody else."""

from collections.abc import Callable, Coroutine

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from besedka.core import problems
from besedka.core.errors import BesedkaError
from besedka.core.problems import Problem
from besedka.web.errors import error_page, wants_page
from besedka.web.typed import typed_of

Handler = Callable[[Request, Exception], Coroutine[object, object, Response]]


def describe(request: Request, error: Exception) -> Problem:
    """Return what to say of an error."""
    match error:
        case BesedkaError():
            return problems.from_error(request, error)
        case RequestValidationError():
            return problems.from_validation(request, error)
        case HTTPException():
            return problems.from_http(request, error)
        case _:
            return problems.from_crash(request, error)


async def present(request: Request, error: Exception) -> Response:  # noqa: RUF029 - a plain one would run in a thread
    """Answer with an error."""
    if not wants_page(request):
        return describe(request, error).as_json()
    if _is_no_address(error):
        error = HTTPException(404)
    problem = describe(request, error)
    page = error_page(
        request, status=problem.status, code=problem.code, detail=problem.detail,
        typed=typed_of(request, error, problem),
    )  # fmt: skip
    page.headers.update(problem.headers)
    return page


def _is_no_address(error: Exception) -> bool:
    """Whether a page's address has words where an id belongs: to a person that is a page that is not there."""
    return isinstance(error, RequestValidationError) and any(
        each["loc"][:1] == ("path",) for each in error.errors()
    )


HANDLERS: dict[int | type[Exception], Handler] = dict.fromkeys(
    (BesedkaError, RequestValidationError, HTTPException, Exception), present
)
