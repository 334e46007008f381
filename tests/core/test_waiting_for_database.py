"""A process that starts before its database does."""

import asyncio

import pytest

from besedka.core.db import database
from besedka.core.db.database import wait_for
from besedka.core.db.dsn import normalise
from besedka.core.errors import DatabaseAway
from tests.torture.installation import free_port

NOBODY = "postgresql://x@127.0.0.1:{}/x"


async def test_database_that_comes_up_later_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database, "PAUSE_SECONDS", 0.05)
    port, asked = free_port(), asyncio.Event()

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        writer.close()

    waiting = asyncio.create_task(wait_for(normalise(NOBODY.format(port)), seconds=60))
    await asyncio.sleep(0.1)
    async with await asyncio.start_server(hang_up, "127.0.0.1", port), asyncio.timeout(20):
        await asked.wait()
    assert not waiting.done()
    waiting.cancel()


async def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PAUSE_SECONDS", 0.01)
    with pytest.raises(DatabaseAway):
        await wait_for(normalise(NOBODY.format(free_port())), seconds=0.03)


async def test_only_a_server_is_waited_for(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PAUSE_SECONDS", 3600.0)
    dsn = normalise(database_url)
    await wait_for(dsn, seconds=7200)
    name = dsn.plain.partition("?")[0].rpartition("/")[2]
    missing = normalise(dsn.plain.replace(f"/{name}", "/no_such_database", 1))
    async with asyncio.timeout(60):
        with pytest.raises(DatabaseAway):
            await wait_for(missing, seconds=7200)
