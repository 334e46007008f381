"""SQL of links to chats, and of what chats hold of one person."""

from collections.abc import Sequence
from uuid import UUID

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.types import ConversationId
from besedka.products.chat.types import Share

_SHARE = "s.workspace_id, s.id, s.conversation_id, s.leaf_seq, s.title, s.created_at, s.expires_at"


class ShareRepository:
    """Links to chats."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def add(self, share: Share, *, owner: ActorId, token_hash: bytes) -> None:
        """Store a link."""
        await self._conn.execute(
            "INSERT INTO ai_share (workspace_id, id, conversation_id, owner_id, leaf_seq, title, token_hash, created_at,"
            " expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            self._conn.workspace, share.id, share.conversation_id, owner, share.leaf_seq, share.title, token_hash,
            share.created_at, share.expires_at,
        )  # fmt: skip

    async def of_owner(self, owner: ActorId) -> Sequence[Share]:
        """Return an actor's links that have not expired, the last made first."""
        rows = await self._conn.fetch(
            f"SELECT {_SHARE} FROM ai_share s WHERE s.workspace_id = $1 AND s.owner_id = $2 AND s.expires_at > now()"
            " ORDER BY s.id DESC",
            self._conn.workspace, owner,
        )  # fmt: skip
        return [_share(row) for row in rows]

    async def delete(self, share: UUID, *, owner: ActorId) -> bool:
        """Delete one of an actor's links; False when there is none such."""
        done = await self._conn.execute(
            "DELETE FROM ai_share WHERE workspace_id = $1 AND owner_id = $2 AND id = $3",
            self._conn.workspace, owner, share,
        )  # fmt: skip
        return done == "DELETE 1"


async def find_shared(conn: SystemConn, token_hash: bytes) -> Share | None:
    """Return the link of a token, as long as it holds and its owner has the chat, outside of the trash."""
    row = await conn.fetchrow(
        f"SELECT {_SHARE} FROM ai_share s"
        " JOIN participant p ON p.workspace_id = s.workspace_id AND p.conversation_id = s.conversation_id"
        " AND p.actor_id = s.owner_id AND p.left_seq IS NULL"
        " JOIN membership b ON b.workspace_id = s.workspace_id AND b.actor_id = s.owner_id AND b.deactivated_at IS NULL"
        " WHERE s.token_hash = $1 AND s.expires_at > now()",
        token_hash,
    )
    return None if row is None else _share(row)


async def forget_expired(conn: SystemConn) -> None:
    """Delete the links of all workspaces that have expired."""
    await conn.execute("DELETE FROM ai_share WHERE expires_at < now()")


async def forget_shares(conn: SystemConn, workspace: WorkspaceId, actor: ActorId) -> None:
    """Delete the links of an actor."""
    await conn.execute(
        "DELETE FROM ai_share WHERE workspace_id = $1 AND owner_id = $2", workspace, actor
    )


async def setups_of(conn: SystemConn, workspace: WorkspaceId, actor: ActorId) -> list[Row]:
    """Return how the chats of an actor's own are answered, as far as they are kept."""
    return await conn.fetch(
        "SELECT c.id, c.title, c.trashed_at, a.model, a.instructions FROM participant p"
        " JOIN conversation c ON c.workspace_id = p.workspace_id AND c.id = p.conversation_id"
        " JOIN ai_chat a ON a.workspace_id = c.workspace_id AND a.conversation_id = c.id"
        " WHERE p.workspace_id = $1 AND p.actor_id = $2 AND p.role = 'owner' AND p.expires_at IS NULL ORDER BY c.id",
        workspace, actor,
    )  # fmt: skip


def _share(row: Row) -> Share:
    return Share(
        id=row["id"], workspace_id=WorkspaceId(row["workspace_id"]),
        conversation_id=ConversationId(row["conversation_id"]), leaf_seq=row["leaf_seq"], title=row["title"],
        created_at=row["created_at"], expires_at=row["expires_at"],
    )  # fmt: skip
