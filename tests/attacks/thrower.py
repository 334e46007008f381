"""Throwing junk at every operation, and what it breaks."""

import itertools
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx

from besedka.core.runtime import Runtime
from tests.attacks.company import Company, furnish
from tests.attacks.junk import BODIES, TYPES, WORDS, spoiled
from tests.attacks.operations import Operation, Request, operations
from tests.attacks.rights import VISITORS
from tests.kernel.accounts.helpers import by_cookie, cookie_of

BAD_GATEWAY = 502
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LEFT_OUT = {"POST /api/v1/auth/logout", "DELETE /api/v1/auth/sessions", "POST /logout"}
"""What would end the attack."""


@dataclass
class Thrower:
    """An owner who sends junk, and what broke."""

    client: httpx.AsyncClient
    company: Company
    cookie: Mapping[str, str]
    every: int
    broken: list[str] = field(default_factory=list)
    thrown: int = 0
    _turn: Iterator[int] = field(default_factory=itertools.count)

    def report(self) -> str:
        """Return what broke, a line each."""
        return "\n".join([f"{self.thrown} thrown:", *self.broken])

    def targets(self) -> list[Operation]:
        """Return what is attacked."""
        return [each for each in operations() if str(each) not in LEFT_OUT]

    def skips(self) -> bool:
        """Whether this piece of junk is not thrown this time."""
        return bool(next(self._turn) % self.every)

    def fill(self, operation: Operation) -> Request:
        """Return the operation on things of one's own."""
        return operation.fill(lambda _place, kind: self.company.ids[kind.kind])

    def headers(self, operation: Operation) -> Mapping[str, str]:
        """Return what makes a request one's own."""
        if str(operation) in VISITORS:
            return self.company.visitor
        if operation.is_page:
            return {**self.cookie, "Accept": "text/html"}
        return self.company.owner.headers

    async def throw(
        self, operation: Operation, what: str, path: str, headers: Mapping[str, str],
        content: bytes | Mapping[str, object] | None = None,
    ) -> None:  # fmt: skip
        """Send junk and look at the answer; a body that is spelled out when it is sent is as good as bytes."""
        if self.skips():
            return
        self.thrown += 1
        if isinstance(content, Mapping):
            content = json.dumps(content).encode()
        given = {**self.headers(operation), **headers}
        response = await self.client.request(
            operation.method, path, content=content, headers=httpx.Headers(given, "latin-1")
        )
        status = response.status_code
        if status == BAD_GATEWAY and operation.declares(status):
            return  # the company's model is at an address where nobody answers
        if status >= 500:
            self.broken.append(f"{operation}: {what}: {status} {response.text[:200]}")
        elif not operation.declares(status):
            self.broken.append(f"{operation}: {what}: {status} is not declared")


def address(request: Request) -> str:
    """Return a request's path with its query."""
    return str(httpx.URL(request.path, params=request.params))


async def spoil_bodies(thrower: Thrower) -> None:
    for operation in thrower.targets():
        request = thrower.fill(operation)
        if not isinstance(request.json, Mapping):
            continue
        for what, body in spoiled(request.json):
            await thrower.throw(operation, what, address(request), JSON, body)
        for what, content in BODIES.items():
            await thrower.throw(operation, what, address(request), JSON, content)


async def spoil_types(thrower: Thrower) -> None:
    content = b'{"body": "a", "name": "b"}'
    for operation in thrower.targets():
        if operation.reads:
            continue
        for kind in TYPES:
            headers = {"Content-Type": kind}
            await thrower.throw(operation, kind, address(thrower.fill(operation)), headers, content)


async def spoil_forms(thrower: Thrower) -> None:
    for operation in thrower.targets():
        request = thrower.fill(operation)
        for name in request.form or {}:
            for word in WORDS:
                content = httpx.QueryParams({**(request.form or {}), name: ""})
                spoilt = str(content).replace(f"{name}=", f"{name}={word}", 1).encode()
                await thrower.throw(operation, f"{name}={word}", request.path, FORM, spoilt)
        for what, body in BODIES.items():
            if request.form is not None:
                await thrower.throw(operation, what, request.path, FORM, body)


async def spoil_addresses(thrower: Thrower) -> None:
    for operation in thrower.targets():
        request = thrower.fill(operation)
        for place in operation.places:
            if not place.startswith("path:"):
                continue
            for word in WORDS:
                path = request.path.replace(thrower.company.ids[operation.places[place].kind], word)
                await thrower.throw(operation, f"{place}={word}", path, {})
        for name in request.params:
            for word in WORDS:
                kept = {k: v for k, v in request.params.items() if k != name}
                query = f"{httpx.QueryParams(kept)}&{name}={word}&{name}={word}"
                await thrower.throw(operation, f"{name}={word}", f"{request.path}?{query}", {})


Attack: TypeAlias = Callable[[Thrower], Awaitable[None]]

ATTACKS: tuple[Attack, ...] = (spoil_bodies, spoil_types, spoil_forms, spoil_addresses)


async def make_thrower(runtime: Runtime, client: httpx.AsyncClient, *, every: int) -> Thrower:
    """Return the owner of a furnished company who throws every how many-th piece of junk."""
    company = await furnish(runtime, client)
    cookie = by_cookie(await cookie_of(runtime, company.owner.email))
    return Thrower(client, company, cookie, every=every)
