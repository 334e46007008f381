"""Contacts, states of dialogs, the inbox."""

import pytest
from fastapi import FastAPI

from besedka.core.ids import ActorId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations import service
from besedka.kernel.conversations.errors import ChatNotFound, ContactNotFound, IdentityTaken
from besedka.kernel.conversations.types import (
    ContactChange,
    ContactIdentity,
    ConversationId,
    DialogState,
)
from besedka.kernel.realtime.service import issue_ticket
from besedka.kernel.realtime.types import Principal, PrincipalKind
from tests.factories import make_person, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import make_dialog, make_group, say
from tests.plugins.queries import recorded


async def test_contact_is_found_by_identity_and_only_one_has_it(runtime: Runtime) -> None:
    workspace, foreign = await make_workspace(runtime), await make_workspace(runtime)
    known = ContactIdentity("widget", "visitor-1", verified=True)
    async with runtime.db.fast.transaction(workspace.id) as conn:
        made = await service.create_contact(conn, name="Vera", identity=known, meta={"page": "/"})
        found = await service.find_contact_by_identity(
            conn, channel="widget", external_id="visitor-1"
        )
        assert found == made
        assert (
            await service.find_contact_by_identity(conn, channel="mail", external_id="visitor-1")
            is None
        )
    with pytest.raises(IdentityTaken):
        async with runtime.db.fast.transaction(workspace.id) as conn:
            await service.create_contact(conn, identity=known)
    async with runtime.db.fast.transaction(foreign.id) as conn:
        assert (
            await service.find_contact_by_identity(conn, channel="widget", external_id="visitor-1")
            is None
        )
        assert await service.find_contact(conn, made.id) is None
        await service.create_contact(conn, identity=known)
        with pytest.raises(ContactNotFound):
            await service.update_contact(runtime, conn, made.id, change=ContactChange(name="x"))


async def test_inbox_lists_by_state_and_pages_by_time(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    made = [await make_dialog(runtime, workspace) for _ in range(5)]
    for chat, contact in reversed(made):
        await say(runtime, contact, chat.id, f"from {chat.id}", workspace=workspace)
    async with runtime.db.fast.acquire(workspace.id) as conn:
        await service.set_dialog(runtime, conn, made[1][0].id, state=DialogState.RESOLVED)
        await service.set_dialog(
            runtime,
            conn,
            made[2][0].id,
            state=DialogState.OPEN,
            assignee_id=workspace.owner.actor_id,
        )
        first = await service.list_dialogs(conn, limit=2)
        rest = await service.list_dialogs(
            conn, limit=9, before=(first[-1].last_message_at, first[-1].id)
        )
        mine = await service.list_dialogs(conn, assignee=workspace.owner.actor_id)
        done = await service.list_dialogs(conn, states=[DialogState.RESOLVED])
        of_contact = await service.list_dialogs(conn, contact=made[3][1])
        counts = await service.count_dialogs(conn)
        waiting = await service.count_waiting(conn)
    assert [d.id for d in (*first, *rest)] == [
        chat.id for n, (chat, _) in enumerate(made) if n != 1
    ]
    assert [d.id for d in mine] == [made[2][0].id]
    assert mine[0].assignee is not None
    assert mine[0].assignee.name == "Olga Owner"
    assert mine[0].contact is not None
    assert mine[0].contact.name == "Vera"
    assert [d.id for d in done] == [made[1][0].id]
    assert [d.id for d in of_contact] == [made[3][0].id]
    assert (counts, waiting) == ({"pending": 3, "open": 1}, 1)
    async with recorded(runtime.db.fast) as queries, runtime.db.fast.acquire(workspace.id) as conn:
        await service.list_dialogs(conn)
    assert len(queries) <= 1


async def test_state_of_what_is_no_dialog_does_not_change(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    async with runtime.db.fast.acquire(workspace.id) as conn:
        for missing in (chat.id, ConversationId(new_id())):
            with pytest.raises(ChatNotFound):
                await service.set_dialog(runtime, conn, missing, state=DialogState.OPEN)
        with pytest.raises(ChatNotFound):
            await service.dialog_summary(conn, chat.id)


async def test_inbox_hears_of_every_change_without_opening_the_dialog(
    app: FastAPI, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    member = await make_person(runtime, workspace)
    async with connect(app, workspace.owner) as client:
        await client.hello(inbox=True)
        chat, contact = await make_dialog(runtime, workspace)
        assert (await client.next("inbox"))["data"]["state"] == "pending"
        async with runtime.db.fast.acquire(workspace.id) as conn:
            await service.set_dialog(
                runtime, conn, chat.id, state=DialogState.OPEN, assignee_id=member.actor_id
            )
        taken = (await client.next("inbox"))["data"]
        assert (taken["state"], taken["assignee"]["name"], taken["epoch"]) == (
            "open",
            "Pavel Person",
            1,
        )
        await say(runtime, contact, chat.id, "are you there?", workspace=workspace)
        assert (await client.next("inbox"))["data"]["preview"] == "are you there?"
        async with runtime.db.fast.transaction(workspace.id) as conn:
            await service.update_contact(
                runtime, conn, contact, change=ContactChange(name="Vera P.")
            )
        assert (await client.next("inbox"))["data"]["contact"]["name"] == "Vera P."
        assert not [f for f in client.received if f["type"] in {"message", "chat.changed"}]


async def test_member_without_the_permission_hears_no_inbox(app: FastAPI, runtime: Runtime) -> None:

    workspace = await make_workspace(runtime)
    recruiter = await make_person(runtime, workspace, role=Role.RECRUITER)
    async with connect(app, recruiter) as client:
        await client.hello(inbox=True)
        chat, contact = await make_dialog(runtime, workspace)
        await say(runtime, contact, chat.id, "secret", workspace=workspace)
        frames = await client.quiet()
    assert not [f for f in frames if f["type"] == "inbox"]


async def test_visitor_sees_who_answers_but_no_title_given_inside(
    app: FastAPI, runtime: Runtime
) -> None:

    workspace = await make_workspace(runtime)
    chat, contact = await make_dialog(runtime, workspace)
    visitor = Principal(
        workspace_id=workspace.id, actor_id=ActorId(contact), kind=PrincipalKind.CONTACT, name="V"
    )
    async with connect(app, ticket=await issue_ticket(runtime, visitor)) as client:
        await client.hello(chat.id)
        async with runtime.db.fast.transaction(workspace.id) as conn:
            await service.update_conversation(runtime, conn, chat.id, title="difficult customer")
            await service.set_dialog(
                runtime, conn, chat.id, state=DialogState.OPEN, assignee_id=workspace.owner.actor_id
            )
        changed = await client.next("chat.changed")
        assert changed["data"]["assignee"]["name"] == "Olga Owner"
    assert "difficult" not in str(client.received)
