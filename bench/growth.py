"""What a post costs while the table of messages grows from ten thousand rows to a million: it is to stay within 20 %.

Posts go through the product's own writer, one at a time, to conversations among thousands; beside them the bare insert of
`bench.room` into a table of the same size. CPU is that of this process and of PostgreSQL together.

    python -m bench.growth [--posts 1500] [--sizes 10000 100000 1000000]
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import uvloop

from bench import lab
from bench.room import BODY
from besedka.core.db.embedded import Embedded
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import ConversationId
from tests.factories import MadeWorkspace, make_workspace
from tests.kernel.realtime.rooms import draft

GROWTH_AIM = 1.2
CHATS, ROUNDS = 1000, 5
_CHATS = """
WITH made AS (
  INSERT INTO conversation (workspace_id, id, kind) SELECT $1, uuidv7(), 'group' FROM generate_series(1, $3) RETURNING id
)
INSERT INTO participant (workspace_id, conversation_id, actor_id, role)
SELECT $1, made.id, $2, 'member' FROM made RETURNING conversation_id
"""
_FILL = """
WITH grown AS (
  UPDATE conversation SET last_seq = last_seq + $3, last_public_seq = last_seq + $3, mod = mod + $3
  WHERE workspace_id = $1 RETURNING id, last_seq - $3 AS before
), made AS (
  INSERT INTO message (workspace_id, conversation_id, seq, id, mod, sender_id, client_key, body)
  SELECT $1, grown.id, before + n, uuidv7(), before + n, $2, gen_random_uuid(), $4
  FROM grown, generate_series(1, $3::int) AS n RETURNING workspace_id, id, conversation_id, seq
)
INSERT INTO message_ref (workspace_id, id, conversation_id, seq) SELECT workspace_id, id, conversation_id, seq FROM made
"""
_BARE_FILL = """
INSERT INTO bare_message (chat, sender, client_key, body)
SELECT (ARRAY(SELECT id::text FROM conversation))[1 + n % $1], $2, gen_random_uuid(), $3 FROM generate_series(1, $4) AS n
"""
_BARE = "INSERT INTO bare_message (chat, sender, client_key, body) VALUES ($1, $2, $3, $4) RETURNING id, created_at"

Post = Callable[[UUID], Awaitable[object]]


@dataclass(frozen=True)
class Cost:
    """Microseconds per post: CPU of this process and PostgreSQL, and the clock's median."""

    cpu: float
    clock: float


async def spend(postgres: Embedded, chats: Sequence[UUID], post: Post, *, count: int) -> Cost:
    """Post again and again, one at a time."""
    clocks, began = [], time.process_time() + lab.postgres_cpu(postgres)
    for _ in range(count):
        started = time.perf_counter()
        await post(random.choice(chats))
        clocks.append(time.perf_counter() - started)
    used = time.process_time() + lab.postgres_cpu(postgres) - began
    return Cost(used / count * 1e6, statistics.median(clocks) * 1e6)


def posts(runtime: Runtime, workspace: MadeWorkspace, plain: asyncpg.Connection) -> dict[str, Post]:
    """Return the product's post and the bare one."""

    async def ours(chat: UUID) -> object:
        return await service.post(runtime, draft(workspace.owner, ConversationId(chat), BODY))

    async def bare(chat: UUID) -> object:
        return await plain.fetchrow(
            _BARE, str(chat), str(workspace.owner.actor_id), uuid4().hex, BODY
        )

    return {"ours": ours, "bare": bare}


async def grow(plain: asyncpg.Connection, workspace: MadeWorkspace, rows: int) -> None:
    """Add rows to both tables."""
    sender = workspace.owner.actor_id
    await plain.execute(_FILL, workspace.id, sender, rows // CHATS, BODY, timeout=900)
    await plain.execute(_BARE_FILL, CHATS, str(sender), BODY, rows, timeout=900)
    await plain.execute("VACUUM ANALYZE message", timeout=900)
    await plain.execute("CHECKPOINT", timeout=900)


async def measure(options: argparse.Namespace, postgres: Embedded, data_dir: str) -> None:
    """Grow the tables step by step, and measure at each size."""
    plain = await asyncpg.connect(postgres.dsn.plain)
    await plain.execute(
        "CREATE TABLE bare_message (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, chat text, sender text,"
        " client_key text, body text, created_at timestamptz DEFAULT now());"
        "CREATE INDEX ON bare_message (chat, id)"
    )
    async with lab.product(postgres.dsn.plain, data_dir) as runtime:
        workspace = await make_workspace(runtime)
        made = await plain.fetch(_CHATS, workspace.id, workspace.owner.actor_id, CHATS)
        chats = [row["conversation_id"] for row in made]
        kinds, size, found = posts(runtime, workspace, plain), 0, {}
        for wanted in options.sizes:
            await grow(plain, workspace, wanted - size)
            size = wanted
            found[wanted] = await _at_size(postgres, chats, kinds, count=options.posts)
            print(f"{wanted} rows: " + "; ".join(
                f"{kind} {cost.cpu:.0f} µs CPU, p50 {cost.clock:.0f} µs" for kind, cost in found[wanted].items()
            ))  # fmt: skip
    await plain.close()
    first, last = found[options.sizes[0]], found[options.sizes[-1]]
    growth = {kind: last[kind].cpu / first[kind].cpu for kind in kinds}
    print(f"grown: {growth['ours']:.2f}× (aim ≤ {GROWTH_AIM}), bare {growth['bare']:.2f}×")


async def _at_size(
    postgres: Embedded, chats: Sequence[UUID], kinds: dict[str, Post], *, count: int
) -> dict[str, Cost]:
    """Return the medians of some rounds, in turns."""
    rounds: dict[str, list[Cost]] = {kind: [] for kind in kinds}
    for post in kinds.values():
        for (
            chat
        ) in chats:  # a page's first change after a checkpoint is dear, and growing has made one
            await post(chat)
    for _ in range(ROUNDS):
        for kind, post in kinds.items():
            rounds[kind].append(await spend(postgres, chats, post, count=count // ROUNDS))
            await asyncio.sleep(0.2)
    return {
        kind: Cost(statistics.median(c.cpu for c in each), statistics.median(c.clock for c in each))
        for kind, each in rounds.items()
    }


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--posts", type=int, default=1500)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    options = parser.parse_args()
    with lab.database() as postgres, tempfile.TemporaryDirectory() as data_dir:
        uvloop.run(measure(options, postgres, data_dir))


if __name__ == "__main__":
    main()
