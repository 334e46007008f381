"""`@name`, and how far everybody is: delivered, read, unread again."""

import httpx
import pytest
from fastapi import FastAPI

from besedka.core.ids import ActorId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations import service
from besedka.kernel.conversations.service.mentions import may_mention, named
from besedka.kernel.conversations.types import Visibility
from besedka.kernel.realtime.service import issue_ticket
from besedka.kernel.realtime.types import Principal, PrincipalKind
from tests.factories import Made, make_person, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import make_dialog, make_group, say, say_as_staff
from tests.plugins.queries import recorded

CHATS, MENTIONS = "/api/v1/chats", "/api/v1/mentions"
ANNA, BORIS, ANNA_B, ANN = (ActorId(new_id()) for _ in range(4))
NAMES = {ANNA: "Anna Petrova", BORIS: "Борис", ANNA_B: "Anna Belova", ANN: "Ann"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("@Anna Petrova, look", [ANNA]), ("@anna petrova", [ANNA]), ("@Anna", []), ("@Ann", [ANN]),
        ("(@борис) and @Ann!", [BORIS, ANN]), ("mail boris@борис.example", []), ("@Борису", []),
        ("@Ann @Ann @Борис", [ANN, BORIS]), ("@@Ann", []), ("@ Ann", []), ("nobody", []), ("@Annabel", []),
        ("x@Ann", []), ("@Anna Belova's", [ANNA_B]),
    ],
)  # fmt: skip
def test_names_are_found(body: str, expected: list[ActorId]) -> None:
    assert (named(body, NAMES) if may_mention(body) else []) == expected


async def mentions(client: httpx.AsyncClient, who: Made, query: str = "") -> list[str]:
    answer = await client.get(f"{MENTIONS}{query}", headers=who.headers)
    assert answer.status_code == 200
    return [each["message"]["body"] for each in answer.json()]


async def test_named_people_find_the_message_until_they_read_it(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    vera = await make_person(runtime, workspace, role=Role.MEMBER, name="Vera")
    lena = await make_person(runtime, workspace, role=Role.MEMBER, name="Lena")
    chat = await make_group(runtime, workspace, vera.actor_id)
    async with connect(app, vera) as socket:
        await socket.hello()
        message = await say(runtime, workspace.owner, chat.id, "hello @Vera and @Lena")
        heard = await socket.next("mention")
        assert (heard["seq"], heard["data"]) == (1, {"id": str(message.id)})
    assert await mentions(client, vera) == await mentions(client, vera, "?unread=true")
    assert await mentions(client, vera) == ["hello @Vera and @Lena"]
    assert await mentions(client, lena) == []
    await client.post(f"{CHATS}/{chat.id}/read", json={"seq": 1}, headers=vera.headers)
    assert await mentions(client, vera, "?unread=true") == []
    assert len(await mentions(client, vera)) == 1
    await client.post(f"{CHATS}/{chat.id}/unread", json={"seq": 1}, headers=vera.headers)
    assert len(await mentions(client, vera, "?unread=true")) == 1
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await service.remove_participant(runtime, conn, chat.id, actor=vera.actor_id)
    assert await mentions(client, vera) == []


async def test_edit_and_deletion_change_who_is_named(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    vera = await make_person(runtime, workspace, name="Vera")
    lena = await make_person(runtime, workspace, name="Lena")
    chat = await make_group(runtime, workspace, vera.actor_id, lena.actor_id)
    message = await say(runtime, workspace.owner, chat.id, "@Vera")
    path = f"/api/v1/messages/{message.id}"
    await client.patch(path, json={"body": "@Lena"}, headers=workspace.headers)
    assert (await mentions(client, vera), await mentions(client, lena)) == ([], ["@Lena"])
    await client.patch(path, json={"body": "nobody"}, headers=workspace.headers)
    assert await mentions(client, lena) == []
    await client.patch(path, json={"body": "@Vera"}, headers=workspace.headers)
    await client.delete(path, headers=workspace.headers)
    assert await mentions(client, vera) == []
    async with runtime.db.fast.acquire(workspace.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM mention") == 0


async def test_mentions_page_by_link(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    vera = await make_person(runtime, workspace, name="Vera")
    chat = await make_group(runtime, workspace, vera.actor_id)
    for number in range(5):
        await say(runtime, workspace.owner, chat.id, f"@Vera {number}")
    found, address = [], f"{MENTIONS}?limit=2"
    while address:
        page = await client.get(address, headers=vera.headers)
        found += [each["message"]["seq"] for each in page.json()]
        address = page.links.get("next", {}).get("url", "")
    assert found == [5, 4, 3, 2, 1]


async def test_notes_name_staff_and_never_the_contact(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    operator = await make_person(runtime, workspace, role=Role.OPERATOR, name="Oleg")
    member = await make_person(runtime, workspace, role=Role.MEMBER, name="Mila")
    chat, contact = await make_dialog(runtime, workspace)
    await say(runtime, contact, chat.id, "question", workspace=workspace)
    who = Principal(
        workspace_id=workspace.id, actor_id=contact, kind=PrincipalKind.CONTACT, name="V"
    )
    async with connect(app, ticket=await issue_ticket(runtime, who)) as visitor:
        await visitor.hello(chat.id, since=1)
        await visitor.quiet()
        body = "@Oleg and @Mila: @Vera is angry"
        await say_as_staff(runtime, workspace, chat.id, body, Visibility.INTERNAL)
        assert await mentions(client, operator) == [body]
        assert await mentions(client, member) == []
        assert await visitor.quiet() == []
    async with runtime.db.fast.acquire(workspace.id) as conn:
        named_ones = await conn.fetch("SELECT actor_id FROM mention")
    assert [row["actor_id"] for row in named_ones] == [operator.actor_id]


async def test_post_without_a_name_asks_nothing_more(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    await say(runtime, workspace.owner, chat.id)
    for body in ("plain", "mail me at a@b.example"):
        async with recorded(runtime.db.fast) as queries:
            await say(runtime, workspace.owner, chat.id, body)
        assert len(queries) == 1, queries


async def test_delivered_grows_and_unread_alone_goes_back(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    vera = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, vera.actor_id)
    for _ in range(4):
        await say(runtime, workspace.owner, chat.id)

    async def call(what: str, seq: int) -> object:
        answer = await client.post(
            f"{CHATS}/{chat.id}/{what}", json={"seq": seq}, headers=vera.headers
        )
        return answer.json()["seq"]

    told = [await call(what, seq) for what, seq in (
        ("delivered", 2), ("delivered", 1), ("delivered", 99), ("read", 3), ("unread", 2), ("read", 1), ("unread", 4),
    )]  # fmt: skip
    assert told == [2, 2, 4, 3, 1, 1, 1]
    members = (await client.get(f"{CHATS}/{chat.id}/members", headers=vera.headers)).json()
    mine = next(m for m in members if m["id"] == str(vera.actor_id))
    assert (mine["read_seq"], mine["delivered_seq"]) == (1, 4)
    chats = (await client.get(CHATS, headers=vera.headers)).json()
    assert chats[0]["unread"] == 3


async def test_unread_is_told_to_my_other_sockets_and_to_nobody_else(
    app: FastAPI, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    vera = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, vera.actor_id)
    await say(runtime, workspace.owner, chat.id)
    async with (
        connect(app, vera) as phone,
        connect(app, vera) as desk,
        connect(app, workspace.owner) as other,
    ):
        for each in (phone, desk, other):
            await each.hello(chat.id, since=1)
        await phone.call("delivered", chat=str(chat.id), seq=1)
        heard = await other.next("delivered")
        assert heard["data"] == {"actor": str(vera.actor_id), "seq": 1}
        await phone.call("read", chat=str(chat.id), seq=1)
        await other.next("read")
        await phone.call("unread", chat=str(chat.id), seq=1)
        heard = await desk.next("unread")
        assert heard["data"] == {"actor": str(vera.actor_id), "seq": 0}
        assert await other.quiet() == []
        bad = await phone.call("unread", chat=str(chat.id), seq=0)
        assert bad["type"] == "error"


async def test_reading_a_note_makes_no_sound_outside(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    operator = await make_person(runtime, workspace, role=Role.OPERATOR)
    chat, contact = await make_dialog(runtime, workspace)
    await say(runtime, contact, chat.id, "question", workspace=workspace)
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await service.add_participant(
            runtime, conn, chat.id, actor=operator.actor_id, whole_history=True
        )
    await say(runtime, contact, chat.id, "hello?", workspace=workspace)
    await say_as_staff(runtime, workspace, chat.id, "note", Visibility.INTERNAL)
    who = Principal(
        workspace_id=workspace.id, actor_id=contact, kind=PrincipalKind.CONTACT, name="V"
    )
    async with connect(app, ticket=await issue_ticket(runtime, who)) as visitor:
        await visitor.hello(chat.id, since=0)
        await visitor.quiet()
        async with connect(app, operator) as inside:
            await inside.call("read", chat=str(chat.id), seq=2)
            assert (await visitor.next("read"))["data"]["seq"] == 2
            for command in ("read", "delivered"):
                await inside.call(command, chat=str(chat.id), seq=3)
            assert await visitor.quiet() == []
