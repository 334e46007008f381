"""People outside: who may be the same person, put together, forgotten."""

import asyncio

import httpx
from fastapi import FastAPI

from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service as audit
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import ContactIdentity, ParticipantRole
from besedka.kernel.realtime.service import issue_ticket
from besedka.kernel.realtime.types import Close, Principal, PrincipalKind
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import make_dialog, say, say_as_staff
from tests.products.widget.test_main_job import open_widget, visit

CONTACTS = "/api/v1/contacts"


async def make_contact(
    runtime: Runtime, workspace: MadeWorkspace, name: str, *, email: str | None = None, phone: str | None = None,
    identity: ContactIdentity | None = None,
) -> ActorId:  # fmt: skip
    async with runtime.db.fast.transaction(workspace.id) as conn:
        made = await service.create_contact(
            conn, name=name, email=email, phone=phone, identity=identity
        )
    return made.id


async def merge(
    client: httpx.AsyncClient, workspace: MadeWorkspace, survivor: ActorId, other: ActorId
) -> httpx.Response:
    return await client.post(
        f"{CONTACTS}/{survivor}/merge", json={"contact": str(other)}, headers=workspace.headers
    )


async def test_what_nobody_verified_only_suggests_that_two_are_one(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    vera = await make_contact(
        runtime, workspace, "Vera", email="Vera@Example.com ", phone="+7 (999) 1-2"
    )
    known = ContactIdentity("email", "vera@example.com", verified=True)
    same = await make_contact(runtime, workspace, "V.", identity=known)
    call = await make_contact(runtime, workspace, "Call", phone="+799912")
    await make_contact(runtime, workspace, "Other", email="other@example.com")
    card = (await client.get(f"{CONTACTS}/{vera}", headers=workspace.headers)).json()
    assert [(each["contact"]["id"], each["by"]) for each in card["suggestions"]] == [
        (str(call), "phone"), (str(same), "email"),
    ]  # fmt: skip
    assert (card["email"], card["phone"]) == ("vera@example.com", "+799912")
    found = await client.get(CONTACTS, params={"phone": "+7 99912"}, headers=workspace.headers)
    assert [each["id"] for each in found.json()] == [str(call), str(vera)]
    page = await client.get(CONTACTS, params={"limit": 3}, headers=workspace.headers)
    rest = await client.get(page.links["next"]["url"], headers=workspace.headers)
    assert [each["name"] for each in [*page.json(), *rest.json()]] == [
        "Other",
        "Call",
        "V.",
        "Vera",
    ]


async def test_visitor_goes_on_as_the_contact_that_they_turned_out_to_be(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace, key = await open_widget(runtime)
    vera = await make_contact(runtime, workspace, "Vera", phone="1")
    base, visitor = await visit(client, key)
    await client.post(f"{base}/messages", json={"key": "1", "body": "hello"}, headers=visitor)
    async with runtime.db.fast.acquire(workspace.id) as conn:
        (before,) = await service.list_dialogs(conn)
    assert before.contact is not None
    other = before.contact.id
    principal = Principal(
        workspace_id=workspace.id, actor_id=other, kind=PrincipalKind.CONTACT, name=""
    )
    async with connect(app, ticket=await issue_ticket(runtime, principal)) as socket:
        await socket.hello(before.id, since=0)
        merged = await merge(client, workspace, vera, other)
        assert (merged.status_code, merged.json()["name"], merged.json()["phone"]) == (
            200,
            "Vera",
            "1",
        )
        await asyncio.wait_for(socket.ended.wait(), 20)
    assert socket.code == Close.REVOKED
    wrote = await client.post(f"{base}/messages", json={"key": "2", "body": "me"}, headers=visitor)
    assert (wrote.status_code, wrote.json()["sender"]["id"]) == (201, str(vera))
    read = await client.get(f"{base}/messages", headers=visitor)
    assert [m["sender"]["name"] for m in read.json() if m["sender"]["kind"] == "contact"] == [
        "Vera",
        "Vera",
    ]
    async with runtime.db.fast.acquire(workspace.id) as conn:
        (after,) = await service.list_dialogs(conn, contact=vera)
        (newest, *_) = await audit.list_events(conn)
    assert (after.id, newest.action) == (before.id, "contact.merge")
    card = (await client.get(f"{CONTACTS}/{other}", headers=workspace.headers)).json()
    assert (card["id"], [each["channel"] for each in card["identities"]]) == (str(vera), ["widget"])
    again, itself = (
        await merge(client, workspace, vera, other),
        await merge(client, workspace, vera, vera),
    )
    assert (again.json()["code"], itself.json()["code"]) == ("contact_not_found", "same_contact")


async def test_contacts_in_one_dialog_become_one_participant(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    dialog, one = await make_dialog(runtime, workspace)
    two = await make_contact(runtime, workspace, "Two")
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await service.add_participant(
            runtime, conn, dialog.id, actor=two, role=ParticipantRole.CONTACT
        )
    assert (await merge(client, workspace, one, two)).status_code == 200
    async with runtime.db.fast.acquire(workspace.id) as conn:
        people = await service.list_participants(conn, dialog.id)
    assert [each.actor.id for each in people] == [one]


async def test_erased_contact_leaves_the_places_of_its_messages(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    operator = await make_person(runtime, workspace)
    dialog, contact = await make_dialog(runtime, workspace)
    alias = await make_contact(runtime, workspace, "Alias", email="secret@example.com")
    await say(runtime, contact, dialog.id, "secret words", workspace=workspace)
    await say_as_staff(runtime, workspace, dialog.id, "an answer", reply=1)
    await say(runtime, contact, dialog.id, "secret end", workspace=workspace)
    await merge(client, workspace, contact, alias)
    path = f"{CONTACTS}/{contact}"
    assert (await client.delete(path, headers=operator.headers)).status_code == 403
    async with connect(app, workspace.owner) as socket:
        await socket.hello(dialog.id, since=3)
        assert (await client.delete(path, headers=workspace.headers)).status_code == 204
        heard = [(await socket.next("message.changed"))["data"] for _ in range(3)]
    found = await client.get(f"/api/v1/chats/{dialog.id}/messages", headers=workspace.headers)
    shown = sorted(found.json(), key=lambda each: each["seq"])
    assert sorted(heard, key=lambda each: each["seq"]) == shown
    assert [(each["body"], each["deleted_at"] is None) for each in shown] == [
        ("", False), ("an answer", True), ("", False),
    ]  # fmt: skip
    assert shown[1]["reply"]["body"] == ""
    card = await client.get(path, headers=workspace.headers)
    summary = await client.get(f"/api/v1/dialogs/{dialog.id}", headers=workspace.headers)
    assert (summary.json()["preview"], summary.json()["contact"]["name"]) == (
        "an answer",
        "Deleted contact",
    )
    searched = await client.get("/api/v1/messages/search?q=secret", headers=workspace.headers)
    assert searched.json() == []
    everything = f"{found.text}{card.text}{summary.text}"
    assert [word for word in ("secret", "Vera", "Alias") if word in everything] == []
    async with runtime.db.system.acquire() as conn:
        left = await conn.fetchval(
            "SELECT string_agg(c::text, '') FROM contact c WHERE workspace_id = $1", workspace.id
        )
    assert "secret" not in left
