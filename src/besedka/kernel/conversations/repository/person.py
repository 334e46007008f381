"""What conversations hold of one person, in all their workspaces: read and forgotten as the system."""

from besedka.core.db.connection import Row, SystemConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.repository.words import salt_of, sender_mark

# The index of words knows who wrote what; messages that it does not know yet are looked through.
_WRITTEN = """
SELECT c.id AS chat, c.kind, c.title, m.seq, m.created_at, m.edited_at, m.visibility, m.body,
       m.attachments
FROM message_ref r
JOIN message m ON m.workspace_id = r.workspace_id AND m.conversation_id = r.conversation_id AND m.seq = r.seq
JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
LEFT JOIN participant p ON p.workspace_id = m.workspace_id AND p.conversation_id = m.conversation_id
                        AND p.actor_id = $2 AND p.expires_at IS NULL
                        AND (p.left_seq IS NULL OR (p.role = 'owner' AND c.trashed_at IS NOT NULL))
WHERE r.workspace_id = $1 AND (r.words @@ $3::text::tsquery OR r.words IS NULL)
  AND m.sender_id = $2 AND m.deleted_at IS NULL AND m.kind = 'text'
  AND (c.kind = 'dialog' OR m.seq > p.visible_from_seq)
  AND EXISTS (SELECT FROM membership b WHERE b.workspace_id = $1 AND b.actor_id = $2 AND b.deactivated_at IS NULL)
ORDER BY r.id
"""

_UNNAME = """
UPDATE message SET quote = jsonb_set(quote, '{sender,name}', to_jsonb($3::text))
WHERE workspace_id = $1 AND reply_seq IS NOT NULL AND quote->'sender'->>'id' = $2::text
"""


async def written_by(conn: SystemConn, workspace: WorkspaceId, actor: ActorId) -> list[Row]:
    """Return what an actor wrote where it may still read, the first message first."""
    mark = f"'{salt_of(workspace)}{sender_mark(actor)}'"
    return await conn.fetch(_WRITTEN, workspace, actor, mark)


async def folders_of(conn: SystemConn, workspace: WorkspaceId, actor: ActorId) -> list[Row]:
    """Return an actor's folders."""
    return await conn.fetch(
        "SELECT id, name FROM folder WHERE workspace_id = $1 AND actor_id = $2 ORDER BY id",
        workspace, actor,
    )  # fmt: skip


async def forget_name(
    conn: SystemConn, workspace: WorkspaceId, actor: ActorId, *, name: str
) -> None:
    """Have quotes of an actor's messages call it otherwise, and forget where it was mentioned, and its folders."""
    await conn.execute(_UNNAME, workspace, str(actor), name)
    await conn.execute(
        "DELETE FROM mention WHERE workspace_id = $1 AND actor_id = $2", workspace, actor
    )
    await conn.execute(
        "DELETE FROM folder WHERE workspace_id = $1 AND actor_id = $2", workspace, actor
    )
