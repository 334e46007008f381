"""SQL of the demo."""

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId


class DemoRepository:
    """The demo company of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def claim(self) -> bool:
        """Take the right to make it; waits for whoever is making it. False when it is there."""
        return bool(
            await self._conn.fetchval(
                "INSERT INTO demo_company (workspace_id) VALUES ($1)"
                " ON CONFLICT (workspace_id) DO NOTHING RETURNING true",
                self._conn.workspace,
            )
        )

    async def set_assistant(self, assistant_id: ActorId) -> None:
        """Say which assistant it is."""
        await self._conn.execute(
            "UPDATE demo_company SET assistant_id = $2 WHERE workspace_id = $1",
            self._conn.workspace, assistant_id,
        )  # fmt: skip

    async def find(self) -> ActorId | None:
        """Return the demo company's assistant."""
        found = await self._conn.fetchval(
            "SELECT assistant_id FROM demo_company WHERE workspace_id = $1", self._conn.workspace
        )
        return ActorId(found) if found else None


async def find_unowned(conn: SystemConn) -> WorkspaceId | None:
    """Return the oldest demo company in whose workspace there is nobody."""
    found = await conn.fetchval(
        "SELECT d.workspace_id FROM demo_company d WHERE NOT EXISTS"
        " (SELECT 1 FROM membership m WHERE m.workspace_id = d.workspace_id) ORDER BY d.created_at LIMIT 1"
    )
    return WorkspaceId(found) if found else None
