"""SQL of operations."""

from datetime import datetime

from besedka.core.db.connection import SystemConn
from besedka.products.operations.types import Level, LevelUntil


class LevelRepository:
    """The one row of the level."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def find(self) -> LevelUntil | None:
        """Return the level that holds now, None when none was set or its time is over."""
        row = await self._conn.fetchrow(
            "SELECT level, until FROM log_level WHERE id = 1 AND until > now()"
        )
        return None if row is None else LevelUntil(Level(row["level"]), row["until"])

    async def save(self, level: Level, until: datetime) -> None:
        """Set the level for all processes, in place of what was set."""
        await self._conn.execute(
            "INSERT INTO log_level (id, level, until) VALUES (1, $1, $2)"
            " ON CONFLICT (id) DO UPDATE SET level = excluded.level, until = excluded.until",
            level, until,
        )  # fmt: skip

    async def delete(self) -> None:
        """Let every process return to its own level."""
        await self._conn.execute("DELETE FROM log_level")
