"""SQL of summaries."""

from collections.abc import Sequence

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.types import ConversationId
from besedka.products.copilot.types import Summary, Talk, Written

_FIND = """
SELECT s.body, s.locale, s.seq, s.written_at, c.last_public_seq > s.seq AS newer, s.llm_run_id,
  EXISTS (SELECT FROM message m WHERE m.workspace_id = $1 AND m.conversation_id = $2
          AND m.mod > s.mod AND m.seq <= s.seq AND m.deleted_at IS NOT NULL) AS is_void
FROM copilot_summary s
JOIN conversation c ON c.workspace_id = s.workspace_id AND c.id = s.conversation_id
WHERE s.workspace_id = $1 AND s.conversation_id = $2
"""


class SummaryRepository:
    """Summaries of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self, dialog: ConversationId) -> Summary | None:
        """Return a dialog's summary. One that may hold words of a message that was deleted since is deleted, too."""
        row = await self._conn.fetchrow(_FIND, self._conn.workspace, dialog)
        if row is None:
            return None
        *kept, is_void = row.values()
        if is_void:
            await self._conn.execute(
                "DELETE FROM copilot_summary WHERE workspace_id = $1 AND conversation_id = $2",
                self._conn.workspace, dialog,
            )  # fmt: skip
            return None
        return Summary(*kept)

    async def put(self, talk: Talk, written: Written, *, locale: str) -> None:
        """Keep a summary, unless one of more messages is there already."""
        await self._conn.execute(
            "INSERT INTO copilot_summary (workspace_id, conversation_id, body, locale, seq, mod, llm_run_id)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace_id, conversation_id) DO UPDATE"
            " SET body = excluded.body, locale = excluded.locale, seq = excluded.seq, mod = excluded.mod,"
            " llm_run_id = excluded.llm_run_id, written_at = now() WHERE copilot_summary.mod <= excluded.mod",
            self._conn.workspace, talk.dialog_id, written.text, locale, talk.seq, talk.mod, written.run_id,
        )  # fmt: skip

    async def forget(self, contacts: Sequence[ActorId]) -> None:
        """Delete the summaries of all dialogs of some contacts."""
        await self._conn.execute(
            "DELETE FROM copilot_summary s USING participant p WHERE s.workspace_id = $1 AND p.workspace_id = $1"
            " AND p.conversation_id = s.conversation_id AND p.actor_id = ANY($2::uuid[]) AND p.role = 'contact'",
            self._conn.workspace, list(contacts),
        )  # fmt: skip
