"""The OpenAPI document, completed with what holds for many routes and would have to be repeated at each.

Every error is a problem. A route that asks who calls (as a hot one does, without a dependency) takes either carrier, and can answer 401, 403 and, for a workspace
that is not the caller's, 404. Whatever takes a body can answer 400 for one that cannot be read, and 413 for one that is too big.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext

from besedka.core.problems import MEDIA_TYPE
from besedka.core.routing import is_hot
from besedka.core.schemas import Problem

Document = dict[str, Any]
AsksIdentity = Callable[[object], bool]
IsKeyed = Callable[[object], bool]

IDENTITY_ERRORS = ("401", "403", "404")
BODY_ERRORS = ("400", "413")
PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}
KEY: Mapping[str, object] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "The same key again does nothing twice and gives the first answer, for a day.",
}
KEY_ERRORS = ("409", "422")
_REPLACED = ("HTTPValidationError", "ValidationError")


def complete(
    document: Document, routes: Iterable[RouteContext], *, asks_identity: AsksIdentity,
    carriers: Mapping[str, Mapping[str, str]], is_keyed: IsKeyed,
) -> None:  # fmt: skip
    """Add security, errors and the idempotency key to a generated document. `carriers` are its security schemes."""
    components = document.setdefault("components", {})
    components["securitySchemes"] = dict(carriers)
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    for name in _REPLACED:
        schemas.pop(name, None)
    for route in routes:
        for method, operation in _operations(document, route):
            if method == "POST" and is_keyed(route.original_route) and not _takes_file(operation):
                _declare_key(operation)
            if is_hot(route.endpoint) or any(map(asks_identity, _calls(route.dependant))):
                operation["security"] = [{name: []} for name in carriers]
                _declare(operation, IDENTITY_ERRORS)
            if "requestBody" in operation:
                _declare(operation, BODY_ERRORS)
            _present_problems(operation["responses"])


def _takes_file(operation: Document) -> bool:
    return "multipart/form-data" in operation.get("requestBody", {}).get("content", {})


def _declare_key(operation: Document) -> None:
    parameters = operation.setdefault("parameters", [])
    if all(each["name"] != KEY["name"] for each in parameters):
        parameters.append(dict(KEY))
    _declare(operation, KEY_ERRORS)


def _declare(operation: Document, statuses: Iterable[str]) -> None:
    for status in statuses:
        operation["responses"].setdefault(status, {})


def _operations(document: Document, route: RouteContext) -> Iterator[tuple[str, Document]]:
    path = document["paths"].get(route.path_format, {})
    for method in route.methods or ():
        operation = path.get(method.lower())
        if operation is not None:
            yield method, operation


def _calls(dependant: Dependant) -> Iterator[object]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)


def _present_problems(responses: Document) -> None:
    for status, response in responses.items():
        if status.startswith(("4", "5")):
            if response.get("description") in {None, "Validation Error"}:
                response["description"] = HTTPStatus(int(status)).phrase
            response["content"] = {MEDIA_TYPE: PROBLEM}
