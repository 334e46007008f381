"""SQL of gaps."""

from collections.abc import Sequence
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.products.training.types import Example, Gap, GapState

_ASKED = (
    "FROM gap_question q JOIN reply_run r ON r.workspace_id = q.workspace_id AND r.id = q.id"
    " JOIN message m ON m.workspace_id = r.workspace_id AND m.conversation_id = r.conversation_id"
    " AND m.seq = r.question_seq AND m.deleted_at IS NULL"
)
_GAP = (
    "SELECT g.id, g.assistant_id, g.state, g.created_at, g.last_asked, g.question, g.answer, g.source_id,"
    " s.title, s.asked FROM gap g CROSS JOIN LATERAL (SELECT count(*) AS asked,"
    f" (array_agg(m.body ORDER BY q.id DESC))[1] AS title {_ASKED}"
    " WHERE q.workspace_id = g.workspace_id AND q.gap_id = g.id) s"
    " WHERE g.workspace_id = $1 AND g.assistant_id = $2 AND s.asked > 0"
)
_UNGROUPED = (
    "FROM reply_run r JOIN message m ON m.workspace_id = r.workspace_id AND m.conversation_id = r.conversation_id"
    " AND m.seq = r.question_seq AND m.deleted_at IS NULL AND m.body <> ''"
    " WHERE r.workspace_id = $1 AND r.assistant_id = $2 AND r.state = 'done' AND r.mode = 'unknown'"
    " AND NOT EXISTS (SELECT FROM gap_question q WHERE q.workspace_id = r.workspace_id AND q.id = r.id)"
)


class GapRepository:
    """Gaps of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def lock(self, assistant_id: ActorId) -> None:
        """Let nobody else group an assistant's questions until the commit."""
        await self._conn.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"gap:{assistant_id}"
        )

    async def known(
        self, assistant_id: ActorId, *, limit: int
    ) -> list[tuple[UUID, frozenset[str]]]:
        """Return the latest gaps with the stems of their first question."""
        rows = await self._conn.fetch(
            "SELECT id, stems FROM gap WHERE workspace_id = $1 AND assistant_id = $2"
            " ORDER BY last_asked DESC LIMIT $3",
            self._conn.workspace, assistant_id, limit,
        )  # fmt: skip
        return [(row["id"], frozenset(row["stems"])) for row in rows]

    async def insert(self, assistant_id: ActorId, stems: Sequence[str]) -> UUID:
        """Add a gap."""
        made = new_id()
        await self._conn.execute(
            "INSERT INTO gap (workspace_id, id, assistant_id, state, stems, last_asked)"
            " VALUES ($1, $2, $3, 'open', $4, now())",
            self._conn.workspace, made, assistant_id, list(stems),
        )  # fmt: skip
        return made

    async def has(self, run_id: UUID) -> bool:
        """Whether a run's question is in a gap."""
        return bool(
            await self._conn.fetchval(
                "SELECT true FROM gap_question WHERE workspace_id = $1 AND id = $2",
                self._conn.workspace, run_id,
            )
        )  # fmt: skip

    async def add_question(self, gap_id: UUID, run_id: UUID) -> None:
        """Add a question. A published gap is open again: its answer was not enough."""
        await self._conn.execute(
            "WITH made AS (INSERT INTO gap_question (workspace_id, id, gap_id) VALUES ($1, $3, $2)"
            "  ON CONFLICT DO NOTHING RETURNING id)"
            " UPDATE gap SET state = CASE gap.state WHEN 'published' THEN 'open' ELSE gap.state END,"
            " last_asked = greatest(gap.last_asked, r.created_at) FROM made"
            " JOIN reply_run r ON r.workspace_id = $1 AND r.id = made.id"
            " WHERE gap.workspace_id = $1 AND gap.id = $2",
            self._conn.workspace, gap_id, run_id,
        )  # fmt: skip

    async def ungrouped(self, assistant_id: ActorId, *, limit: int) -> list[UUID]:
        """Return runs that answered nothing and are in no gap, oldest first."""
        rows = await self._conn.fetch(
            f"SELECT r.id {_UNGROUPED} ORDER BY r.id LIMIT $3",
            self._conn.workspace, assistant_id, limit,
        )  # fmt: skip
        return [row["id"] for row in rows]

    async def page(self, assistant_id: ActorId, state: GapState, *, limit: int) -> list[Gap]:
        """Return gaps of a state, those asked most first."""
        rows = await self._conn.fetch(
            f"{_GAP} AND g.state = $3 ORDER BY s.asked DESC, g.last_asked DESC LIMIT $4",
            self._conn.workspace, assistant_id, state, limit,
        )  # fmt: skip
        return [_gap(row) for row in rows]

    async def find(self, assistant_id: ActorId, gap_id: UUID) -> Gap | None:
        """Return a gap."""
        row = await self._conn.fetchrow(
            f"{_GAP} AND g.id = $3", self._conn.workspace, assistant_id, gap_id
        )
        return None if row is None else _gap(row)

    async def examples(self, gap_id: UUID, *, limit: int) -> list[Example]:
        """Return questions of a gap, newest first."""
        rows = await self._conn.fetch(
            "SELECT r.id, r.conversation_id, m.body, coalesce(r.confidence, 0) AS confidence, r.created_at"
            f" {_ASKED} WHERE q.workspace_id = $1 AND q.gap_id = $2 ORDER BY q.id DESC LIMIT $3",
            self._conn.workspace, gap_id, limit,
        )  # fmt: skip
        return [Example(*row.values()) for row in rows]

    async def set_draft(self, gap_id: UUID, *, question: str, answer: str) -> None:
        """Keep what the pair is to be."""
        await self._conn.execute(
            "UPDATE gap SET question = $3, answer = $4 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, gap_id, question, answer,
        )  # fmt: skip

    async def set_state(self, gap_id: UUID, state: GapState, *, source_id: UUID | None) -> None:
        """Say what became of a gap."""
        await self._conn.execute(
            "UPDATE gap SET state = $3, source_id = $4 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, gap_id, state, source_id,
        )  # fmt: skip


def _gap(row: Row) -> Gap:
    return Gap(
        id=row["id"], assistant_id=ActorId(row["assistant_id"]), state=GapState(row["state"]),
        title=row["title"], asked=row["asked"], created_at=row["created_at"], last_asked=row["last_asked"],
        question=row["question"], answer=row["answer"], source_id=row["source_id"],
    )  # fmt: skip
