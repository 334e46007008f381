"""SQL of interviews that are only tried out."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.types import ConversationId
from besedka.products.hiring.types import Person

_TRIED: Final = """
SELECT r.workspace_id, r.id, r.candidate_id, r.conversation_id, c.contact_id
FROM candidate_response r JOIN candidate c ON c.workspace_id = r.workspace_id AND c.id = r.candidate_id
WHERE c.tried_by IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """What belongs to an interview that is tried out."""

    response_id: UUID
    candidate_id: UUID
    conversation_id: ConversationId
    contact_id: ActorId


class TrialRepository:
    """What the people of one workspace try out."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def add(
        self, candidate_id: UUID, person: Person, *, by: ActorId, token_hash: bytes
    ) -> None:
        """Add a candidate who is nobody."""
        await self._conn.execute(
            "INSERT INTO candidate (workspace_id, id, full_name, email, city, resume_text, token_hash, tried_by)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            self._conn.workspace, candidate_id, person.full_name, person.email, person.city, person.resume_text,
            token_hash, by,
        )  # fmt: skip

    async def of_vacancy(self, vacancy_id: UUID, by: ActorId | None) -> list[Tried]:
        """Return what somebody, or without one whoever, tries out of a vacancy."""
        rows = await self._conn.fetch(
            f"{_TRIED} AND r.workspace_id = $1 AND r.vacancy_id = $2 AND ($3::uuid IS NULL OR c.tried_by = $3)",
            self._conn.workspace, vacancy_id, by,
        )  # fmt: skip
        return [_tried(row) for row in rows]

    async def remove(self, candidate_id: UUID) -> None:
        """Delete a candidate who is nobody, with the interview."""
        await self._conn.execute(
            "DELETE FROM candidate WHERE workspace_id = $1 AND id = $2 AND tried_by IS NOT NULL",
            self._conn.workspace, candidate_id,
        )  # fmt: skip

    @staticmethod
    async def old(conn: SystemConn, *, hours: int, limit: int) -> list[tuple[WorkspaceId, Tried]]:
        """Return what was tried out so long ago, in all workspaces."""
        rows = await conn.fetch(
            f"{_TRIED} AND c.created_at < now() - make_interval(hours => $1) LIMIT $2", hours, limit
        )
        return [(WorkspaceId(row["workspace_id"]), _tried(row)) for row in rows]


def _tried(row: Row) -> Tried:
    return Tried(
        row["id"], row["candidate_id"], ConversationId(row["conversation_id"]), ActorId(row["contact_id"])
    )  # fmt: skip
