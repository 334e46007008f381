"""`Idempotency-Key`: a deed is done once, however often its request comes."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.responses import StreamingResponse

from besedka.core.errors import Unavailable
from besedka.core.runtime import Runtime
from besedka.core.schemas import Write
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import CurrentIdentity, asks_identity
from besedka.kernel.accounts.deps.keyed import KeyedRoute, is_keyed
from tests.described import whole
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.kernel.accounts.helpers import by_cookie, cookie_of
from tests.plugins.queries import recorded

CHATS = "/api/v1/chats"
ROOM = {"kind": "group", "title": "Room"}

ELSEWHERE = {
    "POST /api/v1/chats/{chat}/messages": "the header is the message's own key, for ever",
    "POST /api/v1/chats/{chat}/threads/{seq}": "the header is the message's own key, for ever",
    "POST /api/v1/llm/chat/{ai_chat}/shares": "a link's token is told once and not kept",
    "POST /api/v1/files/resumable": "an upload that nobody goes on with is forgotten in a day",
    "POST /api/v1/llm/imports": "a file is taken as it comes; its chats come in once",
    "POST /api/v1/files/upload": "a file is taken as it comes, and read once",
}
UNKEPT = "/api/v1/auth/"
"""Sessions, tokens and passwords: what these answer is not kept, and doing them again does no harm."""


class Work(Write):
    """What the test's own routes take."""

    note: str = ""


@dataclass
class Workshop:
    """Routes of the test's own, and what happened in them."""

    done: list[str] = field(default_factory=list)
    fails: int = 0
    stay: asyncio.Event = field(default_factory=asyncio.Event)
    began: asyncio.Event = field(default_factory=asyncio.Event)

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/test", route_class=KeyedRoute)

        @router.post("/work", status_code=201)
        async def work(body: Work, identity: CurrentIdentity, response: Response) -> dict[str, str]:
            self.began.set()
            await self.stay.wait()
            if self.fails:
                self.fails -= 1
                raise Unavailable
            self.done.append(body.note)
            response.headers["Location"] = "/somewhere"
            return {"number": str(len(self.done)), "слово": body.note, "secret": str(uuid4())}

        @router.post("/stream")
        async def stream(identity: CurrentIdentity) -> StreamingResponse:
            self.done.append("stream")
            return StreamingResponse(iter([b"a", b"b"]))

        @router.post("/public")
        async def public() -> int:
            self.done.append("public")
            return len(self.done)

        return router


@pytest.fixture
def workshop(app: FastAPI) -> Workshop:
    made = Workshop()
    app.include_router(made.router())
    made.stay.set()
    return made


@pytest.fixture
async def place(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


def keyed(place: MadeWorkspace, key: str = "k") -> dict[str, str]:
    return {**place.headers, "Idempotency-Key": key}


async def rooms(client: httpx.AsyncClient, place: MadeWorkspace) -> int:
    found = await client.get(CHATS, headers=place.headers)
    return len(found.json())


async def test_request_again_gets_the_same_bytes_and_does_nothing(
    client: httpx.AsyncClient, place: MadeWorkspace
) -> None:
    first = await client.post(CHATS, json=ROOM, headers=keyed(place))
    again = await client.post(CHATS, json=ROOM, headers=keyed(place))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await rooms(client, place) == 1


async def test_request_without_a_key_is_done_each_time(
    client: httpx.AsyncClient, place: MadeWorkspace
) -> None:
    for _ in range(2):
        await client.post(CHATS, json=ROOM, headers=place.headers)
    assert await rooms(client, place) == 2


async def test_kept_answer_has_its_headers_and_is_sealed(
    client: httpx.AsyncClient, place: MadeWorkspace, runtime: Runtime, workshop: Workshop
) -> None:
    answers = [
        await client.post("/test/work", json={"note": "дело"}, headers=keyed(place))
        for _ in range(2)
    ]
    assert answers[0].content == answers[1].content
    assert [each.headers["location"] for each in answers] == ["/somewhere"] * 2
    assert workshop.done == ["дело"]
    async with runtime.db.fast.acquire(place.id) as conn:
        body = await conn.fetchval("SELECT body FROM idempotency_key")
    assert answers[0].json()["secret"].encode() not in body


async def test_requests_of_one_moment_have_one_effect(
    client: httpx.AsyncClient, place: MadeWorkspace, workshop: Workshop
) -> None:
    answers = await asyncio.gather(
        *(client.post("/test/work", json={"note": "once"}, headers=keyed(place)) for _ in range(20))
    )
    assert workshop.done == ["once"]
    assert {each.status_code for each in answers} <= {201, 409}
    assert len({each.content for each in answers if each.status_code == 201}) == 1


async def test_key_of_another_body_or_address_is_refused(
    client: httpx.AsyncClient, place: MadeWorkspace
) -> None:
    made = await client.post(CHATS, json=ROOM, headers=keyed(place))
    for address, body in (
        (CHATS, {**ROOM, "title": "Another"}), (f"{CHATS}?x=1", ROOM),
    ):  # fmt: skip
        refused = await client.post(address, json=body, headers=keyed(place))
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    other_route = f"{CHATS}/{made.json()['id']}/read"
    done = await client.post(other_route, json={"seq": 0}, headers=keyed(place))
    assert done.is_success
    assert await rooms(client, place) == 1


async def test_first_request_that_still_runs_is_waited_for(
    client: httpx.AsyncClient, place: MadeWorkspace, workshop: Workshop
) -> None:
    workshop.stay.clear()
    first = asyncio.create_task(client.post("/test/work", json={}, headers=keyed(place)))
    await workshop.began.wait()
    busy = await client.post(
        "/test/work", json={}, headers={**keyed(place), "Accept-Language": "ru"}
    )
    assert (busy.status_code, busy.json()["code"]) == (409, "idempotency_key_busy")
    assert busy.json()["detail"] == "Первый запрос с этим ключом ещё выполняется."
    assert busy.headers["retry-after"] == "1"
    workshop.stay.set()
    assert (await first).status_code == 201
    assert (await client.post("/test/work", json={}, headers=keyed(place))).status_code == 201
    assert len(workshop.done) == 1


async def test_failures_and_refusals_are_not_kept(
    client: httpx.AsyncClient, place: MadeWorkspace, workshop: Workshop
) -> None:
    workshop.fails = 1
    failed = await client.post("/test/work", json={}, headers=keyed(place))
    assert failed.status_code == 503
    refused = await client.post("/test/work", json={"x": 1}, headers=keyed(place))
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert (await client.post("/test/work", json={}, headers=keyed(place))).status_code == 201
    assert workshop.done == [""]


async def test_key_of_a_process_that_died_is_free_after_its_lease(
    client: httpx.AsyncClient, place: MadeWorkspace, runtime: Runtime, workshop: Workshop
) -> None:
    workshop.stay.clear()
    lost = asyncio.create_task(client.post("/test/work", json={}, headers=keyed(place)))
    await workshop.began.wait()
    lost.cancel()
    await asyncio.wait([lost])
    workshop.stay.set()
    assert (await client.post("/test/work", json={}, headers=keyed(place))).status_code == 409
    async with runtime.db.fast.acquire(place.id) as conn:
        await conn.execute("UPDATE idempotency_key SET lease_until = now() - interval '1 second'")
    other = await client.post("/test/work", json={"note": "x"}, headers=keyed(place))
    assert other.status_code == 422
    assert (await client.post("/test/work", json={}, headers=keyed(place))).status_code == 201
    assert workshop.done == [""]


async def test_other_person_and_other_workspace_have_keys_of_their_own(
    client: httpx.AsyncClient, place: MadeWorkspace, runtime: Runtime, workshop: Workshop
) -> None:
    colleague, elsewhere = await make_person(runtime, place), await make_workspace(runtime)
    for number, headers in enumerate((place.headers, colleague.headers, elsewhere.headers), 1):
        done = await client.post("/test/work", json={}, headers={**headers, "Idempotency-Key": "k"})
        assert (done.status_code, done.json()["number"]) == (201, str(number))


async def test_strangers_and_streams_are_left_alone(
    client: httpx.AsyncClient, place: MadeWorkspace, workshop: Workshop
) -> None:
    for _ in range(2):
        await client.post("/test/public", headers={"Idempotency-Key": "k"})
        streamed = await client.post("/test/stream", headers=keyed(place))
        assert streamed.content == b"ab"
    bad = {"Authorization": "Bearer nonsense", "Idempotency-Key": "k"}
    assert (await client.post("/test/work", json={}, headers=bad)).status_code == 401
    assert sorted(workshop.done) == ["public", "public", "stream", "stream"]


async def test_page_of_another_site_hears_no_kept_answer(
    client: httpx.AsyncClient, place: MadeWorkspace, runtime: Runtime, workshop: Workshop
) -> None:
    cookie = await cookie_of(runtime, place.owner.email)
    key = {"Idempotency-Key": "k"}
    own, foreign = by_cookie(cookie), by_cookie(cookie, origin="https://evil.example")
    assert (await client.post("/test/work", json={}, headers={**own, **key})).status_code == 201
    for headers in (foreign, by_cookie(cookie, csrf=""), by_cookie(cookie, csrf="wrong")):
        refused = await client.post("/test/work", json={}, headers={**headers, **key})
        assert refused.status_code == 403
    again = await client.post("/test/work", json={}, headers={**own, **key})
    assert again.headers["idempotency-replayed"] == "true"
    assert len(workshop.done) == 1


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_key_that_is_none_is_refused(
    client: httpx.AsyncClient, place: MadeWorkspace, key: str
) -> None:
    refused = await client.post(CHATS, json=ROOM, headers=keyed(place, key))
    assert refused.status_code == 422
    assert await rooms(client, place) == 0


async def test_uploads_come_through_and_are_taken_each_time(
    client: httpx.AsyncClient, place: MadeWorkspace
) -> None:
    helper = {"name": "Helper", "language": "en"}
    made = await client.post("/api/v1/assistants", json=helper, headers=keyed(place))
    sent = [
        await client.post(
            "/api/v1/documents/files", files={"file": ("a.txt", b"Delivery is free.", "text/plain")},
            data={"collection_id": made.json()["collection_id"]}, headers=keyed(place),
        )
        for _ in range(2)
    ]  # fmt: skip
    assert [each.status_code for each in sent] == [201, 201], sent[0].text
    assert sent[0].json()["id"] != sent[1].json()["id"]


async def test_kept_answers_are_forgotten_after_a_day(
    client: httpx.AsyncClient, place: MadeWorkspace, runtime: Runtime, workshop: Workshop
) -> None:
    for key in ("old", "new"):
        await client.post("/test/work", json={}, headers=keyed(place, key))
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE idempotency_key SET created_at = now() - interval '25 hours'"
            " WHERE workspace_id = $1 AND key = 'old'",
            place.id,
        )
        await accounts.forget_answers(conn)
        left = await conn.fetch("SELECT key FROM idempotency_key WHERE workspace_id = $1", place.id)
    assert [row["key"] for row in left] == ["new"]


async def test_request_without_the_header_costs_no_statement(
    client: httpx.AsyncClient, place: MadeWorkspace, runtime: Runtime, workshop: Workshop
) -> None:
    counts = []
    for headers in (place.headers, keyed(place)):
        async with recorded(runtime.db.fast) as statements:
            await client.post("/test/work", json={}, headers=headers)
        counts.append(sum("idempotency_key" in each for each in statements))
    assert counts == [0, 2]


def posts_of_people(app: FastAPI) -> Iterator[tuple[str, object]]:
    """Yield the API's POSTs that ask who calls."""
    for context in iter_route_contexts(app.router.routes):
        route = context.original_route
        if (
            isinstance(route, APIRoute)
            and context.include_in_schema
            and "POST" in (context.methods or ())
            and any(asks_identity(each.call) for each in context.dependant.dependencies)
        ):
            yield f"POST {context.path}", route


def test_every_post_of_people_honours_the_key_or_says_why_not() -> None:
    found = dict(posts_of_people(whole()))
    assert len(found) > 10
    without = {name for name, route in found.items() if not is_keyed(route)}
    assert {name for name in without if not name.startswith(f"POST {UNKEPT}")} == set(ELSEWHERE)


def test_document_names_the_header_where_it_is_honoured() -> None:
    document = whole().openapi()["paths"]
    names = [each["name"] for each in document[CHATS]["post"]["parameters"]]
    assert names == ["Idempotency-Key"]
    assert {"409", "422"} <= set(document[CHATS]["post"]["responses"])
    for path in (f"{CHATS}/{{chat}}/messages", "/api/v1/documents/files"):
        others = [each["name"] for each in document[path]["post"].get("parameters", [])]
        assert "Idempotency-Key" not in others
    deposit = document["/api/v1/balance/deposits"]["post"]["parameters"]
    assert [(each["name"], each["required"]) for each in deposit] == [("Idempotency-Key", True)]
