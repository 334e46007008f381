"""Routes whose errors have the shape that OpenAI's clients read."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from besedka.core import problems
from besedka.core.errors import BesedkaError
from besedka.core.problems import Problem
from besedka.kernel.accounts.deps.keyed import KeyedRoute

_TYPES: Final = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class OpenAiRoute(KeyedRoute):
    """A route whose problems have a member `error`: `{"message", "type", "param", "code"}`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        run = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await run(request)
            except BesedkaError as error:
                return refusal(problems.from_error(request, error))
            except RequestValidationError as error:
                return refusal(problems.from_validation(request, error))

        return answer


def refusal(problem: Problem) -> Response:
    """Present a problem with what OpenAI's clients look for beside it; a body that does not fit is 400, as it is there."""
    status = 400 if problem.status == 422 else problem.status
    told = replace(problem, status=status, extensions={"error": described(problem)})
    return told.as_json()


def described(problem: Problem) -> dict[str, object]:
    """Return the object that tells of an error."""
    first = problem.errors[0] if problem.errors else None
    fallback = "server_error" if problem.status >= 500 else "invalid_request_error"
    return {
        "message": f"{problem.detail} {first['field']}: {first['message']}"
        if first
        else problem.detail,
        "type": _TYPES.get(problem.status, fallback),
        "param": first["field"] if first else problem.params.get("param"),
        "code": problem.code,
    }
