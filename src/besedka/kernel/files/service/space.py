"""Use cases of the room that files take: how much there is, how long unused files are kept."""

from dataclasses import dataclass

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service as audit
from besedka.kernel.files.repository import SpaceRepository
from besedka.kernel.files.room import MEBIBYTE, Room


@dataclass(frozen=True, slots=True)
class Usage:
    """What a workspace's files take and may take, in bytes, and for how many days unused ones are kept."""

    used: int
    quota: int | None
    keep_days: int | None

    @property
    def percent(self) -> int:
        """How full it is, from 0 to 100; 0 without a quota."""
        return min(100, self.used * 100 // self.quota) if self.quota else 0


async def usage(runtime: Runtime, conn: TenantConn) -> Usage:
    """Return how much room the workspace's files take."""
    space = await SpaceRepository(conn).find()
    room = Room.of(space, usual_mb=runtime.settings.files_quota_mb)
    return Usage(room.used, room.quota, space.keep_days)


async def keep_unused_for(conn: TenantConn, days: int | None, *, actor: ActorId) -> None:
    """Say for how many days files that nothing refers to are kept; None for ever."""
    await SpaceRepository(conn).keep_for(days)
    await audit.record(
        conn, actor_id=actor, action="files.retention_changed", detail={"days": days}
    )


async def allow(conn: TenantConn, megabytes: int | None) -> None:
    """Give a workspace a quota of its own; None for the installation's."""
    await SpaceRepository(conn).allow(None if megabytes is None else megabytes * MEBIBYTE)
    await audit.record(
        conn, actor_id=None, action="files.quota_changed", detail={"megabytes": megabytes}
    )
