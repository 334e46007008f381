"""SQL of those who wait for a person: the queue, and letters that were promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId

MOST_WAITING = 200
"""With more who wait no place is told: counting them for each would cost more than it says."""

_SINCE = """
coalesce((SELECT m.created_at FROM message m WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id
  AND m.kind = 'system' AND m.meta ->> 'event' = 'handoff' ORDER BY m.seq DESC LIMIT 1), c.created_at)
"""


@dataclass(frozen=True, slots=True)
class Promise:
    """A letter that was promised: to whom, about which dialog, and what was answered since."""

    visitor_id: UUID
    widget_id: UUID
    contact_id: ActorId
    reply_to: str
    locale: str | None
    page: str
    read: bool
    answers: tuple[tuple[str, str | None], ...]
    """Their words, and their files as they are stored."""


class WaitingRepository:
    """Visitors of one workspace who wait."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def position(self, chat: UUID) -> int | None:
        """Return a dialog's place among those that wait for a person, by when each was handed over: 1 is next.

        None for one that does not wait, and when too many do.
        """
        found: int | None = await self._conn.fetchval(
            "WITH waiting AS (SELECT c.id, " + _SINCE + " AS since FROM conversation c"
            " WHERE c.workspace_id = $1 AND c.kind = 'dialog' AND c.state = 'open' AND c.assignee_id IS NULL LIMIT $3 + 1)"
            " SELECT (SELECT count(*) FROM waiting w WHERE (w.since, w.id) <= (mine.since, mine.id))"
            " FROM waiting mine WHERE mine.id = $2 AND (SELECT count(*) FROM waiting) <= $3",
            self._conn.workspace, chat, MOST_WAITING,
        )  # fmt: skip
        return found

    async def is_promised(self, visitor_id: UUID) -> bool:
        """Whether an answer was promised to a visitor, in whichever of their browsers."""
        return bool(
            await self._conn.fetchval(
                "SELECT EXISTS (SELECT FROM widget_visitor v JOIN widget_visitor o ON o.workspace_id = v.workspace_id"
                " AND o.contact_id = v.contact_id AND o.conversation_id = v.conversation_id"
                " AND o.promised_at IS NOT NULL WHERE v.workspace_id = $1 AND v.id = $2)",
                self._conn.workspace, visitor_id,
            )
        )  # fmt: skip

    async def roles(self, actors: Sequence[ActorId]) -> list[str]:
        """Return the roles of people of the workspace."""
        rows = await self._conn.fetch(
            "SELECT DISTINCT role FROM membership WHERE workspace_id = $1 AND actor_id = ANY($2::uuid[])",
            self._conn.workspace, list(actors),
        )  # fmt: skip
        return [row["role"] for row in rows]

    async def promise(self, visitor_id: UUID, reply_to: str | None) -> None:
        """Promise an answer: by letter, or without an address by a person's own means."""
        await self._conn.execute(
            "UPDATE widget_visitor SET reply_to = $3, promised_at = now() WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, visitor_id, reply_to,
        )  # fmt: skip

    async def lock_promise(self, visitor_id: UUID, *, most: int) -> Promise | None:
        """Lock a promise that is still open, and return what was answered since; `read` when the visitor saw it all."""
        row = await self._conn.fetchrow(
            "SELECT v.widget_id, v.contact_id, v.reply_to, v.promised_at, v.conversation_id, k.locale,"
            " c.meta ->> 'page' AS page, coalesce(p.read_seq, 0) AS read_seq"
            " FROM widget_visitor v"
            " JOIN contact k ON k.workspace_id = v.workspace_id AND k.id = v.contact_id"
            " JOIN conversation c ON c.workspace_id = v.workspace_id AND c.id = v.conversation_id"
            " LEFT JOIN participant p ON p.workspace_id = v.workspace_id AND p.conversation_id = v.conversation_id"
            " AND p.actor_id = v.contact_id"
            " WHERE v.workspace_id = $1 AND v.id = $2 AND v.promised_at IS NOT NULL FOR UPDATE OF v",
            self._conn.workspace, visitor_id,
        )  # fmt: skip
        if row is None:
            return None
        found = await self._conn.fetch(
            "SELECT m.seq, m.body, m.attachments::text AS attachments"
            " FROM message m JOIN actor a ON a.workspace_id = m.workspace_id AND a.id = m.sender_id"
            " WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND a.kind = 'user' AND m.visibility = 'public'"
            " AND m.deleted_at IS NULL AND m.created_at > $3 ORDER BY m.seq LIMIT $4",
            self._conn.workspace, row["conversation_id"], row["promised_at"], most,
        )  # fmt: skip
        return Promise(
            visitor_id=visitor_id, widget_id=row["widget_id"], contact_id=ActorId(row["contact_id"]),
            reply_to=row["reply_to"] or "", locale=row["locale"], page=row["page"] or "",
            read=all(each["seq"] <= row["read_seq"] for each in found),
            answers=tuple((each["body"], each["attachments"]) for each in found),
        )  # fmt: skip

    async def keep_promise(
        self, visitor_id: UUID, *, resume_hash: bytes | None, days: int = 7
    ) -> None:
        """Note that a promise is kept, and how the letter's link opens the dialog, once."""
        await self._conn.execute(
            "UPDATE widget_visitor SET promised_at = NULL, reply_to = NULL, resume_hash = $3,"
            " resume_until = CASE WHEN $3::bytea IS NULL THEN NULL ELSE now() + make_interval(days => $4) END"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, visitor_id, resume_hash, days,
        )  # fmt: skip
