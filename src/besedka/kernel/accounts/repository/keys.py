"""API keys of one workspace."""

from besedka.core.db.connection import Conn, Row, TenantConn
from besedka.core.ids import ActorId, UserId, new_id
from besedka.kernel.accounts.types import ApiKey, KeyId, NewKey

_SHOWN = (
    "SELECT k.id, k.name, k.prefix, k.scopes, k.per_minute, m.user_id, a.name AS maker, k.created_at,"
    " k.expires_at, k.last_used_at FROM api_key k"
    " JOIN membership m ON m.workspace_id = k.workspace_id AND m.actor_id = k.actor_id"
    " JOIN actor a ON a.workspace_id = k.workspace_id AND a.id = k.actor_id WHERE k.workspace_id = $1"
)


class KeyRepository:
    """Keys and their makers; a deleted key is refused with its next request."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def add(self, actor_id: ActorId, key: NewKey, *, prefix: str, key_hash: bytes) -> KeyId:
        """Insert a key of a member."""
        key_id = KeyId(new_id())
        await self._conn.execute(
            "INSERT INTO api_key (workspace_id, id, actor_id, name, prefix, hash, scopes, per_minute, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            self._conn.workspace, key_id, actor_id, key.name, prefix, key_hash, sorted(key.scopes),
            key.per_minute, key.expires_at,
        )  # fmt: skip
        return key_id

    async def lock_maker(self, actor_id: ActorId) -> None:
        """Let a member make one key at a time."""
        await self._conn.execute(
            "SELECT FROM membership WHERE workspace_id = $1 AND actor_id = $2 FOR NO KEY UPDATE",
            self._conn.workspace, actor_id,
        )  # fmt: skip

    async def list_keys(self, maker: ActorId | None = None) -> list[ApiKey]:
        """Return the keys of a member, or of all, the newest first."""
        rows = await self._conn.fetch(
            f"{_SHOWN} AND ($2::uuid IS NULL OR k.actor_id = $2) ORDER BY k.id DESC LIMIT 1000",
            self._conn.workspace, maker,
        )  # fmt: skip
        return [_key(row) for row in rows]

    async def find(self, key_id: KeyId, maker: ActorId | None = None) -> ApiKey | None:
        """Return one key, if it is the member's where one is given."""
        row = await self._conn.fetchrow(
            f"{_SHOWN} AND k.id = $2 AND ($3::uuid IS NULL OR k.actor_id = $3)",
            self._conn.workspace, key_id, maker,
        )  # fmt: skip
        return _key(row) if row else None

    async def delete_of(self, maker: ActorId) -> None:
        """Delete what a member has made."""
        await self._conn.execute(
            "DELETE FROM api_key WHERE workspace_id = $1 AND actor_id = $2",
            self._conn.workspace, maker,
        )  # fmt: skip

    async def delete(self, key_id: KeyId) -> bool:
        """Delete a key; False when it is gone already."""
        gone = await self._conn.fetchval(
            "DELETE FROM api_key WHERE workspace_id = $1 AND id = $2 RETURNING true",
            self._conn.workspace, key_id,
        )  # fmt: skip
        return bool(gone)


class SystemKeys:
    """Keys of all workspaces: for clearing up, and for a person who lost their account to somebody."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn

    async def delete_for(self, user_id: UserId) -> None:
        """Delete what a person has made, everywhere."""
        await self._conn.execute(
            "DELETE FROM api_key k USING membership m WHERE m.workspace_id = k.workspace_id"
            " AND m.actor_id = k.actor_id AND m.user_id = $1",
            user_id,
        )

    async def sweep(self) -> None:
        """Delete what ended more than 30 days ago."""
        await self._conn.execute(
            "DELETE FROM api_key WHERE expires_at < now() - interval '30 days'"
        )


def _key(row: Row) -> ApiKey:
    return ApiKey(
        id=KeyId(row["id"]), name=row["name"], prefix=row["prefix"], scopes=row["scopes"],
        per_minute=row["per_minute"], user_id=UserId(row["user_id"]), maker=row["maker"],
        created_at=row["created_at"], expires_at=row["expires_at"], last_used_at=row["last_used_at"],
    )  # fmt: skip
