"""Requests that schemathesis makes from the OpenAPI document, sent by everybody there is, and judged by that document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import Caller, Role, SessionKind
from tests.attacks.company import Company
from tests.attacks.rights import PUBLIC, VISITORS
from tests.attacks.tables import PATHS, Id
from tests.attacks.test_api_keys import everything, make_key
from tests.described import whole
from tests.factories import Made, make_person

BASE = "http://127.0.0.1:8000"
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip
BODY_KEYS = {"method", "url", "headers", "params", "json", "data", "files"}
REFUSED = {400, 401, 403, 404, 413, 422}
"""What strangers may hear of an operation that is not for everybody: nothing, or that their request has no sense or is too large."""

Operation: TypeAlias = "APIOperation[Any, Any, Any, Any]"
MadeUp: TypeAlias = "Case[Operation]"


@schemathesis.serializer("application/offset+octet-stream")
def bytes_as_they_are(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Send a piece of an upload as what was made for it."""
    return value if isinstance(value, bytes) else str(value).encode()


def every_operation() -> list[Operation]:
    """Return the operations that the application documents."""
    schema = schemathesis.openapi.from_dict(whole().openapi())
    found = [each for each in schema.get_all_operations() if isinstance(each, Ok)]
    assert found, "the document has operations"
    return [each.ok() for each in found]


def cases_of(operation: Operation, mode: GenerationMode, count: int) -> list[MadeUp]:
    """Make requests to an operation, always the same ones; none where the mode has nothing to offer."""
    made: list[MadeUp] = []

    @hypothesis_settings(
        derandomize=True, max_examples=count, database=None, phases=[Phase.generate], deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy(generation_mode=mode))
    def collect(case: MadeUp) -> None:
        made.append(case)

    try:
        collect()
    except Unsatisfiable:
        return []
    return made[:count]


@dataclass
class Crowd:
    """Everybody who may ask: people of every role, a program, a stranger."""

    runtime: Runtime
    client: httpx.AsyncClient
    company: Company
    people: Mapping[str, Made]
    key: str
    broken: list[str] = field(default_factory=list)
    sent: int = 0

    @property
    def names(self) -> list[str]:
        """Who there is."""
        return [*self.people, "key", "stranger"]

    async def try_all(self, *, positive: int, negative: int, every: int = 1) -> None:
        """Send what is made for each operation: everything by everybody, or each piece by every how many-th of them."""
        turn = 0
        for operation in every_operation():
            cases = cases_of(operation, GenerationMode.POSITIVE, positive)
            if negative:
                cases += cases_of(operation, GenerationMode.NEGATIVE, negative)
            for number, case in enumerate(cases):
                for name in self.names:
                    turn += 1
                    if name == "stranger" or turn % every == 0:
                        await self._try(case, name, known=number % 2 == 0)

    async def _try(self, case: MadeUp, name: str, *, known: bool) -> None:
        """Send one request as somebody; `known` puts ids of things that are there into the path."""
        label = case.operation.label
        request = _prepare(case, self.company.ids if known else {})
        headers = await self._credentials(name)
        self.sent += 1
        assert request.body is None or isinstance(request.body, str | bytes)
        response = await self.client.request(
            str(request.method), str(request.url), content=request.body,
            headers={**{k: str(v) for k, v in request.headers.items()}, **headers},
        )  # fmt: skip
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            self.broken += [f"{label} as {name}: {_short(each)}" for each in group.exceptions]
        guarded = label not in {*PUBLIC, *VISITORS} and "/widget/" not in label
        if name == "stranger" and guarded and response.status_code not in REFUSED:
            self.broken.append(f"{label}: strangers get {response.status_code}")

    async def _credentials(self, name: str) -> Mapping[str, str]:
        if name == "stranger":
            return {}
        if name == "key":
            return {"Authorization": f"Bearer {self.key}"}
        # Some operations end the session that asks: everybody comes with a fresh one.
        who = self.people[name]
        return {"Authorization": f"Bearer {await self._log_in(who, who.workspace_id)}"}

    async def _log_in(self, who: Made, workspace: WorkspaceId) -> str:
        async with self.runtime.db.fast.transaction(workspace) as conn:
            login = await accounts.open_session(
                conn, self.runtime.get(accounts.Accounts), user_id=who.user_id, workspace=workspace,
                caller=Caller(address="127.0.0.1", user_agent="tests"), kind=SessionKind.BEARER,
            )  # fmt: skip
        assert login.tokens is not None
        return login.tokens.access_token


def _prepare(case: MadeUp, ids: Mapping[str, str]) -> requests.PreparedRequest:
    """Return a request as it goes over the wire, without the credentials that were made up for it."""
    for name in list(case.path_parameters):
        place = PATHS.get(name)
        if isinstance(place, Id) and place.kind in ids:
            case.path_parameters[name] = ids[place.kind]
    wire = case.as_transport_kwargs(base_url=BASE)
    prepared = requests.Request(**{k: v for k, v in wire.items() if k in BODY_KEYS}).prepare()
    for name in ("Authorization", "Cookie"):
        prepared.headers.pop(name, None)
    return prepared


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


async def gather_crowd(runtime: Runtime, client: httpx.AsyncClient, company: Company) -> Crowd:
    """Let somebody of each role into a company, and a program."""
    people = {role.value: await make_person(runtime, company.made, role=role) for role in Role}
    people["host"] = await make_person(runtime, company.made, role=Role.OWNER)
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE app_user SET is_host = true WHERE id = $1", people["host"].user_id
        )
    key = await make_key(client, company, await everything(client, company))
    return Crowd(runtime, client, company, people, key)
