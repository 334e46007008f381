"""Many conversations written to at once: they share statements, and none waits for another's trouble."""

import asyncio

from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.errors import ClientKeyReused, Interrupted
from besedka.kernel.conversations.types import EVERYTHING, Conversation, ConversationId
from tests.factories import MadeWorkspace, make_workspace
from tests.kernel.realtime.rooms import make_group, say

ROOMS = 24


async def make_rooms(runtime: Runtime, workspace: MadeWorkspace) -> list[Conversation]:
    """Return groups that this process has looked into, with a message each."""
    rooms = [await make_group(runtime, workspace) for _ in range(ROOMS)]
    for room in rooms:
        await say(runtime, workspace.owner, room.id, "first")
    return rooms


async def commits(runtime: Runtime, workspace: MadeWorkspace) -> int:
    """Return how many transactions have stored the workspace's messages."""
    async with runtime.db.fast.acquire(workspace.id) as conn:
        found = await conn.fetchval(
            "SELECT count(DISTINCT xmin::text) FROM message WHERE workspace_id = $1", workspace.id
        )
    assert isinstance(found, int)
    return found


async def bodies(runtime: Runtime, workspace: MadeWorkspace, chat: ConversationId) -> list[str]:
    """Return what stands in a conversation, after checking its places and counters."""
    async with runtime.db.fast.acquire(workspace.id) as conn:
        messages = await service.page(conn, chat, viewer=EVERYTHING, after_seq=0, limit=1000)
        head = await service.get_conversation(conn, chat)
    assert [m.seq for m in messages] == list(range(1, len(messages) + 1))
    assert head.last_seq == head.last_public_seq == len(messages)
    assert head.mod == messages[-1].mod
    assert head.preview == head.public_preview == messages[-1].body
    return [m.body for m in messages]


async def test_rooms_that_wait_at_once_share_commits(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    rooms = await make_rooms(runtime, workspace)
    before = await commits(runtime, workspace)
    told = await asyncio.gather(
        *(
            say(runtime, workspace.owner, room.id, f"{room.id} {n}")
            for n in range(3)
            for room in rooms
        )
    )
    assert len({m.id for m in told}) == 3 * ROOMS
    assert await commits(runtime, workspace) - before <= ROOMS // 3
    for room in rooms:
        said = [f"{room.id} {n}" for n in range(3)]
        assert await bodies(runtime, workspace, room.id) == ["first", *said]


async def test_taken_key_in_one_room_spares_the_others(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    rooms = await make_rooms(runtime, workspace)
    await say(runtime, workspace.owner, rooms[9].id, "mine", key="k")
    said = await asyncio.gather(
        *(say(runtime, workspace.owner, room.id, "other", key="k") for room in rooms),
        return_exceptions=True,
    )
    assert [n for n, each in enumerate(said) if isinstance(each, ClientKeyReused)] == [9]
    for n, room in enumerate(rooms):
        last = "mine" if n == 9 else "other"
        assert await bodies(runtime, workspace, room.id) == ["first", last]


async def test_members_that_changed_elsewhere_do_not_hold_the_others(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    rooms = await make_rooms(runtime, workspace)
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await conn.execute(
            "UPDATE conversation SET members_epoch = members_epoch + 1 WHERE workspace_id = $1 AND id = $2",
            workspace.id, rooms[5].id,
        )  # fmt: skip
    await asyncio.gather(*(say(runtime, workspace.owner, room.id, "next") for room in rooms))
    for room in rooms:
        assert await bodies(runtime, workspace, room.id) == ["first", "next"]


async def test_locked_room_does_not_hold_the_others(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    rooms = await make_rooms(runtime, workspace)
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await conn.fetch(
            "SELECT FROM conversation WHERE workspace_id = $1 AND id = $2 FOR UPDATE",
            workspace.id, rooms[-1].id,
        )  # fmt: skip
        held, *free = (
            asyncio.create_task(say(runtime, workspace.owner, room.id, "next"))
            for room in (rooms[-1], *rooms[:-1])
        )
        await asyncio.gather(*free)
        assert not held.done()
    await held
    assert await bodies(runtime, workspace, rooms[-1].id) == ["first", "next"]


async def test_shutdown_interrupts_what_has_gathered(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    rooms = await make_rooms(runtime, workspace)
    tasks = [asyncio.create_task(say(runtime, workspace.owner, room.id, "next")) for room in rooms]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await runtime.background.close()
    said = await asyncio.gather(*tasks, return_exceptions=True)
    lost = [each for each in said if isinstance(each, BaseException)]
    assert lost
    assert all(isinstance(each, Interrupted) for each in lost)
