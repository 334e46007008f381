"""SQL of what recruiters look at: the board, how far applications come, and what people decided otherwise."""

from typing import Final
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.products.hiring.recruiting import Note, Override, Stage, Stop, Way
from besedka.products.hiring.repository.responses import (
    CHOSEN,
    ENTRY,
    FROM_ENTRIES,
    ORDERS,
    chosen,
    entry_of,
)
from besedka.products.hiring.types import (
    Entry,
    ResponseFilter,
    ResponseSort,
    Status,
    Step,
    Verdict,
)

_OF: Final = """
FROM candidate_response r JOIN candidate c ON c.workspace_id = r.workspace_id AND c.id = r.candidate_id AND c.tried_by IS NULL
"""
_WAYS: Final = f"""
WITH steps AS (
  SELECT r.id, r.created_at AS applied, r.status,
    min(t.created_at) FILTER (WHERE t.step = 'notice') AS opened,
    min(t.created_at) FILTER (WHERE t.step = 'consented') AS agreed,
    min(t.created_at) FILTER (WHERE t.step = 'completed') AS finished
  {_OF} LEFT JOIN interview_transition t ON t.workspace_id = r.workspace_id AND t.response_id = r.id
  WHERE r.workspace_id = $1 AND r.vacancy_id = $2 GROUP BY r.workspace_id, r.id
), verdicts AS (
  SELECT s.id, min(d.created_at) AS decided, min(d.created_at) FILTER (WHERE d.decision IN ('invited', 'hired')) AS invited,
    min(d.created_at) FILTER (WHERE d.decision = 'hired') AS hired
  FROM steps s JOIN hiring_decision d ON d.workspace_id = $1 AND d.response_id = s.id GROUP BY s.id
)
SELECT s.applied, s.opened, s.agreed, s.finished, v.decided, v.invited, v.hired, s.status
FROM steps s LEFT JOIN verdicts v ON v.id = s.id
"""


class BoardRepository:
    """What is seen of a workspace's applications together."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def counts(self) -> dict[UUID, dict[Status, int]]:
        """Return how many applications each vacancy has in each status."""
        rows = await self._conn.fetch(
            f"SELECT r.vacancy_id, r.status, count(*) AS number {_OF} WHERE r.workspace_id = $1"
            " GROUP BY r.vacancy_id, r.status",
            self._conn.workspace,
        )  # fmt: skip
        found: dict[UUID, dict[Status, int]] = {}
        for row in rows:
            found.setdefault(row["vacancy_id"], {})[Status(row["status"])] = row["number"]
        return found

    async def columns(self, wanted: ResponseFilter) -> list[tuple[Entry, int]]:
        """Return the first applications of each status, each with how many the status has."""
        figure, _ = ORDERS[wanted.sort]
        order = "ASC" if wanted.sort is ResponseSort.OLDEST else "DESC"
        rows = await self._conn.fetch(
            f"SELECT * FROM (SELECT {ENTRY}, count(*) OVER (PARTITION BY r.status) AS together,"
            f" row_number() OVER (PARTITION BY r.status ORDER BY {figure} {order}, r.id {order}) AS place"
            f"{FROM_ENTRIES}{CHOSEN}) found WHERE place <= $7 ORDER BY place",
            *chosen(self._conn, wanted), wanted.limit,
        )  # fmt: skip
        return [(entry_of(row), row["together"]) for row in rows]

    async def ways(self, vacancy_id: UUID) -> list[Way]:
        """Return when each application for a vacancy came how far."""
        rows = await self._conn.fetch(_WAYS, self._conn.workspace, vacancy_id)
        return [_way(row) for row in rows]

    async def stops(self, vacancy_id: UUID) -> list[Stop]:
        """Return at which question how many interviews stand that are not finished."""
        rows = await self._conn.fetch(
            f"SELECT r.at, r.questions->r.at->>'text' AS question, count(*) AS number {_OF}"
            " WHERE r.workspace_id = $1 AND r.vacancy_id = $2 AND r.status IN ('new', 'interviewing', 'withdrawn')"
            " AND NOT EXISTS (SELECT FROM interview_transition t WHERE t.workspace_id = r.workspace_id"
            " AND t.response_id = r.id AND t.step = $3)"
            " GROUP BY 1, 2 ORDER BY 1, 3 DESC",
            self._conn.workspace, vacancy_id, Step.COMPLETED,
        )  # fmt: skip
        return [Stop(row["at"], row["question"] or "", row["number"]) for row in rows]

    async def overrides(self, vacancy_id: UUID, *, limit: int) -> list[Override]:
        """Return decisions that are not what was recommended, the newest first."""
        rows = await self._conn.fetch(
            "SELECT d.response_id, d.decision, d.reason, d.recommended, d.created_at, c.full_name,"
            f" coalesce(a.name, '') AS decider {_OF}"
            " JOIN hiring_decision d ON d.workspace_id = r.workspace_id AND d.response_id = r.id"
            " LEFT JOIN actor a ON a.workspace_id = d.workspace_id AND a.id = d.decided_by"
            " WHERE r.workspace_id = $1 AND r.vacancy_id = $2 AND d.decision <> 'reopened'"
            " AND d.recommended = (d.decision = 'rejected') ORDER BY d.id DESC LIMIT $3",
            self._conn.workspace, vacancy_id, limit,
        )  # fmt: skip
        return [
            Override(
                response_id=row["response_id"], candidate=row["full_name"], verdict=Verdict(row["decision"]),
                recommended=row["recommended"], reason=row["reason"], decider=row["decider"],
                created_at=row["created_at"],
            )
            for row in rows
        ]  # fmt: skip


class NoteRepository:
    """Notes about one application."""

    def __init__(self, conn: TenantConn, response_id: UUID) -> None:
        self._conn, self._response = conn, response_id

    async def insert(self, body: str, *, by: ActorId) -> None:
        """Add a note."""
        await self._conn.execute(
            "INSERT INTO hiring_note (workspace_id, id, response_id, body, written_by) VALUES ($1, $2, $3, $4, $5)",
            self._conn.workspace, new_id(), self._response, body, by,
        )  # fmt: skip

    async def list_all(self) -> list[Note]:
        """Return the notes, the newest first."""
        rows = await self._conn.fetch(
            "SELECT n.id, n.body, n.created_at, coalesce(a.name, '') AS author FROM hiring_note n"
            " LEFT JOIN actor a ON a.workspace_id = n.workspace_id AND a.id = n.written_by"
            " WHERE n.workspace_id = $1 AND n.response_id = $2 ORDER BY n.id DESC",
            self._conn.workspace, self._response,
        )  # fmt: skip
        return [Note(row["id"], row["body"], row["author"], row["created_at"]) for row in rows]


def _way(row: Row) -> Way:
    return Way(
        moments={stage: row[stage] for stage in Stage if row[stage] is not None},
        decided=row["decided"],
        status=Status(row["status"]),
    )
