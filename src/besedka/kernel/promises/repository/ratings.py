"""SQL of ratings."""

from collections.abc import Sequence
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.promises.repository.rounds import round_of
from besedka.kernel.promises.types import Rating, Round

_COLUMNS = "conversation_id, number, score, comment, handler_id, created_at, changed_at"
_RESOLVED = """
SELECT r.* FROM dialog_round r WHERE r.workspace_id = $1 AND r.conversation_id = $2 AND r.resolved_at IS NOT NULL
ORDER BY r.number DESC LIMIT 1
"""


class RatingRepository:
    """The ratings of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def last_resolved(self, chat: ConversationId, *, lock: bool = False) -> Round | None:
        """Return the last round of a dialog that was resolved."""
        row = await self._conn.fetchrow(
            _RESOLVED + ("FOR UPDATE" if lock else ""), self._conn.workspace, chat
        )
        return None if row is None else round_of(row)

    async def find(self, chat: ConversationId, number: int) -> Rating | None:
        """Return the rating of a round."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM dialog_rating WHERE workspace_id = $1 AND conversation_id = $2 AND number = $3",
            self._conn.workspace, chat, number,
        )  # fmt: skip
        return None if row is None else _rating(row)

    async def latest(self, chat: ConversationId) -> tuple[Rating, str] | None:
        """Return the last rating of a dialog, and the name of whom it is about."""
        row = await self._conn.fetchrow(
            "SELECT r.conversation_id, r.number, r.score, r.comment, r.handler_id, r.created_at, r.changed_at,"
            " coalesce(a.name, '') AS name FROM dialog_rating r"
            " LEFT JOIN actor a ON a.workspace_id = r.workspace_id AND a.id = r.handler_id"
            " WHERE r.workspace_id = $1 AND r.conversation_id = $2 ORDER BY r.number DESC LIMIT 1",
            self._conn.workspace,
            chat,
        )
        return None if row is None else (_rating(row), row["name"])

    async def put(self, rating: Rating) -> None:
        """Store a rating, new or changed."""
        await self._conn.execute(
            "INSERT INTO dialog_rating (workspace_id, conversation_id, number, score, comment, handler_id, created_at,"
            " changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (workspace_id, conversation_id, number)"
            " DO UPDATE SET score = excluded.score, comment = excluded.comment, changed_at = excluded.changed_at",
            self._conn.workspace, rating.chat, rating.number, rating.score, rating.comment, rating.handler_id,
            rating.created_at, rating.changed_at,
        )  # fmt: skip

    async def forget_words(self, contacts: Sequence[ActorId]) -> None:
        """Forget what contacts wrote beside their scores."""
        await self._conn.execute(
            "UPDATE dialog_rating r SET comment = '' FROM participant p WHERE r.workspace_id = $1"
            " AND p.workspace_id = r.workspace_id AND p.conversation_id = r.conversation_id"
            " AND p.actor_id = ANY($2::uuid[]) AND p.role = 'contact' AND r.comment <> ''",
            self._conn.workspace,
            [UUID(str(contact)) for contact in contacts],
        )


def _rating(row: Row) -> Rating:
    return Rating(
        ConversationId(row["conversation_id"]), row["number"], row["score"], row["comment"], row["handler_id"],
        row["created_at"], row["changed_at"],
    )  # fmt: skip
