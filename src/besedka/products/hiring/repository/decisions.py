"""SQL of decisions, of what candidates say against them, and of letters."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.products.hiring.types import (
    Contest,
    Decision,
    Draft,
    Letter,
    LetterKind,
    LetterState,
    Verdict,
)

_DECISION: Final = """
SELECT d.id, d.decision, d.reason, d.decided_by, d.recommended, d.created_at, coalesce(a.name, '') AS decider
FROM hiring_decision d LEFT JOIN actor a ON a.workspace_id = d.workspace_id AND a.id = d.decided_by
WHERE d.workspace_id = $1 AND d.response_id = $2 ORDER BY d.id
"""
_LETTER: Final = "id, response_id, kind, subject, body, state, send_at, written_by"


class DecisionRepository:
    """Decisions on one application."""

    def __init__(self, conn: TenantConn, response_id: UUID) -> None:
        self._conn, self._response = conn, response_id

    async def list_all(self) -> list[Decision]:
        """Return the decisions, the oldest first."""
        rows = await self._conn.fetch(_DECISION, self._conn.workspace, self._response)
        return [_decision(row) for row in rows]

    async def insert(
        self, verdict: Verdict, *, reason: str, by: ActorId, recommended: bool | None
    ) -> None:
        """Add a decision."""
        await self._conn.execute(
            "INSERT INTO hiring_decision (workspace_id, id, response_id, decision, reason, decided_by, recommended)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self._conn.workspace, new_id(), self._response, verdict, reason, by, recommended,
        )  # fmt: skip

    async def contests(self) -> list[Contest]:
        """Return what the candidate said against decisions, the oldest first."""
        rows = await self._conn.fetch(
            "SELECT id, body, created_at FROM hiring_contest WHERE workspace_id = $1 AND response_id = $2 ORDER BY id",
            self._conn.workspace, self._response,
        )  # fmt: skip
        return [Contest(row["id"], row["body"], row["created_at"]) for row in rows]

    async def contest(self, body: str) -> None:
        """Add what the candidate says against the decision."""
        await self._conn.execute(
            "INSERT INTO hiring_contest (workspace_id, id, response_id, body) VALUES ($1, $2, $3, $4)",
            self._conn.workspace, new_id(), self._response, body,
        )  # fmt: skip


class HiringLetters:
    """Letters of one workspace to candidates."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(self, letter: Letter) -> None:
        """Add a letter."""
        await self._conn.execute(
            "INSERT INTO hiring_letter (workspace_id, id, response_id, kind, subject, body, state, send_at, written_by)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            self._conn.workspace, letter.id, letter.response_id, letter.draft.kind, letter.draft.subject,
            letter.draft.body, letter.state, letter.send_at, letter.written_by,
        )  # fmt: skip

    async def of_response(self, response_id: UUID) -> list[Letter]:
        """Return the letters about an application, the oldest first."""
        rows = await self._conn.fetch(
            f"SELECT {_LETTER} FROM hiring_letter WHERE workspace_id = $1 AND response_id = $2 ORDER BY id",
            self._conn.workspace, response_id,
        )  # fmt: skip
        return [_letter(row) for row in rows]

    async def lock_waiting(self, letter_id: UUID) -> Letter | None:
        """Lock a letter that has not left."""
        row = await self._conn.fetchrow(
            f"SELECT {_LETTER} FROM hiring_letter WHERE workspace_id = $1 AND id = $2 AND state = 'waiting' FOR UPDATE",
            self._conn.workspace, letter_id,
        )  # fmt: skip
        return _letter(row) if row else None

    async def mark(self, letter_id: UUID, state: LetterState) -> None:
        """Note that a letter has left, or will not."""
        await self._conn.execute(
            "UPDATE hiring_letter SET state = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, letter_id, state,
        )  # fmt: skip

    async def cancel_waiting(self, response_id: UUID) -> None:
        """Take back the letters about an application that have not left."""
        await self._conn.execute(
            "UPDATE hiring_letter SET state = 'cancelled' WHERE workspace_id = $1 AND response_id = $2"
            " AND state = 'waiting'",
            self._conn.workspace, response_id,
        )  # fmt: skip


class Expired:
    """Applications of all workspaces whose time is over."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def contacts(self, *, limit: int) -> Sequence[tuple[WorkspaceId, ActorId]]:
        """Return candidates none of whose applications is to be kept any longer; who was hired is kept."""
        rows = await self._conn.fetch(
            "SELECT c.workspace_id, c.contact_id FROM candidate c JOIN candidate_response r"
            " ON r.workspace_id = c.workspace_id AND r.candidate_id = c.id"
            " JOIN vacancy v ON v.workspace_id = r.workspace_id AND v.id = r.vacancy_id"
            " WHERE c.contact_id IS NOT NULL GROUP BY c.workspace_id, c.contact_id"
            " HAVING bool_and(r.status <> 'hired' AND r.moved_at < now() - make_interval(days => v.keep_days)) LIMIT $1",
            limit,
        )
        return [(WorkspaceId(row["workspace_id"]), ActorId(row["contact_id"])) for row in rows]


def _decision(row: Row) -> Decision:
    return Decision(
        id=row["id"], verdict=Verdict(row["decision"]), reason=row["reason"], decided_by=ActorId(row["decided_by"]),
        decider=row["decider"], recommended=row["recommended"], created_at=row["created_at"],
    )  # fmt: skip


def _letter(row: Row) -> Letter:
    return Letter(
        id=row["id"], response_id=row["response_id"], state=LetterState(row["state"]), send_at=row["send_at"],
        draft=Draft(kind=LetterKind(row["kind"]), subject=row["subject"], body=row["body"]),
        written_by=ActorId(row["written_by"]),
    )  # fmt: skip
