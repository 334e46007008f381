"""SQL of audit events: they are added, sealed and read, nothing else."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.audit.types import AuditEvent, Filter, Head, Link, Sealed

_LINK = "id, actor_id, action, target_type, target_id, detail::text AS detail, created_at"


class AuditRepository:
    """Audit events of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(self, event: AuditEvent) -> None:
        """Add an event."""
        await self._conn.execute(
            "INSERT INTO audit_event (workspace_id, id, actor_id, action, target_type, target_id, detail,"
            " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            self._conn.workspace, event.id, event.actor_id, event.action, event.target_type,
            event.target_id, dict(event.detail), event.created_at,
        )  # fmt: skip

    async def page(self, wanted: Filter, *, before: UUID | None, limit: int) -> list[AuditEvent]:
        """Return events, newest first."""
        rows = await self._conn.fetch(
            "SELECT id, actor_id, action, target_type, target_id, detail, created_at FROM audit_event"
            " WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id < $2)"
            " AND ($3::uuid IS NULL OR actor_id = $3) AND ($4::text IS NULL OR action = $4)"
            " AND ($5::uuid IS NULL OR target_id = $5) ORDER BY id DESC LIMIT $6",
            self._conn.workspace, before, wanted.actor_id, wanted.action, wanted.target_id, limit,
        )  # fmt: skip
        return [
            AuditEvent(
                id=row["id"],
                actor_id=None if row["actor_id"] is None else ActorId(row["actor_id"]),
                action=row["action"], target_type=row["target_type"], target_id=row["target_id"],
                detail=row["detail"], created_at=row["created_at"],
            )
            for row in rows
        ]  # fmt: skip


class ChainRepository:
    """The chain of one workspace. Lock: the head's row, before events are read that are to be sealed."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find_head(self) -> Head | None:
        """Return the head."""
        return _head(
            await self._conn.fetchrow(
                "SELECT place, hash, sealed_at FROM audit_chain WHERE workspace_id = $1",
                self._conn.workspace,
            )
        )

    async def lock_head(self, beginning: Head) -> Head:
        """Return the head, locked; makes it first in a workspace where nothing was sealed yet."""
        await self._conn.execute(
            "INSERT INTO audit_chain (workspace_id, place, hash, sealed_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (workspace_id) DO NOTHING",
            self._conn.workspace, beginning.place, beginning.hash, beginning.sealed_at,
        )  # fmt: skip
        found = _head(
            await self._conn.fetchrow(
                "SELECT place, hash, sealed_at FROM audit_chain WHERE workspace_id = $1 FOR UPDATE",
                self._conn.workspace,
            )
        )
        assert found is not None
        return found

    async def unsealed(self, limit: int) -> list[Link]:
        """Return events without a place, oldest first."""
        rows = await self._conn.fetch(
            f"SELECT {_LINK} FROM audit_event WHERE workspace_id = $1 AND place IS NULL"
            " ORDER BY created_at, id LIMIT $2",
            self._conn.workspace, limit,
        )  # fmt: skip
        return [_link(row) for row in rows]

    async def seal(self, sealed: Sequence[Sealed], moment: datetime) -> None:
        """Give events their places and move the head to the last of them."""
        await self._conn.execute(
            "UPDATE audit_event AS event SET place = given.place, hash = given.hash"
            " FROM unnest($2::uuid[], $3::bigint[], $4::bytea[]) AS given(id, place, hash)"
            " WHERE event.workspace_id = $1 AND event.id = given.id",
            self._conn.workspace, [each.link.id for each in sealed],
            [each.place for each in sealed], [each.hash for each in sealed],
        )  # fmt: skip
        await self._conn.execute(
            "UPDATE audit_chain SET place = $2, hash = $3, sealed_at = $4 WHERE workspace_id = $1",
            self._conn.workspace, sealed[-1].place, sealed[-1].hash, moment,
        )  # fmt: skip

    async def after(self, place: int, limit: int) -> list[Sealed]:
        """Return sealed events behind a place, in order."""
        rows = await self._conn.fetch(
            f"SELECT place, hash, {_LINK} FROM audit_event WHERE workspace_id = $1"
            " AND place IS NOT NULL AND place > $2 ORDER BY place LIMIT $3",
            self._conn.workspace, place, limit,
        )  # fmt: skip
        return [Sealed(row["place"], row["hash"] or b"", _link(row)) for row in rows]

    async def count_unsealed(self) -> int:
        """Return how many events wait to be sealed."""
        count: int = await self._conn.fetchval(
            "SELECT count(*) FROM audit_event WHERE workspace_id = $1 AND place IS NULL",
            self._conn.workspace,
        )
        return count


async def workspaces_to_seal(conn: SystemConn) -> list[WorkspaceId]:
    """Return the workspaces that have unsealed events."""
    rows = await conn.fetch("SELECT DISTINCT workspace_id FROM audit_event WHERE place IS NULL")
    return [WorkspaceId(row["workspace_id"]) for row in rows]


async def audited_workspaces(conn: SystemConn) -> list[WorkspaceId]:
    """Return every workspace that has events or a chain, in the order of their ids."""
    rows = await conn.fetch(
        "SELECT workspace_id FROM audit_event UNION SELECT workspace_id FROM audit_chain ORDER BY 1"
    )
    return [WorkspaceId(row["workspace_id"]) for row in rows]


def _head(row: Row | None) -> Head | None:
    return None if row is None else Head(row["place"], row["hash"], row["sealed_at"])


def _link(row: Row) -> Link:
    return Link(
        id=row["id"], actor_id=row["actor_id"], action=row["action"],
        target_type=row["target_type"], target_id=row["target_id"], detail=row["detail"],
        created_at=row["created_at"],
    )  # fmt: skip
