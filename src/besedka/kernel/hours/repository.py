"""SQL of hours."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.kernel.hours.types import Holiday, Schedule, ScheduleDraft, ScheduleId

_COLUMNS = "id, name, zone, week, holidays, is_default"


class ScheduleRepository:
    """The schedules of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def lock(self) -> None:
        """Keep others from adding a schedule until the transaction ends."""
        await self._conn.execute(
            "SELECT FROM workspace WHERE id = $1 FOR UPDATE", self._conn.workspace
        )

    async def list_all(self) -> list[Schedule]:
        """Return all schedules, the default first."""
        rows = await self._conn.fetch(
            f"SELECT {_COLUMNS} FROM hours_schedule WHERE workspace_id = $1 ORDER BY is_default DESC, name, id",
            self._conn.workspace,
        )
        return [_schedule(row) for row in rows]

    async def find(self, schedule: UUID | None) -> Schedule | None:
        """Return a schedule, or the default for None."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM hours_schedule WHERE workspace_id = $1"
            " AND CASE WHEN $2::uuid IS NULL THEN is_default ELSE id = $2 END",
            self._conn.workspace,
            schedule,
        )
        return None if row is None else _schedule(row)

    async def insert(self, schedule: ScheduleId, draft: ScheduleDraft) -> None:
        """Store a new schedule; the first one is the default."""
        await self._conn.execute(
            "INSERT INTO hours_schedule (workspace_id, id, name, zone, week, holidays, is_default)"
            " SELECT $1, $2, $3, $4, $5, $6, NOT EXISTS (SELECT FROM hours_schedule WHERE workspace_id = $1)",
            self._conn.workspace, schedule, draft.name, draft.zone, [list(map(list, day)) for day in draft.week],
            _holidays(draft.holidays),
        )  # fmt: skip

    async def update(self, schedule: ScheduleId, draft: ScheduleDraft) -> bool:
        """Store what a schedule says now."""
        done = await self._conn.execute(
            "UPDATE hours_schedule SET name = $3, zone = $4, week = $5, holidays = $6"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, schedule, draft.name, draft.zone, [list(map(list, day)) for day in draft.week],
            _holidays(draft.holidays),
        )  # fmt: skip
        return done == "UPDATE 1"

    async def make_default(self, schedule: ScheduleId) -> None:
        """Make one schedule the default in place of another."""
        for is_default in (False, True):
            await self._conn.execute(
                "UPDATE hours_schedule SET is_default = $3 WHERE workspace_id = $1"
                " AND (id = $2) = $3 AND is_default <> $3",
                self._conn.workspace, schedule, is_default,
            )  # fmt: skip

    async def delete(self, schedule: ScheduleId) -> None:
        """Delete a schedule."""
        await self._conn.execute(
            "DELETE FROM hours_schedule WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace,
            schedule,
        )


def _holidays(holidays: Sequence[Holiday]) -> list[list[str]]:
    return [[each.day.isoformat(), each.name] for each in holidays]


def _schedule(row: Row) -> Schedule:
    return Schedule(
        id=ScheduleId(row["id"]),
        name=row["name"],
        zone=row["zone"],
        week=tuple(tuple((start, end) for start, end in day) for day in row["week"]),
        holidays=tuple(Holiday(date.fromisoformat(day), name) for day, name in row["holidays"]),
        is_default=row["is_default"],
    )
