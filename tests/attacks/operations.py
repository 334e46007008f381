"""Every operation of the application, and how to fill it: read from the routes, completed by declared tables.

A route that the tables do not know raises Undeclared, so nothing new stays unattacked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TypeAlias

import httpx
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from tests.attacks.forms import FORMS
from tests.attacks.tables import (
    FIELDS,
    JSON_BODIES,
    PATHS,
    QUERIES,
    UPLOADS,
    Filling,
    Id,
)
from tests.described import whole

API = "/api/v1"
ALIASES = ("/auth/", "/employers/", "/vacancies", "/candidates", "/responses")
ANYWHERE = {400, 405, 413}
"""What the server itself says, whatever the operation: the document has 400 and 413 where a body is taken."""
FILE = ("note.txt", b"Delivery costs 350 roubles.", "text/plain")

Choose: TypeAlias = Callable[[str, Id], str]
"""Gives the id for a place of an operation: (place, what kind of id) → value."""


class Undeclared(Exception):
    """Nobody said how to fill a part of an operation: add it to tests/attacks/tables.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that can be sent. Exactly one of `json`, `form` and `upload` is the body, if there is one."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    form: Mapping[str, str] | None = None
    upload: bool = False

    async def send(self, client: httpx.AsyncClient, headers: Mapping[str, str]) -> httpx.Response:
        """Send it."""
        return await client.request(
            self.method, self.path, params=self.params, json=self.json, data=self.form,
            files={"file": FILE} if self.upload else None, headers=headers,
        )  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """One method of one route."""

    method: str
    path: str
    schema: Mapping[str, object]
    """What the OpenAPI document says of it; empty for pages."""
    queries: tuple[str, ...]
    """The names of its query parameters."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_page(self) -> bool:
        """Whether it is outside the API."""
        return not self.schema

    @property
    def reads(self) -> bool:
        """Whether it promises to change nothing."""
        return self.method in {"GET", "OPTIONS"}

    def declares(self, status: int) -> bool:
        """Whether the document says that it may answer so; pages are not in the document."""
        declared = self.schema.get("responses", {})
        assert isinstance(declared, dict)
        return self.is_page or status in ANYWHERE or str(status) in declared

    @cached_property
    def places(self) -> Mapping[str, Id]:
        """Where an id stands: `path:chat`, `query:before`, `body:members.0` → its kind."""
        seen: dict[str, Id] = {}

        def note(place: str, kind: Id) -> str:
            seen[place] = kind
            return "0"

        self.fill(note)
        return seen

    def fill(self, choose: Choose) -> Request:
        """Return the request with the chosen ids. Raises Undeclared."""
        key = str(self)
        query = {name: _query(key, name) for name in self.queries}
        form = FORMS.get(key)
        if form is None and self.is_page and not self.reads:
            raise Undeclared(f"the form of {key}")
        body = JSON_BODIES.get(key)
        if body is None and self._takes("application/json"):
            raise Undeclared(f"the body of {key}")
        given = {"json": body, "form": form}
        filled = {
            name: None if value is None else _fill(value, "body", choose)
            for name, value in given.items()
        }
        return Request(
            method=self.method,
            path=_address(self.path, choose),
            params=_texts({name: _fill(v, f"query:{name}", choose) for name, v in query.items()}),
            json=filled["json"],
            form=_texts(filled["form"]) if filled["form"] is not None else self._fields(choose),
            upload=key in UPLOADS,
        )

    def _fields(self, choose: Choose) -> dict[str, str] | None:
        """Return the fields that go beside an uploaded file."""
        found = FIELDS.get(str(self))
        return None if found is None else _texts(_fill(found, "body", choose))

    def _takes(self, media_type: str) -> bool:
        body = self.schema.get("requestBody")
        return isinstance(body, dict) and media_type in body["content"]


def _query(key: str, name: str) -> Filling:
    try:
        return QUERIES[key][name]
    except KeyError:
        raise Undeclared(f"the query parameter {name} of {key}") from None


def _address(path: str, choose: Choose) -> str:
    """Return the path with its parameters replaced."""
    parts = []
    for part in path.split("/"):
        if not part.startswith("{"):
            parts.append(part)
            continue
        name, _, tail = part[1:].partition("}")
        known = PATHS.get(name)
        if known is None:
            raise Undeclared(f"the path parameter {name} of {path}")
        parts.append((choose(f"path:{name}", known) if isinstance(known, Id) else known) + tail)
    return "/".join(parts)


def _fill(value: Filling, place: str, choose: Choose) -> object:
    if isinstance(value, Id):
        return choose(place, value)
    if isinstance(value, Mapping):
        dot = ":" if place == "body" else "."
        return {name: _fill(each, f"{place}{dot}{name}", choose) for name, each in value.items()}
    if isinstance(value, list):
        return [_fill(each, f"{place}.{n}", choose) for n, each in enumerate(value)]
    return value


def _texts(values: object) -> dict[str, str]:
    assert isinstance(values, Mapping)
    return {str(name): str(value) for name, value in values.items() if value is not None}


@cache
def operations() -> Sequence[Operation]:
    """Return every operation of the application, API and pages; second names of the same API are left out."""
    app = whole()
    described = app.openapi()["paths"]
    found = []
    for method, path, queries in _routes(app):
        schema = described.get(path, {}).get(method.lower(), {})
        if not schema and path.startswith(ALIASES) and API + path in described:
            continue
        found.append(Operation(method, path, schema, queries))
    return tuple(found)


def _routes(app: FastAPI) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for context in iter_route_contexts(app.router.routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            for method in sorted((context.methods or set()) - {"HEAD"}):
                yield method, context.path_format or "", tuple(_queries(route.dependant))


def _queries(dependant: Dependant) -> Iterator[str]:
    """Yield the names of query parameters; a model of several is one field of the framework's."""
    for each in dependant.query_params:
        kind = each.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (field.alias or name for name, field in kind.model_fields.items())
        else:
            yield each.alias
    for other in dependant.dependencies:
        yield from _queries(other)
