"""SQL of candidates, in the intake or in a company."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId
from besedka.products.hiring.types import Candidate, Person, Sort

_COLUMNS: Final = "id, full_name, email, phone, city, resume_text, contact_id, created_at"
_ADD: Final = """
INSERT INTO candidate (workspace_id, id, full_name, email, phone, city, resume_text, token_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (workspace_id, id) DO NOTHING
"""


class CandidateRepository:
    """Candidates of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def ensure(self, candidate_id: UUID, person: Person, *, token_hash: bytes) -> None:
        """Add a candidate unless it is there; waits for whoever is adding it."""
        await self._conn.execute(
            _ADD, self._conn.workspace, candidate_id, person.full_name, person.email, person.phone, person.city,
            person.resume_text, token_hash,
        )  # fmt: skip

    async def set_contact(self, candidate_id: UUID, contact: ActorId) -> None:
        """Say who the candidate is in the company's conversations."""
        await self._conn.execute(
            "UPDATE candidate SET contact_id = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, candidate_id, contact,
        )  # fmt: skip

    async def find(self, candidate_id: UUID) -> Candidate | None:
        """Return a candidate."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM candidate WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, candidate_id,
        )  # fmt: skip
        return candidate_of(row) if row else None

    async def lock(self, candidate_id: UUID) -> tuple[Candidate, bytes] | None:
        """Lock a candidate, and return it with the hash of its token."""
        row = await self._conn.fetchrow(
            f"UPDATE candidate SET seen_at = now() WHERE workspace_id = $1 AND id = $2 RETURNING {_COLUMNS}, token_hash",
            self._conn.workspace, candidate_id,
        )  # fmt: skip
        return (candidate_of(row), row["token_hash"]) if row else None

    async def find_by_token(self, candidate_id: UUID, token_hash: bytes) -> Candidate | None:
        """Return a candidate whose token this is."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM candidate WHERE workspace_id = $1 AND id = $2 AND token_hash = $3",
            self._conn.workspace, candidate_id, token_hash,
        )  # fmt: skip
        return candidate_of(row) if row else None

    async def page(
        self, *, text: str, city: list[str] | None, before: tuple[datetime, UUID] | None, limit: int,
        sort: Sort = Sort.NEWEST,
    ) -> list[Candidate]:  # fmt: skip
        """Return candidates."""
        sign, order = ("<", "DESC") if sort is Sort.NEWEST else (">", "ASC")
        moment, last = before or (None, None)
        rows = await self._conn.fetch(
            f"SELECT {_COLUMNS} FROM candidate WHERE workspace_id = $1"
            " AND ($2 = '' OR position($2 IN lower(full_name || ' ' || email || ' ' || resume_text)) > 0)"
            " AND ($3::text[] IS NULL OR lower(city) = ANY($3::text[]))"
            f" AND ($4::timestamptz IS NULL OR (created_at, id) {sign} ($4, $5)) AND tried_by IS NULL"
            f" ORDER BY created_at {order}, id {order} LIMIT $6",
            self._conn.workspace, text.lower(), city, moment, last, limit,
        )  # fmt: skip
        return [candidate_of(row) for row in rows]

    async def repoint(self, survivor: ActorId, merged: ActorId) -> list[UUID]:
        """Let the candidates of a contact belong to another, and return which they are."""
        rows = await self._conn.fetch(
            "UPDATE candidate SET contact_id = $2 WHERE workspace_id = $1 AND contact_id = $3 RETURNING id",
            self._conn.workspace, survivor, merged,
        )  # fmt: skip
        return [row["id"] for row in rows]

    async def give_back(self, contact: ActorId, moved: Sequence[UUID]) -> None:
        """Let candidates belong to a contact again."""
        await self._conn.execute(
            "UPDATE candidate SET contact_id = $2 WHERE workspace_id = $1 AND id = ANY($3::uuid[])",
            self._conn.workspace, contact, list(moved),
        )  # fmt: skip

    async def forget(self, contacts: list[ActorId]) -> None:
        """Delete the candidates of contacts, with their applications."""
        await self._conn.execute(
            "DELETE FROM candidate WHERE workspace_id = $1 AND contact_id = ANY($2)",
            self._conn.workspace, contacts,
        )  # fmt: skip

    async def drop(self, candidate_id: UUID) -> None:
        """Delete a candidate who is no contact."""
        await self._conn.execute(
            "DELETE FROM candidate WHERE workspace_id = $1 AND id = $2 AND contact_id IS NULL",
            self._conn.workspace, candidate_id,
        )  # fmt: skip

    async def count_new(self, *, most: int) -> int:
        """Return how many came in the last minute, up to so many, of those who are no contact."""
        return int(
            await self._conn.fetchval(
                "SELECT count(*) FROM (SELECT FROM candidate WHERE workspace_id = $1 AND contact_id IS NULL"
                " AND seen_at > now() - interval '1 minute' LIMIT $2) found",
                self._conn.workspace, most,
            )
        )  # fmt: skip

    async def sweep(self, *, days: int) -> None:
        """Delete candidates of the intake who applied nowhere for so long."""
        await self._conn.execute(
            "DELETE FROM candidate WHERE workspace_id = $1 AND contact_id IS NULL"
            " AND seen_at < now() - make_interval(days => $2)",
            self._conn.workspace, days,
        )  # fmt: skip


def candidate_of(row: Row) -> Candidate:
    """Return the candidate of a row."""
    return Candidate(
        id=row["id"],
        contact_id=row["contact_id"],
        created_at=row["created_at"],
        person=person_of(row),
    )


def person_of(row: Row) -> Person:
    """Return what the candidate of a row tells of themselves."""
    return Person(
        full_name=row["full_name"], email=row["email"], phone=row["phone"], city=row["city"],
        resume_text=row["resume_text"],
    )  # fmt: skip
