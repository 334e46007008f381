"""SQL of macros."""

from uuid import UUID

import asyncpg

from besedka.core.db.connection import Row, TenantConn
from besedka.products.desk.errors import MacroTaken
from besedka.products.desk.types import Macro, Step


class MacroRepository:
    """Macros of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def all(self) -> list[Macro]:
        """Return them by their names."""
        rows = await self._conn.fetch(
            "SELECT id, name, steps FROM macro WHERE workspace_id = $1 ORDER BY lower(name)",
            self._conn.workspace,
        )
        return [_macro(row) for row in rows]

    async def find(self, macro: UUID) -> Macro | None:
        """Return one of them."""
        row = await self._conn.fetchrow(
            "SELECT id, name, steps FROM macro WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, macro,
        )  # fmt: skip
        return None if row is None else _macro(row)

    async def save(self, macro: Macro) -> None:
        """Store one, or what has changed of it. Raises MacroTaken."""
        steps = [{"do": step.do, "value": step.value} for step in macro.steps]
        try:
            await self._conn.execute(
                "INSERT INTO macro (workspace_id, id, name, steps) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, steps = excluded.steps",
                self._conn.workspace, macro.id, macro.name, steps,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise MacroTaken from error

    async def delete(self, macro: UUID) -> bool:
        """Delete one; whether it was there."""
        done = await self._conn.execute(
            "DELETE FROM macro WHERE workspace_id = $1 AND id = $2", self._conn.workspace, macro
        )
        return done == "DELETE 1"


def _macro(row: Row) -> Macro:
    steps = [Step(str(each.get("do", "")), str(each.get("value", ""))) for each in row["steps"]]
    return Macro(row["id"], row["name"], steps)
