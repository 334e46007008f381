"""The one writer: order, numbers, keys, guards."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Self
from uuid import uuid4

import pytest

from besedka.boot import Boot
from besedka.core.config import Settings
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.errors import (
    BadCharacters,
    ChatNotFound,
    ClientKeyReused,
    EmptyMessage,
    EpochChanged,
    MessageTooLong,
)
from besedka.kernel.conversations.types import (
    EVERYTHING,
    LONGEST_BODY,
    Conversation,
    ConversationId,
    DialogState,
    Kind,
    Message,
    SharedCompanion,
    Visibility,
)
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.kernel.realtime.rooms import draft, make_dialog, make_group, say


async def stored(runtime: Runtime, workspace: MadeWorkspace, chat: ConversationId) -> list[Message]:
    """Return all messages of a conversation, oldest first, after checking that its counters say the same."""
    async with runtime.db.fast.acquire(workspace.id) as conn:
        messages = await service.page(conn, chat, viewer=EVERYTHING, after_seq=0, limit=10_000)
        head = await service.get_conversation(conn, chat)
        refs = await conn.fetchval(
            "SELECT count(*) FROM message_ref WHERE workspace_id = $1 AND conversation_id = $2",
            workspace.id,
            chat,
        )
    assert [m.seq for m in messages] == list(range(1, len(messages) + 1))
    assert len({m.mod for m in messages}) == len(messages)
    assert head.last_seq == len(messages) == refs
    public = [m.seq for m in messages if m.visibility == "public"]
    assert head.last_public_seq == (public[-1] if public else 0)
    return messages


async def test_many_at_once_get_places_without_gaps(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    posted = await asyncio.gather(
        *(say(runtime, workspace.owner, chat.id, f"number {n}") for n in range(300))
    )
    messages = await stored(runtime, workspace, chat.id)
    assert [m.body for m in messages] == [f"number {n}" for n in range(300)]
    assert [p.seq for p in posted] == list(range(1, 301))
    assert [p.id for p in posted] == [m.id for m in messages]


async def test_messages_that_wait_together_share_a_statement(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    await say(runtime, workspace.owner, chat.id)
    before = await _updates(runtime, chat)
    await asyncio.gather(*(say(runtime, workspace.owner, chat.id) for _ in range(100)))
    assert await _updates(runtime, chat) - before <= 4


async def _updates(runtime: Runtime, chat: Conversation) -> int:
    """How often the conversation's row was written, as its row version tells: one transaction id per commit."""
    async with runtime.db.fast.acquire(chat.workspace_id) as conn:
        found = await conn.fetchval(
            "SELECT count(DISTINCT xmin::text) FROM message WHERE workspace_id = $1 AND conversation_id = $2",
            chat.workspace_id,
            chat.id,
        )
    assert isinstance(found, int)
    return found


async def test_key_twice_in_one_batch_stores_once(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    results = await asyncio.gather(
        *(say(runtime, workspace.owner, chat.id, "same", key="k") for _ in range(10)),
        *(say(runtime, workspace.owner, chat.id, f"own {n}") for n in range(10)),
    )
    assert len({m.id for m in results[:10]}) == 1
    assert sum(not m.duplicate for m in results[:10]) == 1
    assert len(await stored(runtime, workspace, chat.id)) == 11


async def test_key_with_other_body_is_refused_and_spares_the_batch(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    await say(runtime, workspace.owner, chat.id, "first", key="k")
    bad, *good = await asyncio.gather(
        say(runtime, workspace.owner, chat.id, "second", key="k"),
        *(say(runtime, workspace.owner, chat.id, f"own {n}") for n in range(20)),
        return_exceptions=True,
    )
    assert isinstance(bad, ClientKeyReused)
    assert not [each for each in good if isinstance(each, BaseException)]
    assert len(await stored(runtime, workspace, chat.id)) == 21


async def test_same_key_of_two_senders_are_two_messages(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, other.actor_id)
    one = await say(runtime, workspace.owner, chat.id, "same", key="k")
    two = await say(runtime, other, chat.id, "same", key="k")
    assert one.id != two.id


async def test_cancelled_callers_do_not_disturb_the_batch(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    tasks = [
        asyncio.create_task(say(runtime, workspace.owner, chat.id, f"n {n}")) for n in range(200)
    ]
    await asyncio.sleep(0.002)
    for task in tasks[::2]:
        task.cancel()
    for task in tasks[::2]:
        with suppress(asyncio.CancelledError):
            await task
    kept = await asyncio.gather(*tasks[1::2])
    await asyncio.sleep(0.1)
    messages = await stored(runtime, workspace, chat.id)
    assert {m.id for m in kept} <= {m.id for m in messages}
    assert len({m.client_key for m in messages}) == len(messages)


async def test_stranger_is_refused_as_if_there_were_no_chat(runtime: Runtime) -> None:
    workspace, foreign = await make_workspace(runtime), await make_workspace(runtime)
    outsider = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace)
    for who in (outsider, foreign.owner):
        with pytest.raises(ChatNotFound):
            await say(runtime, who, chat.id)
    with pytest.raises(ChatNotFound):
        await say(runtime, workspace.owner, ConversationId(new_id()))
    with pytest.raises(ChatNotFound):
        await say(runtime, ActorId(new_id()), chat.id, workspace=workspace)
    assert await stored(runtime, workspace, chat.id) == []


async def test_waiting_post_of_removed_member_is_refused(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, other.actor_id)
    await say(runtime, other, chat.id, "as a member")
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await service.remove_participant(runtime, conn, chat.id, actor=other.actor_id)
        waiting = asyncio.create_task(say(runtime, other, chat.id, "too late"))
        staying = asyncio.create_task(say(runtime, workspace.owner, chat.id, "in time"))
        await asyncio.sleep(0.05)
        assert not waiting.done()
    with pytest.raises(ChatNotFound):
        await waiting
    assert (await staying).seq == 2
    assert [m.body for m in await stored(runtime, workspace, chat.id)] == ["as a member", "in time"]


async def test_new_member_can_write_although_the_room_was_remembered(
    runtime: Runtime, settings: Settings
) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace)
    await say(runtime, workspace.owner, chat.id)
    async with (
        Boot(settings, works=False).running() as elsewhere,
        elsewhere.db.fast.transaction(workspace.id) as conn,
    ):
        await service.add_participant(elsewhere, conn, chat.id, actor=other.actor_id)
    assert (await say(runtime, other, chat.id)).seq == 2


async def test_epoch_that_has_changed_refuses_what_was_said_under_it(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat, contact = await make_dialog(runtime, workspace)
    await say(runtime, contact, chat.id, "question", workspace=workspace)
    post = draft(workspace.owner, chat.id, "answer")

    async def under(epoch: int) -> Message:
        return await service.post(runtime, replace(post, expected_epoch=epoch, as_member=False))

    async with runtime.db.fast.acquire(workspace.id) as conn:
        changed = await service.set_dialog(
            runtime,
            conn,
            chat.id,
            state=DialogState.OPEN,
            assignee_id=workspace.owner.actor_id,
            expected_epoch=0,
        )
        with pytest.raises(EpochChanged):
            await service.set_dialog(
                runtime, conn, chat.id, state=DialogState.RESOLVED, expected_epoch=0
            )
    assert changed.epoch == 1
    with pytest.raises(EpochChanged):
        await under(0)
    await under(1)
    assert [m.body for m in await stored(runtime, workspace, chat.id)] == ["question", "answer"]


async def test_companion_writes_in_the_same_transaction(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    committed: list[int] = []

    async def companion(conn: TenantConn, message: Message) -> None:
        assert conn.is_in_transaction()
        await conn.execute(
            "UPDATE conversation SET title = $3 WHERE workspace_id = $1 AND id = $2",
            conn.workspace, chat.id, f"after {message.seq}",
        )  # fmt: skip
        conn.on_commit(lambda: committed.append(message.seq))
        if message.body == "refuse":
            raise LookupError("not this one")

    async def with_companion(body: str) -> Message:
        post = draft(workspace.owner, chat.id, body)
        return await service.post(runtime, replace(post, companion=companion))

    good, bad, plain = await asyncio.gather(
        with_companion("fine"), with_companion("refuse"), say(runtime, workspace.owner, chat.id, "plain"),
        return_exceptions=True,
    )  # fmt: skip
    assert isinstance(good, Message)
    assert isinstance(bad, LookupError)
    assert isinstance(plain, Message)
    assert [m.body for m in await stored(runtime, workspace, chat.id)] == ["fine", "plain"]
    assert committed == [1]
    async with runtime.db.fast.acquire(workspace.id) as conn:
        assert (await service.get_conversation(conn, chat.id)).title == "after 1"


async def test_of_two_who_move_a_dialog_with_their_words_at_once_one_wins(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat, _ = await make_dialog(runtime, workspace)

    async def companion(conn: TenantConn, _message: Message) -> None:
        await service.set_dialog(
            runtime, conn, chat.id, state=DialogState.OPEN, expected_epoch=chat.epoch
        )

    def hand_over(body: str) -> Coroutine[None, None, Message]:
        post = draft(workspace.owner, chat.id, body)
        bound = replace(post, expected_epoch=chat.epoch, companion=companion, staff=True)
        return service.post(runtime, bound)

    # Both come before the writer has begun: they share a statement.
    first, second = await asyncio.gather(
        hand_over("for you"), hand_over("no, for you"), return_exceptions=True
    )
    assert isinstance(first, Message)
    assert isinstance(second, EpochChanged)
    assert [m.body for m in await stored(runtime, workspace, chat.id)] == ["for you"]


async def test_registered_companion_goes_with_every_message_of_a_contact(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat, contact = await make_dialog(runtime, workspace)
    seen: list[str] = []

    class Noting(SharedCompanion):
        @classmethod
        async def write(cls, conn: TenantConn, company: Sequence[tuple[Self, Message]]) -> None:
            assert conn.is_in_transaction()
            seen.extend(message.body for _, message in company)

    runtime.get(service.Writers).accompany(Kind.DIALOG, sender="contact", companion=Noting())
    await say(runtime, contact, chat.id, "from outside", workspace=workspace)
    await service.post(runtime, replace(draft(workspace.owner, chat.id, "from inside"), staff=True))
    assert seen == ["from outside"]


@pytest.mark.parametrize(
    ("body", "error"),
    [("", EmptyMessage), (" \n\t", EmptyMessage), ("x" * (LONGEST_BODY + 1), MessageTooLong),
     ("a\x00b", BadCharacters), ("a\ud800b", BadCharacters)],
)  # fmt: skip
async def test_text_that_is_none_is_refused(
    runtime: Runtime, body: str, error: type[Exception]
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    with pytest.raises(error):
        await say(runtime, workspace.owner, chat.id, body)


async def test_note_moves_no_public_counter(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat, contact = await make_dialog(runtime, workspace)
    await say(runtime, contact, chat.id, "public", workspace=workspace)
    note = draft(workspace.owner, chat.id, "note", visibility=Visibility.INTERNAL)
    await service.post(runtime, replace(note, staff=True))
    with pytest.raises(ChatNotFound):
        await say(
            runtime, contact, chat.id, "x", workspace=workspace, visibility=Visibility.INTERNAL
        )
    await stored(runtime, workspace, chat.id)
    async with runtime.db.fast.acquire(workspace.id) as conn:
        head = await service.get_conversation(conn, chat.id)
        summary = await service.dialog_summary(conn, chat.id)
    assert (head.last_seq, head.last_public_seq) == (2, 1)
    assert (head.preview, head.public_preview) == ("note", "public")
    assert summary.preview == "note"


async def test_two_processes_race_without_gaps_or_doubles(
    runtime: Runtime, settings: Settings
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    keys = [uuid4().hex for _ in range(60)]
    async with Boot(settings, works=False).running() as elsewhere:
        results = await asyncio.gather(
            *(say(runtime, workspace.owner, chat.id, key, key=key) for key in keys),
            *(say(elsewhere, workspace.owner, chat.id, key, key=key) for key in keys),
        )
    messages = await stored(runtime, workspace, chat.id)
    assert sorted(m.client_key for m in messages) == sorted(keys)
    assert len({m.id for m in results}) == len(keys)


async def test_writers_end_when_nothing_waits(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    before = len(runtime.background)
    chats = [await make_group(runtime, workspace) for _ in range(5)]
    await asyncio.gather(
        *(say(runtime, workspace.owner, chat.id) for chat in chats for _ in range(5))
    )
    await asyncio.sleep(0.05)
    assert len(runtime.background) <= before  # others of the process may have ended meanwhile
