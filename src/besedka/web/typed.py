"""What a person had typed into a form that was refused: shown again, to be mended and sent."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.requests import Request

from besedka.core.problems import Problem
from besedka.web.person import known_identity

MOST_FIELDS = 60
_KEPT_BACK = re.compile(r"password|secret|token|code|csrf|api_?key", re.IGNORECASE)
_LONG = 60
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Typed:
    """One field of a refused form, and what is wrong with it."""

    name: str
    value: str
    error: str

    @property
    def is_hidden(self) -> bool:
        """Whether it is nothing that people type: an id, or nothing at all, and right as it is."""
        return not self.error and (not self.value or _ID.fullmatch(self.value) is not None)

    @property
    def is_long(self) -> bool:
        """Whether it wants more than a line."""
        return len(self.value) > _LONG or "\n" in self.value


def typed_of(request: Request, error: Exception, problem: Problem) -> list[Typed]:
    """Return the fields of a form that its sender, who is logged in, has sent; none of anything else, and no secrets.

    A form that came without the right to send it is not offered again: it may be a stranger's.
    """
    form = _form_of(request, error)
    if form is None or problem.status in (401, 403) or known_identity(request) is None:
        return []
    wrong = {each["field"].partition(".")[0]: each["message"] for each in problem.errors}
    field = problem.params.get("field")
    if isinstance(field, str):
        wrong[field] = problem.detail
    found = list(_fields(form.multi_items(), wrong))[:MOST_FIELDS]
    return found if problem.errors or not all(each.is_hidden for each in found) else []


def _form_of(request: Request, error: Exception) -> FormData | None:
    """Return the form that a request brought, as far as it was read; asking the request for it could wait for ever."""
    read = (
        error.body if isinstance(error, RequestValidationError) else getattr(request, "_form", None)
    )
    return read if isinstance(read, FormData) else None


def _fields(items: Iterable[tuple[str, object]], wrong: Mapping[str, str]) -> Iterable[Typed]:
    named: set[str] = set()
    for name, value in items:
        if isinstance(value, str) and not _KEPT_BACK.search(name):
            named.add(name)
            yield Typed(name, value, wrong.get(name, ""))
    for name, message in wrong.items():
        if name and name not in named and not _KEPT_BACK.search(name):
            yield Typed(name, "", message)
