"""SQL of times to meet, and of what came with the form of the careers page."""

from datetime import datetime
from typing import Final
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.products.hiring.meeting import Offer, Slot, SlotState
from besedka.products.hiring.types import Sent

_SLOT: Final = """
SELECT s.id, s.response_id, s.starts_at, s.minutes, s.zone, s.place, s.state, s.offered_by, EXISTS (
  SELECT FROM interview_slot o JOIN candidate_response r ON r.workspace_id = o.workspace_id AND r.id = o.response_id
  WHERE o.workspace_id = s.workspace_id AND o.offered_by = s.offered_by AND o.state = 'taken'
    AND o.response_id <> s.response_id AND r.status NOT IN ('withdrawn', 'rejected')
    AND o.starts_at < s.starts_at + make_interval(mins => s.minutes)
    AND o.starts_at + make_interval(mins => o.minutes) > s.starts_at
) AS is_busy
FROM interview_slot s
"""


class SlotRepository:
    """Times of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(
        self, response_id: UUID, offer: Offer, *, zone: str, place: str, by: ActorId
    ) -> None:
        """Add a time."""
        await self._conn.execute(
            "INSERT INTO interview_slot (workspace_id, id, response_id, starts_at, minutes, zone, place, state, offered_by)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, 'offered', $8)",
            self._conn.workspace, new_id(), response_id, offer.starts_at, offer.minutes, zone, place, by,
        )  # fmt: skip

    async def of_response(self, response_id: UUID) -> list[Slot]:
        """Return the times of an application that were not withdrawn, in order."""
        rows = await self._conn.fetch(
            f"{_SLOT} WHERE s.workspace_id = $1 AND s.response_id = $2 AND s.state <> 'withdrawn' ORDER BY s.starts_at, s.id",
            self._conn.workspace, response_id,
        )  # fmt: skip
        return [_slot(row) for row in rows]

    async def hold(self, offered_by: ActorId) -> None:
        """Wait for whoever takes a time of the same person, until the end of the transaction."""
        await self._conn.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"interview_slot:{offered_by}"
        )

    async def mark(self, slot_id: UUID, state: SlotState, *, at: datetime) -> None:
        """Note what became of a time."""
        await self._conn.execute(
            "UPDATE interview_slot SET state = $3, changed_at = $4 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, slot_id, state, at,
        )  # fmt: skip


class SentRepository:
    """What candidates of one workspace sent with the form."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(self, response_id: UUID, sent: Sent) -> None:
        """Keep it."""
        await self._conn.execute(
            "INSERT INTO hiring_application (workspace_id, id, response_id, consent_version, consent_text, file_id)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            self._conn.workspace, new_id(), response_id, sent.consent_version, sent.consent_text, sent.file_id,
        )  # fmt: skip

    async def find(self, response_id: UUID) -> Sent | None:
        """Return it; None of an application that came otherwise."""
        row = await self._conn.fetchrow(
            "SELECT consent_version, consent_text, file_id, created_at FROM hiring_application"
            " WHERE workspace_id = $1 AND response_id = $2",
            self._conn.workspace, response_id,
        )  # fmt: skip
        if row is None:
            return None
        return Sent(
            row["consent_version"], row["consent_text"], row["file_id"], agreed_at=row["created_at"]
        )

    async def files_of(self, contacts: list[ActorId]) -> list[UUID]:
        """Return the files that contacts sent."""
        rows = await self._conn.fetch(
            "SELECT a.file_id FROM hiring_application a"
            " JOIN candidate_response r ON r.workspace_id = a.workspace_id AND r.id = a.response_id"
            " JOIN candidate c ON c.workspace_id = r.workspace_id AND c.id = r.candidate_id"
            " WHERE a.workspace_id = $1 AND c.contact_id = ANY($2::uuid[]) AND a.file_id IS NOT NULL",
            self._conn.workspace, contacts,
        )  # fmt: skip
        return [row["file_id"] for row in rows]


def _slot(row: Row) -> Slot:
    return Slot(
        id=row["id"], response_id=row["response_id"], starts_at=row["starts_at"], minutes=row["minutes"],
        zone=row["zone"], place=row["place"], state=SlotState(row["state"]), offered_by=ActorId(row["offered_by"]),
        is_busy=row["is_busy"],
    )  # fmt: skip
