"""SQL of the rounds of dialogs and of people's replies."""

from collections.abc import Sequence
from datetime import datetime

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.promises.types import Round

_COLUMNS = (
    "r.conversation_id, r.number, r.state, r.started_at, r.assistant_id, r.handed_at, r.people_since, r.waiting_since,"
    " r.replied_at, r.replied_by, r.resolved_at, r.handler_id"
)


class RoundRepository:
    """The rounds of one workspace's dialogs."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self, chat: ConversationId) -> Round | None:
        """Return a dialog's last round."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM dialog_round r WHERE r.workspace_id = $1 AND r.conversation_id = $2"
            " ORDER BY r.number DESC LIMIT 1",
            self._conn.workspace,
            chat,
        )
        return None if row is None else round_of(row)

    async def lock_dialog(self, chat: ConversationId) -> None:
        """Let nothing else happen to a dialog until the transaction ends."""
        await self._conn.execute(
            "SELECT FROM conversation WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE",
            self._conn.workspace,
            chat,
        )

    async def save(self, made: Round) -> None:
        """Store a round as it is now, new or changed."""
        await self._conn.execute(
            "INSERT INTO dialog_round (workspace_id, conversation_id, number, state, started_at, assistant_id, handed_at,"
            " people_since, waiting_since, replied_at, replied_by, resolved_at, handler_id)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
            " ON CONFLICT (workspace_id, conversation_id, number) DO UPDATE SET state = excluded.state,"
            " handed_at = excluded.handed_at, people_since = excluded.people_since,"
            " waiting_since = excluded.waiting_since, replied_at = excluded.replied_at,"
            " replied_by = excluded.replied_by, resolved_at = excluded.resolved_at, handler_id = excluded.handler_id",
            self._conn.workspace, made.chat, made.number, made.state, made.started_at, made.assistant_id, made.handed_at,
            made.people_since, made.waiting_since, made.replied_at, made.replied_by, made.resolved_at, made.handler_id,
        )  # fmt: skip

    async def begin_waiting(self, chats: Sequence[ConversationId], moment: datetime) -> list[Round]:
        """Note that visitors wait for people from a moment on; returns where nobody did already."""
        rows = await self._conn.fetch(
            f"UPDATE dialog_round r SET waiting_since = $3 WHERE r.workspace_id = $1 AND r.conversation_id = ANY($2)"
            " AND r.state IN ('open', 'snoozed') AND r.waiting_since IS NULL"
            f" RETURNING {_COLUMNS}",
            self._conn.workspace,
            chats,
            moment,
        )
        return [round_of(row) for row in rows]

    async def assistant_of(self, chat: ConversationId) -> ActorId | None:
        """Return the assistant that takes part in a dialog."""
        found: ActorId | None = await self._conn.fetchval(
            "SELECT actor_id FROM participant WHERE workspace_id = $1 AND conversation_id = $2"
            " AND role = 'assistant' ORDER BY joined_at LIMIT 1",
            self._conn.workspace,
            chat,
        )
        return found

    async def last_to_reply(self, chat: ConversationId, number: int) -> ActorId | None:
        """Return the person who replied last in a round."""
        found: ActorId | None = await self._conn.fetchval(
            "SELECT actor_id FROM dialog_reply WHERE workspace_id = $1 AND conversation_id = $2 AND number = $3"
            " ORDER BY seq DESC LIMIT 1",
            self._conn.workspace, chat, number,
        )  # fmt: skip
        return found

    async def add_reply(
        self, found: Round, seq: int, *, actor: ActorId, moment: datetime, waited: int | None
    ) -> None:
        """Note a person's public reply, once."""
        await self._conn.execute(
            "INSERT INTO dialog_reply (workspace_id, conversation_id, seq, number, actor_id, replied_at, waited_s, is_first)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            self._conn.workspace, found.chat, seq, found.number, actor, moment, waited, found.replied_at is None,
        )  # fmt: skip

    async def with_people(
        self, *, after: ConversationId | None, limit: int
    ) -> list[ConversationId]:
        """Return dialogs that people have, by their ids."""
        rows = await self._conn.fetch(
            "SELECT c.id FROM conversation c WHERE c.workspace_id = $1 AND c.kind = 'dialog'"
            " AND c.state IN ('open', 'snoozed') AND ($2::uuid IS NULL OR c.id > $2) ORDER BY c.id LIMIT $3",
            self._conn.workspace, after, limit,
        )  # fmt: skip
        return [ConversationId(row["id"]) for row in rows]


def round_of(row: Row) -> Round:
    """Build a round."""
    return Round(
        chat=ConversationId(row["conversation_id"]), number=row["number"], state=row["state"],
        started_at=row["started_at"], assistant_id=row["assistant_id"], handed_at=row["handed_at"],
        people_since=row["people_since"], waiting_since=row["waiting_since"], replied_at=row["replied_at"], replied_by=row["replied_by"],
        resolved_at=row["resolved_at"], handler_id=row["handler_id"],
    )  # fmt: skip
