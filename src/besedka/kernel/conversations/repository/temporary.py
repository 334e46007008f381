"""Temporary chats: until when they are kept."""

from collections.abc import Sequence
from datetime import timedelta

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.types import ConversationId


async def keep_until(
    conn: TenantConn, chat: ConversationId, actor: ActorId, *, lasts: timedelta
) -> None:
    """Say that a chat is a temporary one of an actor's, and kept for so long from now on."""
    await conn.execute(
        "UPDATE participant SET expires_at = now() + $4::interval"
        " WHERE workspace_id = $1 AND conversation_id = $2 AND actor_id = $3",
        conn.workspace, chat, actor, lasts,
    )  # fmt: skip


async def is_over(conn: TenantConn, chat: ConversationId) -> bool:
    """Whether a temporary chat is not kept any more. Nobody lengthens it before the end of the transaction."""
    found: bool | None = await conn.fetchval(
        "SELECT true FROM participant WHERE workspace_id = $1 AND conversation_id = $2 AND expires_at < now()"
        " FOR UPDATE",
        conn.workspace, chat,
    )  # fmt: skip
    return bool(found)


async def find_over(
    conn: SystemConn, *, limit: int
) -> Sequence[tuple[WorkspaceId, ConversationId]]:
    """Return temporary chats of all workspaces that are not kept any more."""
    rows = await conn.fetch(
        "SELECT workspace_id, conversation_id FROM participant WHERE expires_at < now() ORDER BY expires_at LIMIT $1",
        limit,
    )
    return [
        (WorkspaceId(row["workspace_id"]), ConversationId(row["conversation_id"])) for row in rows
    ]
