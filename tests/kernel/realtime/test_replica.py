"""Events must add up to what a fresh fetch shows, whatever happens to the connection at whichever step."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from uuid import uuid4

import pytest
from fastapi import FastAPI

from besedka.boot import Boot
from besedka.core.config import Settings
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import (
    EVERYTHING,
    ConversationId,
    DialogState,
    Message,
    Post,
    Viewer,
    Visibility,
)
from besedka.kernel.realtime.service import issue_ticket
from besedka.kernel.realtime.types import Principal, PrincipalKind
from tests.factories import MadeWorkspace, make_workspace
from tests.kernel.realtime.client import Client, connect
from tests.kernel.realtime.replica import Replica
from tests.kernel.realtime.rooms import Staff, draft, make_dialog

STEPS = 60


@dataclass
class Link:
    """A client that comes and goes, with what it knows."""

    open: Callable[[], "Awaitable[Client]"]
    replica: Replica
    client: Client | None = None
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def connect(self) -> None:
        """Come back and say hello with the cursor."""
        if self.client is None:
            self.client = await self.open()
            self.client.say(
                type="hello", cursors={str(self.replica.chat): self.replica.cursor}, batch=False
            )

    async def drop(self) -> None:
        """Lose the connection, with all that had not been read."""
        if self.client is not None:
            client, self.client = self.client, None
            client.writable.set()
            client.vanish()
            await client.ended.wait()
            self.replica.stale = False

    def read(self) -> None:
        """Read what has arrived."""
        if self.client is not None:
            self.replica.take(self.client)


@dataclass
class World:
    """A dialog, the ways in which it changes, and its two watchers."""

    app: FastAPI
    runtime: Runtime
    elsewhere: Runtime
    workspace: MadeWorkspace
    chat: ConversationId
    contact: ActorId
    chance: random.Random

    async def post(self, *, runtime: Runtime | None = None) -> None:
        """Post as the contact or an operator, sometimes a note, sometimes twice with one key."""
        by_contact = self.chance.random() < 0.5
        post = draft(
            self.contact if by_contact else self.workspace.owner, self.chat, f"text {self.chance.random()}",
            workspace=self.workspace, key=uuid4().hex,
            visibility=Visibility.INTERNAL if not by_contact and self.chance.random() < 0.5 else Visibility.PUBLIC,
            reply=self.chance.choice([None, None, 1, 2, 3]),
        )  # fmt: skip
        post = await self._threaded(post)
        times = 2 if self.chance.random() < 0.2 else 1
        await asyncio.gather(
            *(
                service.post(runtime or self.runtime, replace(post, staff=True))
                for _ in range(times)
            )
        )

    async def _threaded(self, post: Post) -> Post:
        """Have some messages be answers in the thread of one that is as public."""
        async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
            messages = await service.page(conn, self.chat, viewer=EVERYTHING, limit=200)
        roots = [
            m.seq for m in messages if m.visibility == post.visibility and m.thread_root_seq is None
        ]
        if not roots or self.chance.random() < 0.7:
            return post
        return replace(post, thread_root_seq=self.chance.choice(roots))

    async def change(self) -> None:
        """Change the dialog's state or title."""
        async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
            if self.chance.random() < 0.5:
                await service.set_dialog(
                    self.runtime, conn, self.chat, state=self.chance.choice(list(DialogState)),
                    assignee_id=self.chance.choice([None, self.workspace.owner.actor_id]),
                )  # fmt: skip
            else:
                await service.update_conversation(
                    self.runtime, conn, self.chat, title=f"title {self.chance.random()}"
                )

    async def edit(self) -> None:
        """Edit or delete a message of the operator's, or mark one of anybody's, here or in another process."""
        runtime = self.chance.choice([self.runtime, self.runtime, self.elsewhere])
        async with runtime.db.fast.transaction(self.workspace.id) as conn:
            messages = await service.page(conn, self.chat, viewer=EVERYTHING, limit=200)
            there = [m for m in messages if m.deleted_at is None]
            if there:
                await self._change_one(runtime, conn, self.chance.choice(there))

    async def _change_one(self, runtime: Runtime, conn: TenantConn, message: Message) -> None:
        caller, on = Staff(self.workspace.owner.actor_id), self.chance.random() < 0.7
        mine = message.sender.id == caller.actor_id
        match self.chance.randrange(4):
            case 0 if mine:
                await service.delete_message(runtime, conn, message.id, caller=caller)
            case 1 if mine:
                body = f"{message.body}!"
                await service.edit_message(runtime, conn, message.id, caller=caller, body=body)
            case 2:
                await service.pin_message(runtime, conn, message.id, caller=caller, on=on)
            case _:
                emoji = self.chance.choice("👍🔥")
                await service.react(runtime, conn, message.id, caller=caller, emoji=emoji, on=on)


async def make_world(app: FastAPI, runtime: Runtime, elsewhere: Runtime, seed: int) -> World:
    workspace = await make_workspace(runtime)
    chat, contact = await make_dialog(runtime, workspace)
    return World(app, runtime, elsewhere, workspace, chat.id, contact, random.Random(seed))


def make_links(world: World, stack: AsyncExitStack) -> list[Link]:
    visitor = Principal(
        workspace_id=world.workspace.id,
        actor_id=world.contact,
        kind=PrincipalKind.CONTACT,
        name="V",
    )

    async def as_operator() -> Client:
        return await stack.enter_async_context(connect(world.app, world.workspace.owner))

    async def as_visitor() -> Client:
        ticket = await issue_ticket(world.runtime, visitor)
        return await stack.enter_async_context(connect(world.app, ticket=ticket))

    return [
        Link(
            opened,
            Replica(
                world.runtime,
                Viewer(actor_id=actor, internal=inside),
                world.workspace.id,
                world.chat,
            ),
        )
        for opened, actor, inside in (
            (as_operator, world.workspace.owner.actor_id, True),
            (as_visitor, world.contact, False),
        )
    ]


async def trouble(world: World, link: Link) -> None:
    """Let something happen to a connection."""
    match world.chance.randrange(8):
        case 0:
            await link.drop()
        case 1 | 2:
            await link.connect()
        case 3 if link.client is not None:
            link.client.writable.clear()
        case 4 if link.client is not None:
            link.client.writable.set()
        case 5:
            link.read()
        case _:
            await asyncio.sleep(world.chance.random() * 0.01)


async def settle(world: World, links: list[Link]) -> None:
    """Let everything calm down: connected, unblocked, swept, read."""
    for link in links:
        if link.client is not None and link.client.code is not None:
            await link.drop()
        await link.connect()
        assert link.client is not None
        link.client.writable.set()
        assert (await link.client.call_keeping("ping"))["type"] == "ack"
    await service.sweep(world.runtime)
    for _ in range(3):
        await asyncio.sleep(0.05)
        for link in links:
            link.read()
            await link.replica.mend()


async def assert_replicas_agree(
    app: FastAPI, runtime: Runtime, settings: Settings, seed: int, *, steps: int
) -> None:
    """Change a dialog in all ways while its two watchers are in trouble, then compare what they know."""
    async with Boot(settings, works=False).running() as elsewhere, AsyncExitStack() as stack:
        world = await make_world(app, runtime, elsewhere, seed)
        links = make_links(world, stack)
        for _ in range(steps):
            act = world.chance.choices([world.post, world.change, world.edit], [6, 2, 3])[0]
            if act == world.post and world.chance.random() < 0.15:
                await world.post(runtime=elsewhere)
            else:
                await act()
            for link in links:
                await trouble(world, link)
        await settle(world, links)
        for link in links:
            await link.replica.check()
            assert link.replica.applied > 0
        visitor = str(links[1].replica.messages) + str(links[1].replica.head)
        assert "internal" not in visitor


@pytest.mark.parametrize("seed", range(4))
async def test_replica_equals_fresh_fetch_under_all_trouble(
    app: FastAPI, runtime: Runtime, settings: Settings, seed: int
) -> None:
    await assert_replicas_agree(app, runtime, settings, seed, steps=STEPS)


@pytest.mark.parametrize("step", range(0, 8, 2))
async def test_connection_lost_at_each_step_of_a_send_loses_and_doubles_nothing(
    app: FastAPI, runtime: Runtime, settings: Settings, step: int
) -> None:
    """The client does what clients do: it sends again with the same key until it is told that it is stored."""
    async with Boot(settings, works=False).running() as elsewhere, AsyncExitStack() as stack:
        world = await make_world(app, runtime, elsewhere, step)
        watcher, sender = make_links(world, stack)
        await watcher.connect()
        for number in range(6):
            await sender.connect()
            assert sender.client is not None
            frame = {
                "type": "send",
                "chat": str(world.chat),
                "key": f"key {number}",
                "body": f"body {number}",
            }
            sender.client.say(**frame)
            for _ in range(step * 2):
                await asyncio.sleep(0)
            await sender.drop()
            await sender.connect()
            answer = await sender.client.call_keeping(**frame)
            assert answer["type"] == "ack"
        await settle(world, [watcher, sender])
        for link in (watcher, sender):
            await link.replica.check()
        assert [m["body"] for _, m in sorted(watcher.replica.messages.items())] == [
            f"body {n}" for n in range(6)
        ]
