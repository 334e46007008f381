"""Messages edited and deleted: what stays, who may, and what nobody outside hears of."""

import asyncio
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI

from besedka.core.ids import new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.audit import service as audit
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import MOST_REVISIONS, ConversationId, Visibility
from besedka.kernel.realtime.service import issue_ticket
from besedka.kernel.realtime.types import Principal, PrincipalKind
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import Staff, make_dialog, make_group, say, say_as_staff

MESSAGES = "/api/v1/messages"
CHATS = "/api/v1/chats"


async def previews(
    runtime: Runtime, workspace: MadeWorkspace, chat: ConversationId
) -> tuple[str, str]:
    async with runtime.db.fast.acquire(workspace.id) as conn:
        head = await service.get_conversation(conn, chat)
    return head.preview, head.public_preview


async def test_edit_changes_the_words_and_keeps_the_old_ones(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    message = await say(runtime, workspace.owner, chat.id, "one")
    path = f"{MESSAGES}/{message.id}"
    for body in ("two", "three **bold**"):
        changed = await client.patch(path, json={"body": body}, headers=workspace.headers)
        assert changed.status_code == 200
    shown = (await client.get(path, headers=workspace.headers)).json()
    assert shown == changed.json()
    assert (shown["seq"], shown["mod"], shown["body"]) == (1, 3, "three **bold**")
    assert shown["html"] == "<p>three <strong>bold</strong></p>"
    assert shown["edited_at"] is not None
    revisions = (await client.get(f"{path}/revisions", headers=workspace.headers)).json()
    assert [(r["number"], r["body"], r["html"]) for r in revisions] == [
        (1, "one", "<p>one</p>"),
        (2, "two", "<p>two</p>"),
    ]
    written = datetime.fromisoformat(revisions[0]["written_at"])
    assert written == message.created_at
    assert (await previews(runtime, workspace, chat.id))[0] == "three bold"


async def test_same_words_change_nothing_whatever_version_was_seen(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    message = await say(runtime, workspace.owner, chat.id, "one")
    for _ in range(2):
        answer = await client.patch(
            f"{MESSAGES}/{message.id}", json={"body": "two", "mod": 1}, headers=workspace.headers
        )
        assert (answer.status_code, answer.json()["mod"]) == (200, 2)


async def test_edit_of_another_version_is_refused(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    message = await say(runtime, workspace.owner, chat.id, "one")
    path = f"{MESSAGES}/{message.id}"
    await client.patch(path, json={"body": "two"}, headers=workspace.headers)
    edit = await client.patch(path, json={"body": "x", "mod": 1}, headers=workspace.headers)
    gone = await client.delete(f"{path}?mod=1", headers=workspace.headers)
    for answer in (edit, gone):
        assert (answer.status_code, answer.json()["code"]) == (409, "message_changed")
    assert (await client.delete(f"{path}?mod=2", headers=workspace.headers)).status_code == 204


async def test_parallel_edits_of_one_version_have_one_winner(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    message = await say(runtime, workspace.owner, chat.id, "one")
    answers = await asyncio.gather(
        *(
            client.patch(
                f"{MESSAGES}/{message.id}", json={"body": f"v {n}", "mod": 1}, headers=workspace.headers
            )
            for n in range(8)
        )
    )  # fmt: skip
    assert sorted(a.status_code for a in answers) == [200] + [409] * 7
    revisions = await client.get(f"{MESSAGES}/{message.id}/revisions", headers=workspace.headers)
    assert len(revisions.json()) == 1


async def test_deleted_message_leaves_its_place_only(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    await say(runtime, workspace.owner, chat.id, "first")
    message = await say(runtime, workspace.owner, chat.id, "secret")
    path = f"{MESSAGES}/{message.id}"
    await client.patch(path, json={"body": "secret too"}, headers=workspace.headers)
    for _ in range(2):
        assert (await client.delete(path, headers=workspace.headers)).status_code == 204
    shown = (await client.get(path, headers=workspace.headers)).json()
    assert (shown["seq"], shown["mod"], shown["body"], shown["html"]) == (2, 4, "", "")
    assert (await client.get(f"{path}/revisions", headers=workspace.headers)).json() == []
    assert await previews(runtime, workspace, chat.id) == ("first", "first")
    async with runtime.db.system.acquire() as conn:
        for table in ("message", "message_revision", "conversation"):
            left = await conn.fetchval(
                f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%secret%' AND workspace_id = $1", workspace.id
            )  # fmt: skip
            assert left == 0, table
    again = await client.patch(path, json={"body": "x"}, headers=workspace.headers)
    assert (again.status_code, again.json()["code"]) == (409, "message_deleted")


async def test_only_the_author_edits_and_author_owner_or_administrator_deletes(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace, foreign = await make_workspace(runtime), await make_workspace(runtime)
    member = await make_person(runtime, workspace, role=Role.MEMBER)
    other = await make_person(runtime, workspace, role=Role.MEMBER)
    outside = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, member.actor_id, other.actor_id)
    message = await say(runtime, member, chat.id, "mine")
    path = f"{MESSAGES}/{message.id}"
    expected = [
        (other, 403, 403), (workspace.owner, 403, 204), (outside, 404, 404), (foreign.owner, 404, 404),
    ]  # fmt: skip
    for who, edits, _ in expected:
        answer = await client.patch(path, json={"body": "theirs"}, headers=who.headers)
        assert answer.status_code == edits
    revisions = await client.get(f"{path}/revisions", headers=outside.headers)
    assert revisions.status_code == 404
    for who, _, deletes in sorted(expected, key=lambda each: each[2], reverse=True):
        assert (await client.delete(path, headers=who.headers)).status_code == deletes
    missing = f"{MESSAGES}/{new_id()}"
    assert (await client.delete(missing, headers=workspace.headers)).status_code == 404


async def test_who_left_changes_nothing_any_more(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    member = await make_person(runtime, workspace, role=Role.MEMBER)
    chat = await make_group(runtime, workspace, member.actor_id)
    message = await say(runtime, member, chat.id, "mine")
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await service.remove_participant(runtime, conn, chat.id, actor=member.actor_id)
    path = f"{MESSAGES}/{message.id}"
    edit = await client.patch(path, json={"body": "still"}, headers=member.headers)
    assert edit.status_code == 404
    assert (await client.delete(path, headers=member.headers)).status_code == 404


async def test_moderator_deletes_what_a_visitor_wrote_and_an_operator_does_not(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    operator = await make_person(runtime, workspace, role=Role.OPERATOR)
    chat, contact = await make_dialog(runtime, workspace)
    message = await say(runtime, contact, chat.id, "card 4111", workspace=workspace)
    path = f"{MESSAGES}/{message.id}"
    assert (await client.delete(path, headers=operator.headers)).status_code == 403
    assert (await client.delete(path, headers=workspace.headers)).status_code == 204
    assert await previews(runtime, workspace, chat.id) == ("", "")
    async with runtime.db.fast.acquire(workspace.id) as conn:
        newest = (await audit.list_events(conn))[0]
    assert (newest.action, newest.target_id) == ("conversations.message_deleted", message.id)
    assert newest.actor_id == workspace.owner.actor_id
    assert "4111" not in str(newest.detail)


async def test_message_is_edited_a_bounded_number_of_times(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    message = await say(runtime, workspace.owner, chat.id, "v")
    caller = Staff(workspace.owner.actor_id)
    async with runtime.db.fast.transaction(workspace.id) as conn:
        for number in range(MOST_REVISIONS):
            await service.edit_message(
                runtime, conn, message.id, caller=caller, body=f"v {number}"
            )  # fmt: skip
    answer = await client.patch(
        f"{MESSAGES}/{message.id}", json={"body": "one more"}, headers=workspace.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "edited_too_often")


@pytest.mark.parametrize("body", [{}, {"body": ""}, {"body": " "}, {"body": "x" * 20_001},
                                  {"body": "a\x00"}, {"body": "x", "mod": 0}, {"body": "x", "more": 1}])  # fmt: skip
async def test_bad_edit_is_refused(
    client: httpx.AsyncClient, runtime: Runtime, body: object
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    message = await say(runtime, workspace.owner, chat.id)
    answer = await client.patch(
        f"{MESSAGES}/{message.id}", json=body, headers=workspace.headers
    )  # fmt: skip
    assert answer.status_code == 422


async def test_sending_again_after_an_edit_or_deletion_finds_the_first_message(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    """A client that never heard the answer repeats the words that it sent, not those of the edit."""
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    message = await say(runtime, workspace.owner, chat.id, "sent", key="k")
    path, sent = f"{CHATS}/{chat.id}/messages", {"body": "sent", "key": "k"}
    await client.patch(
        f"{MESSAGES}/{message.id}", json={"body": "edited"}, headers=workspace.headers
    )
    again = await client.post(path, json=sent, headers=workspace.headers)
    assert (again.status_code, again.json()["body"]) == (200, "edited")
    other = await client.post(path, json=sent | {"body": "edited"}, headers=workspace.headers)
    assert other.status_code == 409
    await client.delete(f"{MESSAGES}/{message.id}", headers=workspace.headers)
    again = await client.post(path, json=sent, headers=workspace.headers)
    assert (again.status_code, again.json()["body"]) == (200, "")


async def test_previews_follow_what_each_side_sees(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    owner = workspace.owner
    chat, contact = await make_dialog(runtime, workspace)
    await say(runtime, contact, chat.id, "a", workspace=workspace)
    answer = await say_as_staff(runtime, workspace, chat.id, "b")
    note = await say_as_staff(runtime, workspace, chat.id, "n", Visibility.INTERNAL)
    steps = [
        (f"{MESSAGES}/{note.id}", "n2", ("n2", "b")), (f"{MESSAGES}/{answer.id}", "b2", ("n2", "b2")),
        (f"{MESSAGES}/{note.id}", None, ("b2", "b2")), (f"{MESSAGES}/{answer.id}", None, ("a", "a")),
    ]  # fmt: skip
    for path, body, expected in steps:
        if body is None:
            await client.delete(path, headers=owner.headers)
        else:
            await client.patch(path, json={"body": body}, headers=owner.headers)
        assert await previews(runtime, workspace, chat.id) == expected


async def test_socket_edits_and_deletes_and_everybody_hears_it(
    app: FastAPI, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, other.actor_id)
    message = await say(runtime, workspace.owner, chat.id, "one")
    async with connect(app, workspace.owner) as mine, connect(app, other) as theirs:
        await mine.hello(chat.id, since=1)
        await theirs.hello(chat.id, since=1)
        ack = await mine.call("edit", id=str(message.id), body="two", mod=1)
        assert ack["data"] == {"seq": 1, "mod": 2}
        for client in (mine, theirs):
            heard = await client.next("message.changed", mod=2)
            assert heard["data"]["body"] == "two"
        refused = await theirs.call("edit", id=str(message.id), body="x")
        assert refused["data"]["code"] == "not_your_message"
        assert (await mine.call("delete", id=str(message.id)))["data"] == {"seq": 1, "mod": 3}
        heard = await theirs.next("message.changed", mod=3)
        assert (heard["data"]["body"], heard["data"]["html"]) == ("", "")
        assert heard["data"]["deleted_at"] is not None


async def test_contact_hears_of_public_changes_and_of_nothing_else(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat, contact = await make_dialog(runtime, workspace)
    await say(runtime, contact, chat.id, "question", workspace=workspace)
    answer = await say_as_staff(runtime, workspace, chat.id, "answer")
    note = await say_as_staff(runtime, workspace, chat.id, "note", Visibility.INTERNAL)
    who = Principal(
        workspace_id=workspace.id, actor_id=contact, kind=PrincipalKind.CONTACT, name="V"
    )
    async with connect(app, ticket=await issue_ticket(runtime, who)) as visitor:
        await visitor.hello(chat.id, since=2)
        await visitor.quiet()
        path = f"{MESSAGES}/{note.id}"
        await client.patch(path, json={"body": "worse"}, headers=workspace.headers)
        await client.delete(path, headers=workspace.headers)
        assert await visitor.quiet() == []
        for body in ({"id": str(note.id), "body": "x"}, {"id": str(answer.id), "body": "x"}):
            for command in ("edit", "delete"):
                refused = await visitor.call(command, **body)
                assert refused["data"]["code"] == "forbidden"
        await client.patch(
            f"{MESSAGES}/{answer.id}", json={"body": "better"}, headers=workspace.headers
        )
        heard = await visitor.next("message.changed")
        assert heard["data"]["body"] == "better"
