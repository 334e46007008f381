"""A list of 200 chats with their counts, and the changes since a cursor, among a million messages; both in SQL alone.

The list is two statements of the product on one connection, against one bare join of the same rows without counts; the changes are
one statement, against the bare range of the same index.

    python -m bench.lists [--messages 1000000] [--rounds 200]
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import uvloop

from bench import lab
from bench.growth import _CHATS, _FILL
from bench.room import BODY
from besedka.core.db.connection import TenantConn
from besedka.core.db.embedded import Embedded
from besedka.core.ids import ActorId
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import ChatFilter, ConversationId, Kind, Place, Viewer
from tests.factories import make_person, make_workspace

LIST_AIM, CHANGES_AIM = 10.0, 1.0
CHATS, MINE, NEW = 1000, 200, 5
_BARE_LIST = """
SELECT c.id, c.title, c.last_seq, p.read_seq FROM participant p
JOIN conversation c ON c.workspace_id = p.workspace_id AND c.id = p.conversation_id
WHERE p.workspace_id = $1 AND p.actor_id = $2 ORDER BY c.last_message_at DESC LIMIT 200
"""
_BARE_CHANGES = "SELECT id, seq, mod, body FROM message WHERE workspace_id = $1 AND conversation_id = $2 AND mod > $3 ORDER BY mod LIMIT 200"

Ask = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Cost:
    """Milliseconds: the clock's median, and the CPU of this process and of PostgreSQL."""

    clock: float
    own: float
    database: float

    def __str__(self) -> str:
        return f"p50 {self.clock:.2f} ms; CPU {self.own:.2f} ms here, {self.database:.2f} ms in PostgreSQL"


async def spend(postgres: Embedded, asked: Ask, rounds: int) -> Cost:
    """Ask again and again."""
    for _ in range(10):
        await asked()
    taken, own, database = [], time.process_time(), lab.postgres_cpu(postgres)
    for _ in range(rounds):
        started = time.perf_counter()
        await asked()
        taken.append(time.perf_counter() - started)
    own, database = time.process_time() - own, lab.postgres_cpu(postgres) - database
    return Cost(statistics.median(taken) * 1e3, own / rounds * 1e3, database / rounds * 1e3)


def asks(conn: TenantConn, me: ActorId, chats: list[UUID], head: int) -> dict[str, tuple[Ask, Ask]]:
    """Return the list and the changes, each with its bare counterpart."""

    async def list_chats() -> object:
        entries = await service.list_conversations(
            conn, me, ChatFilter(kinds=[Kind.GROUP], place=Place.ACTIVE), limit=MINE
        )
        behind = [e.conversation.id for e in entries if e.conversation.last_seq > e.read_seq]
        assert len(entries) == MINE
        assert len(await service.count_unread(conn, me, behind)) == MINE
        return entries

    async def list_bare() -> object:
        return await conn.fetch(_BARE_LIST, conn.workspace, me)

    async def changes() -> object:
        chat = ConversationId(random.choice(chats))
        found = await service.changes_since(
            conn, chat, viewer=Viewer(actor_id=me, internal=True), since_mod=head - NEW
        )
        assert len(found) == NEW
        return found

    async def changes_bare() -> object:
        return await conn.fetch(_BARE_CHANGES, conn.workspace, random.choice(chats), head - NEW)

    return {"list": (list_chats, list_bare), "changes": (changes, changes_bare)}


async def measure(options: argparse.Namespace, postgres: Embedded, data_dir: str) -> None:
    """Fill the tables, then ask."""
    dsn = postgres.dsn.plain
    plain = await asyncpg.connect(dsn)
    async with lab.product(dsn, data_dir) as runtime:
        workspace = await make_workspace(runtime)
        me = await make_person(runtime, workspace)
        sender, head = workspace.owner.actor_id, options.messages // CHATS
        made = await plain.fetch(_CHATS, workspace.id, sender, CHATS)
        chats = [row["conversation_id"] for row in made][:MINE]
        await plain.execute(_FILL, workspace.id, sender, head, BODY, timeout=900)
        await plain.execute(
            "INSERT INTO participant (workspace_id, conversation_id, actor_id, role, read_seq)"
            " SELECT $1, id, $2, 'member', $4 * random() FROM unnest($3::uuid[]) AS id",
            workspace.id, me.actor_id, chats, head - 1,
        )  # fmt: skip
        await plain.execute(
            "UPDATE conversation SET last_message_at = now() - random() * interval '9 days'"
        )
        await plain.execute("VACUUM ANALYZE", timeout=900)
        async with runtime.db.fast.acquire(workspace.id) as conn:
            for name, (ours, bare) in asks(conn, me.actor_id, chats, head).items():
                took = await spend(postgres, ours, options.rounds)
                least = await spend(postgres, bare, options.rounds)
                aim = LIST_AIM if name == "list" else CHANGES_AIM
                print(f"{name}: {took} (aim: p50 ≤ {aim}); bare: {least}")
    await plain.close()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    with lab.database() as postgres, tempfile.TemporaryDirectory() as data_dir:
        uvloop.run(measure(options, postgres, data_dir))


if __name__ == "__main__":
    main()
