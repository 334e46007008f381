"""A load that keeps a log of what it was told, and the audit of that log against the database."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

from besedka.app import create_app
from besedka.core.config import Settings
from besedka.core.db import rls
from besedka.core.db.embedded import Embedded
from besedka.core.errors import BesedkaError, Unavailable
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.service import Rooms
from besedka.kernel.conversations.types import EVERYTHING, Conversation, Message
from besedka.migrations.metadata import METADATA
from besedka.migrations.run import newest, upgrade
from tests.factories import MadeWorkspace
from tests.kernel.realtime.rooms import draft

WRITERS = 12


@dataclass
class Log:
    """What clients were told: key → place."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    refusals: int = 0


async def write(
    runtime: Runtime, workspace: MadeWorkspace, chats: list[Conversation], log: Log
) -> None:
    """Post one message after the other, each again with its key until it is acknowledged."""
    while True:
        key, chat = uuid4().hex, random.choice(chats)
        log.asked.add(key)
        while key not in log.acknowledged:
            try:
                message: Message = await service.post(
                    runtime, draft(workspace.owner, chat.id, f"body {key}", key=key)
                )
            except Unavailable:
                log.refusals += 1
                await asyncio.sleep(0.05)
                continue
            log.acknowledged[key] = message.seq


async def audit(
    runtime: Runtime, workspace: MadeWorkspace, chats: list[Conversation], log: Log
) -> None:
    """Everything that was acknowledged is there once, at its place; nothing is there that nobody asked for."""
    found: dict[str, int] = {}
    for chat in chats:
        room = runtime.get(Rooms).open(workspace.id, chat.id)
        while room.running:  # noqa: ASYNC110 - what cancelled callers had in line is still being stored
            await asyncio.sleep(0.01)
        async with (  # one snapshot: a statement that its client gave up may commit at any moment
            runtime.db.fast.acquire(workspace.id) as conn,
            conn.transaction(isolation="repeatable_read"),
        ):
            messages = await service.page(
                conn, chat.id, viewer=EVERYTHING, after_seq=0, limit=1_000_000
            )
            head = await service.get_conversation(conn, chat.id)
        assert [m.seq for m in messages] == list(range(1, len(messages) + 1))
        assert head.last_seq == len(messages)
        for message in messages:
            assert message.client_key not in found, "a message is there twice"
            found[message.client_key] = message.seq
    lost = {key: seq for key, seq in log.acknowledged.items() if found.get(key) != seq}
    assert not lost, f"{len(lost)} of {len(log.acknowledged)} acknowledged messages are lost"
    assert set(found) <= log.asked


async def healed(
    runtime: Runtime, server: Embedded, killed: int, *, seconds: float = 90.0
) -> float:
    """Return how long it takes until another server answers."""
    started = asyncio.get_running_loop().time()
    async with asyncio.timeout(seconds):
        while True:
            if server.pid != killed and await _answers(runtime):
                return asyncio.get_running_loop().time() - started
            await asyncio.sleep(0.02)


async def _answers(runtime: Runtime) -> bool:
    try:
        async with runtime.db.fast.acquire(WorkspaceId(new_id())) as conn:
            return bool(await conn.fetchval("SELECT true"))
    except BesedkaError:
        return False


def kill(server: Embedded) -> int:
    """Kill the database server as an out-of-memory killer would; return the process that it was."""
    killed = server.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    return killed


@asynccontextmanager
async def durable_app(folder: Path, *options: str) -> AsyncIterator[tuple[FastAPI, Embedded]]:
    """Start the application on a database of its own that really writes to disk."""
    server = Embedded(folder / "postgres", options=options)
    server.start()
    watcher = asyncio.create_task(server.watch())
    try:
        await _schema(server.dsn.plain)
        settings = Settings(
            _env_file=None, env="test", database_url=server.dsn.plain, data_dir=folder / "data",
            log_level="error", rate_limits=False, outgoing_private=True, database_pool=6,
        )  # fmt: skip
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            yield app, server
    finally:
        watcher.cancel()
        server.stop()


async def _schema(dsn: str) -> None:
    if newest():
        await asyncio.to_thread(upgrade, dsn)
        return

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(dsn)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        for statement in rls.statements(METADATA):
            await connection.exec_driver_sql(statement)
    await engine.dispose()
