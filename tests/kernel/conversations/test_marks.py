"""Reactions, pins and replies: what each shows, to whom, and what is left when a message goes."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations import service
from besedka.kernel.conversations.errors import NotAnEmoji
from besedka.kernel.conversations.service.checks import check_emoji, is_emoji
from besedka.kernel.conversations.types import MOST_EMOJI, MOST_PINS, Visibility
from besedka.kernel.realtime.service import issue_ticket
from besedka.kernel.realtime.types import Principal, PrincipalKind
from tests.factories import make_person, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import Staff, make_dialog, make_group, say, say_as_staff

MESSAGES = "/api/v1/messages"
CHATS = "/api/v1/chats"
NOTE = Visibility.INTERNAL
EMOJI = ["👍", "❤️", "🇷🇺", "1️⃣", "👩‍👩‍👧", "👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "✅", "☺"]
NO_EMOJI = ["a", "👍a", "<b>", "1", " ", "\u202e👍", "👍" * 17, "\ufe0f", "я", "👍 "]


async def test_reactions_are_counted_with_their_actors(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, other.actor_id)
    message = await say(runtime, workspace.owner, chat.id)
    path = f"{MESSAGES}/{message.id}/reactions"
    for who, emoji in ((workspace.owner, "👍"), (other, "👍"), (other, "🔥"), (other, "🔥")):
        answer = await client.put(f"{path}/{emoji}", headers=who.headers)
        assert answer.status_code == 200
    owner_id, other_id = str(workspace.owner.actor_id), str(other.actor_id)
    shown = answer.json()
    assert shown["mod"] == 4
    assert shown["reactions"] == [
        {"emoji": "👍", "count": 2, "actors": [owner_id, other_id]},
        {"emoji": "🔥", "count": 1, "actors": [other_id]},
    ]
    for _ in range(2):
        answer = await client.delete(f"{path}/🔥", headers=other.headers)
    assert (answer.json()["mod"], len(answer.json()["reactions"])) == (5, 1)
    page = await client.get(f"{CHATS}/{chat.id}/messages", headers=workspace.headers)
    assert page.json() == [answer.json()]
    await client.delete(f"{path}/👍", headers=other.headers)
    answer = await client.delete(f"{path}/👍", headers=workspace.headers)
    assert answer.json()["reactions"] == []


@pytest.mark.parametrize("emoji", EMOJI)
def test_emoji_is_taken(emoji: str) -> None:
    assert is_emoji(emoji)


@pytest.mark.parametrize("emoji", NO_EMOJI)
def test_anything_else_is_refused_as_a_reaction(emoji: str) -> None:
    with pytest.raises(NotAnEmoji):
        check_emoji(emoji)


async def test_different_reactions_to_a_message_are_bounded(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    message = await say(runtime, workspace.owner, chat.id)
    path = f"{MESSAGES}/{message.id}/reactions"
    several = [chr(0x1F600 + number) for number in range(MOST_EMOJI + 1)]
    answers = [await client.put(f"{path}/{emoji}", headers=workspace.headers) for emoji in several]
    assert [a.status_code for a in answers] == [200] * MOST_EMOJI + [409]
    again = await client.put(f"{path}/{several[0]}", headers=workspace.headers)
    assert again.status_code == 200


async def test_parallel_reactions_all_count(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    people = [await make_person(runtime, workspace) for _ in range(4)]
    chat = await make_group(runtime, workspace, *(p.actor_id for p in people))
    message = await say(runtime, workspace.owner, chat.id)
    path = f"{MESSAGES}/{message.id}/reactions/👍"
    await asyncio.gather(*(client.put(path, headers=p.headers) for p in people for _ in range(2)))
    shown = (await client.get(f"{MESSAGES}/{message.id}", headers=workspace.headers)).json()
    assert (shown["mod"], shown["reactions"][0]["count"]) == (5, 4)


async def test_pins_are_listed_the_last_first(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    late = await make_person(runtime, workspace, role=Role.MEMBER)
    chat = await make_group(runtime, workspace)
    messages = [await say(runtime, workspace.owner, chat.id) for _ in range(3)]
    for message in (messages[2], messages[0], messages[0]):
        answer = await client.put(f"{MESSAGES}/{message.id}/pin", headers=workspace.headers)
        assert answer.json()["pinned_at"] is not None
    pins = (await client.get(f"{CHATS}/{chat.id}/pins", headers=workspace.headers)).json()
    assert [p["seq"] for p in pins] == [1, 3]
    await client.delete(f"{MESSAGES}/{messages[0].id}/pin", headers=workspace.headers)
    await client.delete(f"{MESSAGES}/{messages[2].id}", headers=workspace.headers)
    await client.put(f"{MESSAGES}/{messages[1].id}/pin", headers=workspace.headers)
    pins = (await client.get(f"{CHATS}/{chat.id}/pins", headers=workspace.headers)).json()
    assert [p["seq"] for p in pins] == [2]
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await service.add_participant(runtime, conn, chat.id, actor=late.actor_id)
    assert (await client.get(f"{CHATS}/{chat.id}/pins", headers=late.headers)).json() == []
    for path in ("pin", "reactions/👍"):
        answer = await client.put(f"{MESSAGES}/{messages[1].id}/{path}", headers=late.headers)
        assert answer.status_code == 404
        gone = await client.put(f"{MESSAGES}/{messages[2].id}/{path}", headers=workspace.headers)
        assert (gone.status_code, gone.json()["code"]) == (409, "message_deleted")


async def test_pins_of_a_chat_are_bounded(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    caller = Staff(workspace.owner.actor_id)
    messages = [await say(runtime, workspace.owner, chat.id) for _ in range(MOST_PINS + 1)]
    async with runtime.db.fast.transaction(workspace.id) as conn:
        for message in messages[:-1]:
            await service.pin_message(runtime, conn, message.id, caller=caller, on=True)
    answer = await client.put(f"{MESSAGES}/{messages[-1].id}/pin", headers=workspace.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_pins")


async def test_reply_quotes_what_it_replies_to_and_follows_it(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    path = f"{CHATS}/{chat.id}/messages"
    first = await say(runtime, workspace.owner, chat.id, "one\n two " + "x" * 200)
    answer = await client.post(
        path, json={"body": "yes", "reply_seq": 1}, headers=workspace.headers
    )  # fmt: skip
    reply = answer.json()
    assert reply["reply_seq"] == reply["reply"]["seq"] == 1
    assert reply["reply"]["sender"]["id"] == str(workspace.owner.actor_id)
    assert reply["reply"]["body"] == ("one two " + "x" * 200)[:140]
    same = await client.get(f"{MESSAGES}/{reply['id']}", headers=workspace.headers)
    assert same.json() == reply
    await client.patch(
        f"{MESSAGES}/{first.id}", json={"body": "three"}, headers=workspace.headers
    )  # fmt: skip
    changes = await client.get(f"{CHATS}/{chat.id}/changes?since_mod=2", headers=workspace.headers)
    assert [(m["seq"], m["mod"]) for m in changes.json()] == [(1, 3), (2, 4)]
    assert changes.json()[1]["reply"]["body"] == "three"
    await client.delete(f"{MESSAGES}/{first.id}", headers=workspace.headers)
    shown = (await client.get(f"{MESSAGES}/{reply['id']}", headers=workspace.headers)).json()
    assert (shown["mod"], shown["reply"]["body"]) == (6, "")


async def test_public_reply_quotes_no_note_and_an_internal_one_does(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat, contact = await make_dialog(runtime, workspace)
    await say(runtime, contact, chat.id, "question", workspace=workspace)
    await say_as_staff(runtime, workspace, chat.id, "note", NOTE)
    public = await say_as_staff(runtime, workspace, chat.id, "answer", reply=2)
    sly = await say(runtime, contact, chat.id, "what?", workspace=workspace, reply=2)
    note = await say_as_staff(runtime, workspace, chat.id, "indeed", NOTE, reply=2)
    nothing = await say_as_staff(runtime, workspace, chat.id, "?", NOTE, reply=99)
    for message in (public, sly, nothing):
        assert (message.reply_seq, message.quote) == (None, None)
    assert note.reply_seq == 2
    assert "note" in (note.quote or "")


async def test_reply_races_with_deletion_without_keeping_the_words(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    for _ in range(10):
        first = await say(runtime, workspace.owner, chat.id, "secret")
        await asyncio.gather(
            client.delete(f"{MESSAGES}/{first.id}", headers=workspace.headers),
            *(say(runtime, workspace.owner, chat.id, "r", reply=first.seq) for _ in range(3)),
        )
    async with runtime.db.system.acquire() as conn:
        left = await conn.fetchval(
            "SELECT count(*) FROM message WHERE workspace_id = $1 AND quote::text LIKE '%secret%'", workspace.id
        )  # fmt: skip
    assert left == 0


async def test_deletion_takes_reactions_and_pin_along(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    message = await say(runtime, workspace.owner, chat.id)
    path = f"{MESSAGES}/{message.id}"
    await client.put(f"{path}/reactions/👍", headers=workspace.headers)
    await client.put(f"{path}/pin", headers=workspace.headers)
    await client.delete(path, headers=workspace.headers)
    shown = (await client.get(path, headers=workspace.headers)).json()
    assert (shown["reactions"], shown["pinned_at"]) == ([], None)
    async with runtime.db.fast.acquire(workspace.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM reaction") == 0


async def test_marks_on_notes_make_no_sound_outside(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat, contact = await make_dialog(runtime, workspace)
    question = await say(runtime, contact, chat.id, "question", workspace=workspace)
    note = await say_as_staff(runtime, workspace, chat.id, "note", NOTE)
    inner = await say_as_staff(runtime, workspace, chat.id, "note 2", NOTE, reply=2)
    who = Principal(
        workspace_id=workspace.id, actor_id=contact, kind=PrincipalKind.CONTACT, name="V"
    )
    async with connect(app, ticket=await issue_ticket(runtime, who)) as visitor:
        await visitor.hello(chat.id, since=1)
        await visitor.quiet()
        for each in (note, inner):
            await client.put(f"{MESSAGES}/{each.id}/reactions/👍", headers=workspace.headers)
            await client.put(f"{MESSAGES}/{each.id}/pin", headers=workspace.headers)
        await client.patch(
            f"{MESSAGES}/{note.id}", json={"body": "secret"}, headers=workspace.headers
        )
        assert await visitor.quiet() == []
        refused = await visitor.call("react", id=str(question.id), emoji="👍")
        assert refused["data"]["code"] == "forbidden"
        await client.put(f"{MESSAGES}/{question.id}/reactions/👍", headers=workspace.headers)
        heard = await visitor.next("message.changed")
        assert heard["data"]["reactions"][0]["count"] == 1


async def test_socket_reacts_and_others_hear_it(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, other.actor_id)
    message = await say(runtime, workspace.owner, chat.id)
    async with connect(app, workspace.owner) as mine, connect(app, other) as theirs:
        await theirs.hello(chat.id, since=1)
        ack = await mine.call("react", id=str(message.id), emoji="👍")
        assert ack["data"] == {"seq": 1, "mod": 2}
        heard = await theirs.next("message.changed", mod=2)
        assert heard["data"]["reactions"][0]["emoji"] == "👍"
        await mine.call("react", id=str(message.id), emoji="👍", on=False)
        heard = await theirs.next("message.changed", mod=3)
        assert heard["data"]["reactions"] == []
        bad = await mine.call("react", id=str(message.id), emoji="x")
        assert bad["data"]["code"] == "not_an_emoji"
