"""SQL of operators: who is there, who gets the next dialog, what has nobody any more."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.types import ConversationId, TeamMode
from besedka.products.inbox.types import CAPACITY, GRACE, HELPERS, Candidate, Operator, Queued

_NEVER = datetime.min.replace(tzinfo=UTC)
_ROLES = sorted(HELPERS)

_LIST = """
SELECT m.actor_id, a.name, coalesce(o.is_away, false) AS is_away, coalesce(o.capacity, $4) AS capacity,
       coalesce(o.seen_at > now() - $3::interval, false) AS is_online,
       (SELECT count(*) FROM conversation c WHERE c.workspace_id = m.workspace_id AND c.state = 'open'
        AND c.assignee_id = m.actor_id) AS load
FROM membership m
JOIN actor a ON a.workspace_id = m.workspace_id AND a.id = m.actor_id
LEFT JOIN inbox_operator o ON o.workspace_id = m.workspace_id AND o.actor_id = m.actor_id
WHERE m.workspace_id = $1 AND m.deactivated_at IS NULL AND m.role = ANY($2::text[])
ORDER BY lower(a.name), m.actor_id
"""

# Whoever assigns holds the operators, so that two at once count one after the other.
_LOCK = """
SELECT o.actor_id FROM inbox_operator o
JOIN membership m ON m.workspace_id = o.workspace_id AND m.actor_id = o.actor_id AND m.deactivated_at IS NULL
WHERE o.workspace_id = $1 AND m.role = ANY($2::text[]) AND NOT o.is_away AND o.seen_at > now() - $3::interval
ORDER BY o.actor_id FOR UPDATE OF o
"""
_CANDIDATES = """
SELECT o.actor_id, o.capacity, o.assigned_at,
       (SELECT count(*) FROM conversation c WHERE c.workspace_id = o.workspace_id AND c.state = 'open'
        AND c.assignee_id = o.actor_id) AS load,
       array(SELECT t.team_id FROM team_member t WHERE t.workspace_id = o.workspace_id AND t.actor_id = o.actor_id) AS teams
FROM inbox_operator o WHERE o.workspace_id = $1 AND o.actor_id = ANY($2::uuid[]) ORDER BY o.actor_id
"""
_QUEUE = """
SELECT c.id, c.epoch, t.id AS team_id, t.mode, c.meta ->> 'gave_back' AS gave_back
FROM conversation c
JOIN team t ON t.workspace_id = c.workspace_id AND (t.id = c.team_id OR c.team_id IS NULL AND t.is_default)
WHERE c.workspace_id = $1 AND c.kind = 'dialog' AND c.state = 'open' AND c.assignee_id IS NULL AND t.mode <> 'manual'
ORDER BY c.priority DESC, c.waiting_since NULLS LAST, c.id LIMIT $2
"""

# A dialog is left when its person is no operator any more, or was seen once and is offline since.
_LEFT = """
FROM conversation c
LEFT JOIN membership m ON m.workspace_id = c.workspace_id AND m.actor_id = c.assignee_id AND m.deactivated_at IS NULL
                      AND m.role = ANY($1::text[])
LEFT JOIN inbox_operator o ON o.workspace_id = c.workspace_id AND o.actor_id = c.assignee_id
WHERE c.kind = 'dialog' AND c.state = 'open' AND c.assignee_id IS NOT NULL AND c.waiting_since IS NOT NULL
  AND (m.actor_id IS NULL OR o.seen_at < now() - $2::interval)
"""

_NOTE = """
WITH here AS (
  SELECT m.workspace_id, m.actor_id FROM unnest($1::uuid[], $2::uuid[]) AS t (workspace_id, actor_id)
  JOIN membership m ON m.workspace_id = t.workspace_id AND m.actor_id = t.actor_id
  ORDER BY m.workspace_id, m.actor_id
), known AS (
  SELECT o.workspace_id, o.actor_id FROM here JOIN inbox_operator o USING (workspace_id, actor_id)
  WHERE o.seen_at > now() - $3::interval
), noted AS (
  INSERT INTO inbox_operator (workspace_id, actor_id, seen_at) SELECT workspace_id, actor_id, now() FROM here
  ON CONFLICT (workspace_id, actor_id) DO UPDATE SET seen_at = excluded.seen_at
)
SELECT DISTINCT h.workspace_id FROM here h
WHERE NOT EXISTS (SELECT FROM known k WHERE k.workspace_id = h.workspace_id AND k.actor_id = h.actor_id)
"""
_RESTLESS = f"""
SELECT DISTINCT c.workspace_id {_LEFT}
UNION
SELECT DISTINCT c.workspace_id FROM conversation c
JOIN team t ON t.workspace_id = c.workspace_id AND (t.id = c.team_id OR c.team_id IS NULL AND t.is_default)
WHERE c.kind = 'dialog' AND c.state = 'open' AND c.assignee_id IS NULL AND t.mode <> 'manual'
  AND EXISTS (SELECT FROM inbox_operator o WHERE o.workspace_id = c.workspace_id AND NOT o.is_away
              AND o.seen_at > now() - $2::interval)
"""


class OperatorRepository:
    """Operators of a workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def all(self) -> list[Operator]:
        """Return who may answer visitors, by name."""
        rows = await self._conn.fetch(_LIST, self._conn.workspace, _ROLES, GRACE, CAPACITY)
        return [_operator(row) for row in rows]

    async def save(
        self, actor: ActorId, *, is_away: bool | None = None, capacity: int | None = None
    ) -> None:
        """Note what is given of an operator."""
        await self._conn.execute(
            "INSERT INTO inbox_operator AS o (workspace_id, actor_id, is_away, capacity)"
            " VALUES ($1, $2, coalesce($3::bool, false), coalesce($4::int, $5::int))"
            " ON CONFLICT (workspace_id, actor_id) DO UPDATE SET is_away = coalesce($3, o.is_away),"
            " capacity = coalesce($4, o.capacity)",
            self._conn.workspace, actor, is_away, capacity, CAPACITY,
        )  # fmt: skip

    async def lock_candidates(self) -> list[Candidate]:
        """Lock the operators who are there and want more; return what each has."""
        locked = await self._conn.fetch(_LOCK, self._conn.workspace, _ROLES, GRACE)
        actors = [row["actor_id"] for row in locked]
        rows = await self._conn.fetch(_CANDIDATES, self._conn.workspace, actors) if actors else []
        return [_candidate(row) for row in rows]

    async def note_assigned(self, chosen: Collection[Candidate]) -> None:
        """Remember when each operator got a dialog."""
        await self._conn.execute(
            "UPDATE inbox_operator o SET assigned_at = t.at FROM unnest($2::uuid[], $3::timestamptz[]) AS t (actor_id, at)"
            " WHERE o.workspace_id = $1 AND o.actor_id = t.actor_id",
            self._conn.workspace, [each.actor_id for each in chosen], [each.assigned_at for each in chosen],
        )  # fmt: skip

    async def queue(self, *, most: int) -> list[Queued]:
        """Return the dialogs that wait for somebody to be chosen, the most urgent first."""
        rows = await self._conn.fetch(_QUEUE, self._conn.workspace, most)
        return [_queued(row) for row in rows]

    async def left(self) -> list[tuple[ConversationId, int, ActorId]]:
        """Lock the unanswered dialogs whose person has gone; return them with their epochs and that person."""
        rows = await self._conn.fetch(
            f"SELECT c.id, c.epoch, c.assignee_id {_LEFT} AND c.workspace_id = $3"
            " ORDER BY c.id FOR NO KEY UPDATE OF c SKIP LOCKED",
            _ROLES, GRACE, self._conn.workspace,
        )  # fmt: skip
        return [
            (ConversationId(row["id"]), row["epoch"], ActorId(row["assignee_id"])) for row in rows
        ]


class SystemOperators:
    """Operators of all workspaces, read as the system."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def note(self, people: Sequence[tuple[WorkspaceId, ActorId]]) -> list[WorkspaceId]:
        """Note that people are there; return the workspaces of those who were not a moment ago."""
        rows = await self._conn.fetch(
            _NOTE, [place for place, _ in people], [actor for _, actor in people], GRACE
        )
        return [WorkspaceId(row["workspace_id"]) for row in rows]

    async def restless(self) -> list[WorkspaceId]:
        """Return the workspaces where dialogs were left, or wait while somebody could have them."""
        rows = await self._conn.fetch(_RESTLESS, _ROLES, GRACE)
        return [WorkspaceId(row["workspace_id"]) for row in rows]


def _operator(row: Row) -> Operator:
    return Operator(
        actor_id=ActorId(row["actor_id"]), name=row["name"], is_away=row["is_away"], is_online=row["is_online"],
        capacity=row["capacity"], load=row["load"],
    )  # fmt: skip


def _candidate(row: Row) -> Candidate:
    return Candidate(
        actor_id=ActorId(row["actor_id"]), capacity=row["capacity"], load=row["load"],
        assigned_at=row["assigned_at"] or _NEVER, teams=frozenset(row["teams"]),
    )  # fmt: skip


def _queued(row: Row) -> Queued:
    return Queued(
        id=ConversationId(row["id"]), epoch=row["epoch"], team_id=row["team_id"], mode=TeamMode(row["mode"]),
        gave_back=row["gave_back"],
    )  # fmt: skip
