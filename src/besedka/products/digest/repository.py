"""SQL of the digest."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, UserId, WorkspaceId
from besedka.kernel.conversations.types import ConversationId
from besedka.products.digest.types import Member, Missed, Pace, Reason

# A member who was looked after lately is left alone, so that a sweep costs the same however often it runs.
_TAKE_DUE = """
WITH due AS (
  SELECT m.workspace_id, m.actor_id FROM membership m
  JOIN app_user u ON u.id = m.user_id AND u.disabled_at IS NULL AND u.email_confirmed_at IS NOT NULL
  LEFT JOIN digest_member d ON d.workspace_id = m.workspace_id AND d.actor_id = m.actor_id
  WHERE m.deactivated_at IS NULL AND coalesce(d.pace, $1) <> 'off'
    AND (d.checked_at IS NULL OR d.checked_at < now() - $3::interval)
    AND NOT EXISTS (SELECT FROM session s WHERE s.user_id = m.user_id AND s.last_seen_at > now() - $4::interval)
  ORDER BY d.checked_at NULLS FIRST LIMIT $2
)
INSERT INTO digest_member (workspace_id, actor_id, checked_at) SELECT workspace_id, actor_id, now() FROM due
ON CONFLICT (workspace_id, actor_id) DO UPDATE SET checked_at = excluded.checked_at
RETURNING workspace_id, actor_id
"""

_MEMBER = """
SELECT w.slug, w.name, u.id AS user_id, u.email, u.locale, m.role, d.pace, d.sent_at,
       coalesce((SELECT max(s.last_seen_at) FROM session s WHERE s.user_id = u.id), u.last_seen_at, u.created_at) AS seen_at
FROM digest_member d
JOIN membership m ON m.workspace_id = d.workspace_id AND m.actor_id = d.actor_id AND m.deactivated_at IS NULL
JOIN app_user u ON u.id = m.user_id AND u.disabled_at IS NULL
JOIN workspace w ON w.id = d.workspace_id
WHERE d.workspace_id = $1 AND d.actor_id = $2
FOR UPDATE OF d SKIP LOCKED
"""

# Whoever takes part sees everything of the conversation from their place on; dialogs are open to those who may read
# them all ($3), and only they have dialogs of their own. Who looked at the dashboard since has seen that a dialog waits.
_MISSED = """
WITH found AS (
  SELECT 1 AS place, 'mention' AS reason, x.conversation_id, x.seq
  FROM mention x
  JOIN conversation c ON c.workspace_id = x.workspace_id AND c.id = x.conversation_id
  LEFT JOIN participant p ON p.workspace_id = x.workspace_id AND p.conversation_id = x.conversation_id
                         AND p.actor_id = x.actor_id AND p.left_seq IS NULL
  WHERE x.workspace_id = $1 AND x.actor_id = $2 AND x.read_at IS NULL AND x.created_at > $4
    AND x.seq > coalesce(p.visible_from_seq, 0) AND (p.actor_id IS NOT NULL OR (c.kind = 'dialog' AND $3::bool))
  UNION ALL
  SELECT 2, 'direct', m.conversation_id, m.seq
  FROM participant p
  JOIN conversation c ON c.workspace_id = p.workspace_id AND c.id = p.conversation_id AND c.kind = 'direct'
                     AND c.last_seq > p.read_seq AND c.last_message_at > $4
  JOIN message m ON m.workspace_id = p.workspace_id AND m.conversation_id = p.conversation_id
                AND m.seq > greatest(p.read_seq, p.visible_from_seq) AND m.sender_id <> p.actor_id
  WHERE p.workspace_id = $1 AND p.actor_id = $2 AND p.left_seq IS NULL
  UNION ALL
  SELECT 3, 'dialog', m.conversation_id, m.seq
  FROM conversation c
  JOIN message m ON m.workspace_id = c.workspace_id AND m.conversation_id = c.id AND m.created_at > greatest($4, $5)
                AND m.visibility = 'public'
  JOIN actor a ON a.workspace_id = m.workspace_id AND a.id = m.sender_id AND a.kind = 'contact'
  WHERE c.workspace_id = $1 AND c.kind = 'dialog' AND c.state = 'open' AND c.assignee_id = $2 AND $3::bool
    AND NOT EXISTS (
      SELECT FROM message n JOIN actor b ON b.workspace_id = n.workspace_id AND b.id = n.sender_id AND b.kind = 'user'
      WHERE n.workspace_id = c.workspace_id AND n.conversation_id = c.id AND n.seq > m.seq AND n.visibility = 'public')
), single AS (
  SELECT DISTINCT ON (conversation_id, seq) reason, conversation_id, seq FROM found ORDER BY conversation_id, seq, place
)
SELECT f.reason, f.conversation_id, c.kind, c.title, f.seq, a.name AS sender, m.created_at,
       CASE WHEN m.body = '' AND m.attachments IS NOT NULL THEN '📎 ' || (m.attachments->0->>'name') ELSE left(m.body, 2000) END AS body
FROM single f
JOIN message m ON m.workspace_id = $1 AND m.conversation_id = f.conversation_id AND m.seq = f.seq
JOIN actor a ON a.workspace_id = $1 AND a.id = m.sender_id
JOIN conversation c ON c.workspace_id = $1 AND c.id = f.conversation_id
LEFT JOIN digest_told t ON t.workspace_id = $1 AND t.actor_id = $2 AND t.conversation_id = f.conversation_id
WHERE f.seq > coalesce(t.seq, 0) AND m.deleted_at IS NULL AND m.kind = 'text' AND m.created_at > $4
ORDER BY m.created_at, f.conversation_id, f.seq LIMIT $6
"""

_SET_TOLD = """
WITH sent AS (UPDATE digest_member SET sent_at = now() WHERE workspace_id = $1 AND actor_id = $2)
INSERT INTO digest_told (workspace_id, actor_id, conversation_id, seq)
SELECT $1, $2, t.conversation_id, t.seq FROM unnest($3::uuid[], $4::bigint[]) AS t (conversation_id, seq)
ON CONFLICT (workspace_id, actor_id, conversation_id) DO UPDATE SET seq = greatest(digest_told.seq, excluded.seq)
"""


class AwayMembers:
    """The members of all workspaces, read as the system: who is away is a question about their sessions."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def take_due(
        self, pace: Pace, *, every: timedelta, away: timedelta, limit: int
    ) -> list[tuple[WorkspaceId, ActorId]]:  # fmt: skip
        """Return members to look after, who are not returned again for `every`; `pace` is of those who chose none."""
        rows = await self._conn.fetch(_TAKE_DUE, pace, limit, every, away)
        return [(WorkspaceId(row["workspace_id"]), ActorId(row["actor_id"])) for row in rows]

    async def choices(self, user: UserId) -> list[Row]:
        """Return what a person chose in each of their workspaces."""
        return await self._conn.fetch(
            "SELECT d.workspace_id, d.pace, d.sent_at FROM digest_member d JOIN membership m USING (workspace_id, actor_id)"
            " WHERE m.user_id = $1 ORDER BY d.workspace_id",
            user,
        )


class DigestRepository:
    """What is kept of a workspace's members."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def lock(self, actor: ActorId) -> Member | None:
        """Return a member who was taken, locked; None when another process has them, or they are gone."""
        row = await self._conn.fetchrow(_MEMBER, self._conn.workspace, actor)
        if row is None:
            return None
        return Member(
            workspace_id=self._conn.workspace, workspace_slug=row["slug"], workspace_name=row["name"],
            actor_id=actor, user_id=UserId(row["user_id"]), email=row["email"], locale=row["locale"],
            role=row["role"], pace=Pace(row["pace"]) if row["pace"] else None, sent_at=row["sent_at"],
            seen_at=row["seen_at"],
        )  # fmt: skip

    async def missed(
        self, member: Member, *, staff: bool, since: datetime, limit: int
    ) -> list[Missed]:
        """Return what a member has not read and was not told of, the eldest first."""
        rows = await self._conn.fetch(
            _MISSED, self._conn.workspace, member.actor_id, staff, since, member.seen_at, limit
        )
        return [
            Missed(
                reason=Reason(row["reason"]), chat=ConversationId(row["conversation_id"]), kind=row["kind"],
                title=row["title"], seq=row["seq"], sender=row["sender"], body=row["body"],
                created_at=row["created_at"],
            )
            for row in rows
        ]  # fmt: skip

    async def set_told(self, actor: ActorId, *, reached: Mapping[ConversationId, int]) -> None:
        """Keep how far a member was told of each conversation, and that they were written to now."""
        chats: Sequence[ConversationId] = list(reached)
        await self._conn.execute(
            _SET_TOLD, self._conn.workspace, actor, chats, [reached[chat] for chat in chats]
        )

    async def find_pace(self, actor: ActorId) -> Pace | None:
        """Return what a member chose; None for what holds in the installation."""
        pace = await self._conn.fetchval(
            "SELECT pace FROM digest_member WHERE workspace_id = $1 AND actor_id = $2",
            self._conn.workspace, actor,
        )  # fmt: skip
        return Pace(pace) if pace else None

    async def set_pace(self, actor: ActorId, pace: Pace) -> bool:
        """Keep what a member chose; False when there is no such member."""
        done = await self._conn.execute(
            "INSERT INTO digest_member (workspace_id, actor_id, pace)"
            " SELECT workspace_id, actor_id, $3 FROM membership WHERE workspace_id = $1 AND actor_id = $2"
            " ON CONFLICT (workspace_id, actor_id) DO UPDATE SET pace = excluded.pace",
            self._conn.workspace, actor, pace,
        )  # fmt: skip
        return done != "INSERT 0 0"
