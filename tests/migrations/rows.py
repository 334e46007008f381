"""A database with many messages, and somebody who reads and writes them while it is migrated."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from besedka.migrations.run import downgrade, upgrade

FIRST = "0001"
CHATS = 100
PROBE_SECONDS = 0.02
LOOKS = 500

_PLACES = f"""
INSERT INTO workspace (id, slug, name, kind) VALUES (uuidv7(), 'firm', 'Firm', 'company');
INSERT INTO actor (workspace_id, id, kind, name) SELECT id, uuidv7(), 'system', 'Somebody' FROM workspace;
INSERT INTO conversation (workspace_id, id, kind)
  SELECT workspace_id, uuidv7(), 'group' FROM actor, generate_series(1, {CHATS});
"""
_MESSAGES = """
INSERT INTO message (workspace_id, conversation_id, seq, id, mod, sender_id, client_key, body)
SELECT c.workspace_id, c.id, n, uuidv7(), n, a.id, 'key ' || n, 'Said as number ' || n || ' of this chat.'
FROM conversation c, actor a, generate_series(1, $1::int) AS n
"""
_REFS = "INSERT INTO message_ref (workspace_id, id, conversation_id, seq) SELECT workspace_id, id, conversation_id, seq FROM message"
_SUM = """
SELECT concat(count(*), ' ', sum(hashtextextended(concat(id, conversation_id, seq, mod, sender_id, client_key, body), 0)))
FROM message
"""
_ONE = "WHERE (workspace_id, conversation_id, seq) = ($1, $2, 1)"
_READ = f"SELECT id FROM message {_ONE}"
_WRITE = f"UPDATE message SET edited_at = now() {_ONE}"


async def fill(dsn: str, messages: int) -> None:
    """Fill a database of the first revision, as one that has been in use for long."""
    conn = await asyncpg.connect(dsn)
    try:
        await conn.execute(_PLACES)
        await conn.execute(_MESSAGES, messages // CHATS)
        await conn.execute(_REFS)
        await conn.execute("ANALYZE message")
    finally:
        await conn.close()


async def checksum(dsn: str) -> str:
    """Return how many messages there are, and a sum over all that they say."""
    conn = await asyncpg.connect(dsn)
    try:
        found: str = await conn.fetchval(_SUM)
    finally:
        await conn.close()
    return found


@dataclass
class Probe:
    """How long a read, or a write, of messages had to wait at most."""

    longest: float = 0.0
    count: int = 0


@asynccontextmanager
async def probing(dsn: str) -> AsyncIterator[Probe]:
    """Read and write messages all the time."""
    conn: asyncpg.Connection = await asyncpg.connect(dsn)
    place = await conn.fetchrow("SELECT workspace_id, conversation_id FROM message LIMIT 1")
    probe = Probe()

    async def look() -> None:
        while True:
            started = time.perf_counter()
            await conn.fetchval(_READ, *place)
            await conn.execute(_WRITE, *place)
            probe.longest = max(probe.longest, time.perf_counter() - started)
            probe.count += 1
            await asyncio.sleep(PROBE_SECONDS)

    task = asyncio.create_task(look())
    try:
        yield probe
        for _ in range(LOOKS):  # the first look may still wait
            if probe.count:
                break
            await asyncio.sleep(PROBE_SECONDS)
    finally:
        task.cancel()
        await asyncio.wait([task])
        await conn.close()
    assert task.cancelled(), task.exception()


async def up_down_up(dsn: str, messages: int) -> tuple[str, float]:
    """Migrate a filled database up, down and up; returns the figures, and the longest wait of a reader or writer."""
    await asyncio.to_thread(upgrade, dsn, FIRST)
    await fill(dsn, messages)
    before, longest, said = await checksum(dsn), 0.0, []
    for step, revision in ((upgrade, "head"), (downgrade, FIRST), (upgrade, "head")):
        started = time.perf_counter()
        async with probing(dsn) as probe:
            await asyncio.to_thread(step, dsn, revision)
        took = time.perf_counter() - started
        assert await checksum(dsn) == before, f"messages changed on the way to {revision}"
        said.append(
            f"to {revision} in {took:.1f} s, {probe.count} looks, longest {probe.longest:.2f} s"
        )
        longest = max(longest, probe.longest)
    return "; ".join(said), longest
