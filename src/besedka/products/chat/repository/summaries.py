"""SQL of summaries."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from besedka.core.db.connection import Row, TenantConn
from besedka.kernel.conversations.types import ConversationId
from besedka.products.chat.types import Summary

_COLUMNS: Final = "until_seq, body, model, told, is_edited, failure, created_at"
# An edited one is its reader's; a failure leaves the words that are there.
_SAVE: Final = """
INSERT INTO ai_summary AS s (workspace_id, conversation_id, until_seq, body, model, told, is_edited, failure)
VALUES ($1, $2, $3, $4, $5, $6, false, $7)
ON CONFLICT (workspace_id, conversation_id, until_seq) DO UPDATE SET failure = excluded.failure,
  body = CASE WHEN $7::text IS NULL THEN excluded.body ELSE s.body END,
  model = CASE WHEN $7::text IS NULL THEN excluded.model ELSE s.model END,
  told = CASE WHEN $7::text IS NULL THEN excluded.told ELSE s.told END,
  is_edited = s.is_edited AND $7::text IS NOT NULL
"""


class SummaryRepository:
    """The summaries of a chat."""

    def __init__(self, conn: TenantConn, chat: ConversationId) -> None:
        self._conn, self._where = conn, (conn.workspace, chat)

    async def list(self) -> Sequence[Summary]:
        """Return all, the earliest first."""
        rows = await self._conn.fetch(
            f"SELECT {_COLUMNS} FROM ai_summary WHERE workspace_id = $1 AND conversation_id = $2"
            " ORDER BY until_seq",
            *self._where,
        )
        return [_summary(row) for row in rows]

    async def find(self, until_seq: int) -> Summary | None:
        """Return that of what was said until a turn."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM ai_summary WHERE workspace_id = $1 AND conversation_id = $2"
            " AND until_seq = $3",
            *self._where, until_seq,
        )  # fmt: skip
        return None if row is None else _summary(row)

    async def save(
        self, until_seq: int, *, body: str = "", model: str, told: Mapping[str, JsonValue],
        failure: str | None = None,
    ) -> None:  # fmt: skip
        """Keep what a model has made, or why it has made nothing."""
        await self._conn.execute(_SAVE, *self._where, until_seq, body, model, {**told}, failure)

    async def rewrite(self, until_seq: int, body: str) -> bool:
        """Let one say what its reader wants; False when there is none."""
        done = await self._conn.execute(
            "UPDATE ai_summary SET body = $4, is_edited = true, failure = NULL WHERE workspace_id = $1"
            " AND conversation_id = $2 AND until_seq = $3",
            *self._where, until_seq, body,
        )  # fmt: skip
        return done == "UPDATE 1"


def _summary(row: Row) -> Summary:
    return Summary(
        until_seq=row["until_seq"], body=row["body"], model=row["model"], told=row["told"],
        is_edited=row["is_edited"], failure=row["failure"], created_at=row["created_at"],
    )  # fmt: skip
