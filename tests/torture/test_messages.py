"""Messages under attack for long: the short ways of these stand in tests/kernel/{conversations,realtime}."""

import asyncio
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from fastapi import FastAPI

from besedka.core.config import Settings
from besedka.core.db.embedded import Embedded
from besedka.core.runtime import Runtime
from tests.factories import make_workspace
from tests.kernel.conversations.audit import (
    WRITERS,
    Log,
    audit,
    durable_app,
    healed,
    kill,
    write,
)
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import make_group
from tests.kernel.realtime.test_fuzz import alive, random_frame
from tests.kernel.realtime.test_replica import assert_replicas_agree

pytestmark = pytest.mark.torture

KILLS = 50
FRAMES = 20_000


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="besedka-kill-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@asynccontextmanager
async def load_on(app: FastAPI, server: Embedded, *, kills: int) -> AsyncIterator[None]:
    """Write all the time, kill the database again and again, then compare the log with what is there."""
    runtime = app.state.runtime
    workspace = await make_workspace(runtime)
    chats = [await make_group(runtime, workspace) for _ in range(5)]
    await _write_down(server)
    log = Log()
    load = [asyncio.create_task(write(runtime, workspace, chats, log)) for _ in range(WRITERS)]
    for _ in range(kills):
        await asyncio.sleep(random.uniform(0.05, 0.6))
        assert await healed(runtime, server, kill(server)) < 30
    for task in load:
        task.cancel()
    await asyncio.wait(load)
    assert log.refusals > 0
    await audit(runtime, workspace, chats, log)
    yield


async def _write_down(server: Embedded) -> None:
    """Let even an unsafe server keep the schema and the workspace: the messages are what is looked at."""
    conn = await asyncpg.connect(server.dsn.plain)
    await conn.execute("CHECKPOINT")
    await conn.close()


async def test_database_killed_fifty_times_loses_and_doubles_nothing(folder: Path) -> None:
    async with durable_app(folder) as (app, server), load_on(app, server, kills=KILLS):
        pass


async def test_same_audit_finds_the_losses_of_an_unsafe_database(folder: Path) -> None:
    """An audit that cannot fail proves nothing: without waiting for the disk, acknowledged messages do get lost."""
    unsafe = ("synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=1GB")
    with pytest.raises(AssertionError, match="are lost"):
        async with durable_app(folder, *unsafe) as (app, server), load_on(app, server, kills=10):
            pass


@pytest.mark.parametrize("seed", range(100, 200))
async def test_replica_equals_fresh_fetch(
    app: FastAPI, runtime: Runtime, settings: Settings, seed: int
) -> None:
    await assert_replicas_agree(app, runtime, settings, seed, steps=150)


async def test_twenty_thousand_frames_leave_the_server_alive(
    app: FastAPI, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    for seed in range(20):
        chance = random.Random(seed)
        async with connect(app, workspace.owner) as client:
            for _ in range(FRAMES // 20):
                client.say_raw(random_frame(chance, str(chat.id)))
            assert await alive(client)
        assert not [
            f for f in client.received if f["type"] == "error" and f["data"]["code"] == "internal"
        ]
