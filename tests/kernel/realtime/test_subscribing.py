"""What changes while a socket subscribes: it reads a state, and nothing after that state is kept from it."""

import asyncio

from fastapi import FastAPI

from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.service import Rooms, Writers
from besedka.kernel.realtime.service.hub import Hub
from tests.factories import make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import make_group


async def test_change_that_was_seen_before_a_socket_told_how_far_it_is_is_told(
    app: FastAPI, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat, rooms = await make_group(runtime, workspace), runtime.get(Rooms)
    async with connect(app, workspace.owner) as socket:
        await socket.hello()
        (ours,) = runtime.get(Hub).sockets_of(workspace.owner.actor_id)
        runtime.get(Hub).subscribe(ours, f"c:{chat.id}")
        async with runtime.db.fast.transaction(workspace.id) as conn:
            await service.update_conversation(runtime, conn, chat.id, title="New")
        room = rooms.open(workspace.id, chat.id)
        for _ in range(1000):
            if room.running:
                await asyncio.sleep(0.01)
        assert room.told is None
        assert room.begin(chat), "what it read is older than what was seen"
        runtime.get(Writers).touch_here(workspace.id, chat.id)
        assert (await socket.next("chat.changed"))["data"]["title"] == "New"
