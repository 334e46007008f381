"""SQL of idempotency keys."""

from datetime import timedelta

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.kernel.accounts.types import Answer, Attempt

_MINE = "workspace_id = $1 AND actor_id = $2 AND route = $3 AND key = $4"


class KeyRepository:
    """Idempotency keys of one workspace."""

    def __init__(self, conn: TenantConn, attempt: Attempt) -> None:
        self._conn = conn
        self._attempt = attempt
        self._place = (conn.workspace, attempt.actor_id, attempt.route, attempt.key)

    async def claim(self, lease: timedelta) -> bool:
        """Take a key that is new, or that somebody left behind with the same request; returns whether it was taken."""
        return bool(
            await self._conn.fetchval(
                "INSERT INTO idempotency_key AS mine"
                " (workspace_id, actor_id, route, key, request_hash, holder, lease_until)"
                " VALUES ($1, $2, $3, $4, $5, $6, now() + $7) ON CONFLICT (workspace_id, actor_id, route, key)"
                " DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until"
                " WHERE mine.status IS NULL AND mine.lease_until < now()"
                " AND mine.request_hash = excluded.request_hash RETURNING true",
                *self._place, self._attempt.request_hash, self._attempt.holder, lease,
            )
        )  # fmt: skip

    async def find(self) -> Row | None:
        """Return what is known of the key."""
        return await self._conn.fetchrow(
            f"SELECT request_hash, status, headers, body FROM idempotency_key WHERE {_MINE}",
            *self._place,
        )

    async def renew(self, lease: timedelta) -> None:
        """Keep the key for longer."""
        await self._conn.execute(
            f"UPDATE idempotency_key SET lease_until = now() + $6 WHERE {_MINE} AND holder = $5",
            *self._place, self._attempt.holder, lease,
        )  # fmt: skip

    async def keep(self, answer: Answer, sealed: bytes) -> None:
        """Write down what was answered, unless somebody else took over meanwhile."""
        await self._conn.execute(
            f"UPDATE idempotency_key SET status = $6, headers = $7, body = $8 WHERE {_MINE}"
            " AND holder = $5 AND status IS NULL",
            *self._place, self._attempt.holder, answer.status, dict(answer.headers), sealed,
        )  # fmt: skip

    async def drop(self) -> None:
        """Forget a request that came to nothing."""
        await self._conn.execute(
            f"DELETE FROM idempotency_key WHERE {_MINE} AND holder = $5 AND status IS NULL",
            *self._place, self._attempt.holder,
        )  # fmt: skip


async def forget(conn: SystemConn, kept: timedelta) -> None:
    """Delete the keys of all workspaces that are older."""
    await conn.execute("DELETE FROM idempotency_key WHERE created_at < now() - $1::interval", kept)
