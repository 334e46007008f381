"""PostgreSQL is killed under load: what was acknowledged is there, once. The long run is in tests/torture."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import make_workspace
from tests.fakes.jobs import eventually
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

KILLS = 1


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the embedded server's own user may enter."""
    made = Path(tempfile.mkdtemp(prefix="besedka-kill-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


async def test_killed_database_loses_and_doubles_nothing(folder: Path) -> None:
    async with durable_app(folder) as (app, server):
        runtime = app.state.runtime
        workspace = await make_workspace(runtime)
        chats = [await make_group(runtime, workspace) for _ in range(3)]
        log = Log()
        async with connect(app, workspace.owner) as client:
            await client.hello(*(chat.id for chat in chats))
            load = [
                asyncio.create_task(write(runtime, workspace, chats, log)) for _ in range(WRITERS)
            ]
            for _ in range(KILLS):
                await _more(log)
                await healed(runtime, server, kill(server))
            await _more(log)
            for task in load:
                task.cancel()
            await asyncio.wait(load)
            assert log.refusals > 0
            await audit(runtime, workspace, chats, log)


async def _more(log: Log) -> None:
    """Wait until some more messages have been acknowledged."""
    enough = len(log.acknowledged) + 2 * WRITERS

    async def grown() -> bool | None:
        return len(log.acknowledged) >= enough or None

    await eventually(grown, within=60.0)
