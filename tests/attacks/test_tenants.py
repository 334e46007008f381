"""The tenant matrix: every operation × who asks × where the foreign id stands. Nothing is told, nothing changes."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import Role
from tests.attacks.company import Company, calm, fingerprint, furnish, twin
from tests.attacks.operations import Operation, Request, operations
from tests.attacks.rights import MEMBERS_MAY, OPERATORS_MAY, OWN_ACCOUNT, PUBLIC, VISITORS
from tests.attacks.tables import Id
from tests.factories import make_person
from tests.kernel.accounts.helpers import by_cookie, cookie_of

REFUSED = {401, 403, 404}
PAGE = {"Accept": "text/html"}
ABSENT = "00000000-0000-7000-8000-000000000000"


@dataclass
class Siege:
    """A victim, an attacker, and everything that went wrong."""

    runtime: Runtime
    client: httpx.AsyncClient
    victim: Company
    attacker: Company
    breaches: list[str] = field(default_factory=list)
    requests: int = 0
    untouched: Mapping[str, str] = field(default_factory=dict)

    async def send(
        self, operation: Operation, request: Request, headers: Mapping[str, str]
    ) -> httpx.Response:
        """Send a request as the attacker and look whether the victim changed."""
        self.requests += 1
        accept = PAGE if operation.is_page else {}
        response = await request.send(self.client, {**accept, **headers})
        if response.status_code >= 500:
            self.breaches.append(f"{operation}: {response.status_code}")
        if not operation.declares(response.status_code):
            self.breaches.append(f"{operation}: {response.status_code} is not declared")
        if not operation.reads:
            await self._look_after(operation)
        return response

    async def _look_after(self, operation: Operation) -> None:
        now = await fingerprint(self.runtime, self.victim.id)
        if now != self.untouched:
            changed = [name for name in now if now[name] != self.untouched[name]]
            self.breaches.append(f"{operation}: changed {changed}")
            self.untouched = now

    def report(self) -> str:
        """Return what went wrong, a line each."""
        return f"{self.requests} requests:\n" + "\n".join(self.breaches)

    def foreign(self, _place: str, kind: Id) -> str:
        """Choose the victim's id."""
        return self.victim.ids[kind.kind]

    def own(self, _place: str, kind: Id) -> str:
        """Choose the attacker's own id."""
        return self.attacker.ids[kind.kind]

    def told(self, response: httpx.Response) -> tuple[int, str]:
        """Return what an answer tells: status and body, without the request's own number and ids."""
        text = response.text.replace(response.headers["x-request-id"], "")
        for value in filter(lambda value: len(value) > 8, self.victim.ids.values()):
            for each in (value, twin(value)):
                text = text.replace(each, "ID").replace(quote(each), "ID")
        return response.status_code, text

    def expect_refusal(self, operation: Operation, response: httpx.Response, who: str) -> None:
        """Take note of an answer that is neither a refusal nor the way to the log-in page."""
        sent_away = operation.is_page and response.headers.get("location", "").startswith("/login")
        if response.status_code not in REFUSED and not sent_away:
            self.breaches.append(
                f"{operation} as {who}: {response.status_code} {response.text[:90]}"
            )
        self.expect_silence(operation, response, who)

    def expect_silence(self, operation: Operation, response: httpx.Response, who: str) -> None:
        """Take note of anything of the victim's in an answer, but for what the request itself said."""
        request = response.request
        is_upload = request.headers.get("content-type", "").startswith("multipart/")
        said = str(request.url) + ("" if is_upload else request.content.decode("latin-1"))
        told = [each for each in self.victim.secrets if each in response.text and each not in said]
        if told:
            self.breaches.append(f"{operation} as {who}: tells {told}")


@pytest.fixture
async def siege(runtime: Runtime, client: httpx.AsyncClient) -> AsyncIterator[Siege]:
    victim = await furnish(runtime, client)
    attacker = await furnish(runtime, client)
    made = Siege(runtime, client, victim, attacker)
    (made.untouched,) = await calm(runtime, victim.id)
    yield made
    made.untouched, now = made.untouched, await fingerprint(runtime, victim.id)
    assert now == made.untouched


async def headers_of(siege: Siege, operation: Operation, person: Company) -> Mapping[str, str]:
    """Return what makes a request the owner's: a bearer for the API, a cookie for pages."""
    if not operation.is_page:
        return person.owner.headers
    return by_cookie(await cookie_of(siege.runtime, person.owner.email))


def aims(siege: Siege, operation: Operation) -> Iterator[tuple[str, Request, Request]]:
    """Yield where foreign ids stand: the request with the victim's ids, and its twin with ids of nobody."""
    everywhere = frozenset(operation.places)
    for wrong in {everywhere, *(frozenset({place}) for place in everywhere)}:
        if not wrong:
            continue

        def foreign(place: str, kind: Id, wrong: frozenset[str] = wrong) -> str:
            return siege.foreign(place, kind) if place in wrong else siege.own(place, kind)

        def nobody(place: str, kind: Id, wrong: frozenset[str] = wrong) -> str:
            return twin(siege.foreign(place, kind)) if place in wrong else siege.own(place, kind)

        yield "+".join(sorted(wrong)), operation.fill(foreign), operation.fill(nobody)


def guarded(*left_out: set[str]) -> list[Operation]:
    """Return the operations but those that are left out."""
    out = set().union(*left_out)
    return [each for each in operations() if str(each) not in out]


async def look_for_foreign(siege: Siege, tried: Sequence[Operation]) -> None:
    """Have another company's owner name the victim's ids wherever an id stands."""
    for operation in tried:
        headers = await headers_of(siege, operation, siege.attacker)
        for place, request, nobody in aims(siege, operation):
            response = await siege.send(operation, request, headers)
            absent = await siege.send(operation, nobody, headers)
            siege.expect_silence(operation, response, place)
            if response.status_code not in REFUSED and not place.startswith("query:"):
                siege.breaches.append(f"{operation} at {place}: {response.status_code}")
            if siege.told(response) != siege.told(absent):
                siege.breaches.append(
                    f"{operation} at {place}: differs from a missing one:"
                    f" {siege.told(response)} / {siege.told(absent)}"
                )
        if operation.reads and not operation.places:
            response = await siege.send(operation, operation.fill(siege.own), headers)
            siege.expect_silence(operation, response, "own")


def test_every_operation_is_declared() -> None:
    known = {str(each) for each in operations()}
    for each in operations():
        each.fill(lambda _place, _kind: ABSENT)
    assert {*PUBLIC, *VISITORS, *OWN_ACCOUNT, *OPERATORS_MAY} <= known


async def test_every_kind_of_id_is_there(siege: Siege) -> None:
    wanted = {kind.kind for each in operations() for kind in each.places.values()}
    assert wanted <= set(siege.victim.ids)
    assert all(value != twin(value) for value in siege.victim.ids.values())


async def test_siege_notices_what_is_told_and_changed(siege: Siege) -> None:
    known = {str(each): each for each in operations()}
    for name in ("GET /api/v1/chats/{chat}", "PATCH /api/v1/chats/{chat}"):
        operation = known[name]
        response = await siege.send(
            operation, operation.fill(siege.foreign), siege.victim.owner.headers
        )
        siege.expect_refusal(operation, response, "the owner")
    said = siege.report()
    assert "changed ['conversation" in said
    assert "tells" in said
    assert "the owner: 200" in said


async def test_strangers_are_refused_everywhere(siege: Siege) -> None:
    victim, runtime = siege.victim, siege.runtime
    key = runtime.get(accounts.Accounts).tokens
    owner = victim.owner
    expired = key.issue(
        owner.session_id, owner.user_id, workspace_id=owner.workspace_id, lifetime=-1
    )
    over = await furnish_session(siege)
    strangers = {
        "nobody": {},
        "an expired token": {"Authorization": f"Bearer {expired}"},
        "a tampered token": {"Authorization": f"Bearer {twin(owner.token)}"},
        "a revoked session": {"Authorization": f"Bearer {over}"},
        "another company's visitor": dict(siege.attacker.visitor),
        "a bad cookie": by_cookie(twin(owner.token)[:64]),
    }
    for operation in guarded(PUBLIC):
        for who, headers in strangers.items():
            response = await siege.send(operation, operation.fill(siege.foreign), headers)
            siege.expect_refusal(operation, response, who)
    assert not siege.breaches, siege.report()


async def furnish_session(siege: Siege) -> str:
    """Return the token of a session of the victim's owner that was revoked."""
    owner = siege.victim.owner
    login = await siege.client.post(
        "/api/v1/auth/login", json={"email": owner.email, "password": owner.password}
    )
    token: str = login.json()["access_token"]
    await siege.client.post("/api/v1/auth/logout", headers={"Authorization": f"Bearer {token}"})
    (siege.untouched,) = await calm(siege.runtime, siege.victim.id)
    return token


async def test_owner_of_another_company_finds_nothing(siege: Siege) -> None:
    await look_for_foreign(siege, guarded(PUBLIC, VISITORS))
    assert not siege.breaches, siege.report()


async def test_workspace_of_others_is_no_place_to_name(siege: Siege) -> None:
    victim = siege.victim
    named = [{"Besedka-Workspace": value} for value in (victim.ids["slug"], str(victim.id))]
    missing = {"Besedka-Workspace": twin(victim.ids["slug"])}
    for operation in guarded(PUBLIC, VISITORS):
        headers = await headers_of(siege, operation, siege.attacker)
        request = operation.fill(siege.foreign)
        absent = siege.told(await siege.send(operation, request, {**headers, **missing}))
        for each in named:
            response = await siege.send(operation, request, {**headers, **each})
            siege.expect_refusal(operation, response, str(each))
            if siege.told(response) != absent:
                siege.breaches.append(f"{operation} in {each}: differs from a missing one")
        prefixed = Request(
            method=request.method, path=f"/w/{victim.ids['slug']}{request.path}",
            params=request.params, json=request.json, form=request.form, upload=request.upload,
        )  # fmt: skip
        response = await siege.send(operation, prefixed, headers)
        siege.expect_refusal(operation, response, "the path")
    assert not siege.breaches, siege.report()


@pytest.mark.parametrize(
    ("role", "allowed"), [(Role.MEMBER, MEMBERS_MAY), (Role.OPERATOR, OPERATORS_MAY)]
)
async def test_colleague_without_the_permission_is_refused(
    siege: Siege, role: Role, allowed: set[str]
) -> None:
    colleague = await make_person(siege.runtime, siege.victim.made, role=role)
    cookie = by_cookie(await cookie_of(siege.runtime, colleague.email))
    (siege.untouched,) = await calm(siege.runtime, siege.victim.id)
    for operation in guarded(PUBLIC, VISITORS, allowed):
        headers = cookie if operation.is_page else colleague.headers
        request = operation.fill(siege.foreign)
        response = await siege.send(operation, request, headers)
        if response.status_code not in REFUSED:
            siege.breaches.append(f"{operation}: {response.status_code} {response.text[:90]}")
    assert not siege.breaches, siege.report()


async def test_visitor_reaches_nobody_elses_dialog(siege: Siege) -> None:
    other = await siege.client.post(
        f"/api/v1/widget/{siege.victim.ids['widget']}/session", json={"locale": "en"}
    )
    neighbour = {"Authorization": f"Bearer {other.json()['visitor']}"}
    (siege.untouched,) = await calm(siege.runtime, siege.victim.id)
    for operation in (each for each in operations() if str(each) in VISITORS):
        for who, headers in {
            "nobody": {}, "another company's visitor": siege.attacker.visitor,
            "a person": siege.victim.owner.headers,
        }.items():  # fmt: skip
            response = await siege.send(operation, operation.fill(siege.foreign), headers)
            siege.expect_refusal(operation, response, who)
        for place, request, nobody in aims(siege, operation):
            if place != "path:chunk_id":
                continue
            response = await siege.send(operation, request, siege.attacker.visitor)
            siege.expect_refusal(operation, response, place)
            absent = await siege.send(operation, nobody, siege.attacker.visitor)
            assert siege.told(response) == siege.told(absent)
        if "path:chunk_id" in operation.places:
            response = await siege.send(operation, operation.fill(siege.foreign), neighbour)
            siege.expect_refusal(operation, response, "another visitor of the same company")
    assert not siege.breaches, siege.report()
