"""Limits: how much may be spent in a day or a month, and how much of that is gone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.kernel.ledger.types import Limit, LimitId, LimitPeriod

# Days and months are those of the workspace's zone. Charges are found by their ids, which sort by time; what was given back
# of them does not count.
_LIMITS = """
WITH place AS (
  SELECT coalesce((SELECT zone FROM hours_schedule WHERE workspace_id = $1 AND is_default), 'UTC') AS zone
), spans AS (
  SELECT name, zone, date_trunc(name, now() AT TIME ZONE zone) AT TIME ZONE zone AS starts,
         (date_trunc(name, now() AT TIME ZONE zone) + ('1 ' || name)::interval) AT TIME ZONE zone AS ends
  FROM place, unnest(ARRAY['day', 'month']) AS name
), firsts AS (
  SELECT *, (lpad(to_hex(floor(extract(epoch FROM starts) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid AS first
  FROM spans
)
SELECT l.id, l.actor_id, a.name AS actor_name, l.period, l.amount, s.starts, s.ends, s.zone,
       CASE WHEN l.told_for = s.starts THEN l.told ELSE 0 END AS told,
       (SELECT coalesce(-sum(t.amount), 0) FROM ledger_transaction t WHERE t.workspace_id = $1 AND t.id >= s.first
          AND t.kind = 'usage' AND (l.actor_id IS NULL OR t.actor_id = l.actor_id))::bigint
       - (SELECT coalesce(sum(r.amount), 0) FROM ledger_transaction r
          JOIN ledger_transaction t ON t.workspace_id = $1 AND t.id = r.charge_id
          WHERE r.workspace_id = $1 AND r.kind = 'refund' AND r.charge_id >= s.first
          AND (l.actor_id IS NULL OR t.actor_id = l.actor_id))::bigint AS spent,
       (SELECT coalesce(sum(h.amount), 0) FROM ledger_hold h WHERE h.workspace_id = $1 AND h.state = 'open'
          AND h.purpose <> 'payout' AND (l.actor_id IS NULL OR h.actor_id = l.actor_id))::bigint AS held
FROM ledger_limit l JOIN firsts s ON s.name = l.period
LEFT JOIN actor a ON a.workspace_id = l.workspace_id AND a.id = l.actor_id
WHERE l.workspace_id = $1 AND ($2 OR l.actor_id IS NULL OR l.actor_id = $3)
ORDER BY l.actor_id IS NOT NULL, a.name, l.actor_id, l.period
"""


class LimitRepository:
    """The limits of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def all(self) -> Sequence[Limit]:
        """Return every limit, the workspace's own first."""
        return await self._find(is_all=True, actor=None)

    async def of(self, actor: ActorId | None) -> Sequence[Limit]:
        """Return the limits that hold for a spender."""
        return await self._find(is_all=False, actor=actor)

    async def _find(self, *, is_all: bool, actor: ActorId | None) -> Sequence[Limit]:
        rows = await self._conn.fetch(_LIMITS, self._conn.workspace, is_all, actor)
        return [_limit(row) for row in rows]

    async def put(self, actor: ActorId | None, period: LimitPeriod, *, amount: int) -> None:
        """Store a limit in place of the one that was there."""
        await self._conn.execute(
            "INSERT INTO ledger_limit (workspace_id, id, actor_id, period, amount) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (workspace_id, period, actor_id) DO UPDATE SET amount = excluded.amount, told = 0",
            self._conn.workspace, new_id(), actor, period, amount,
        )  # fmt: skip

    async def remove(self, actor: ActorId | None, period: LimitPeriod) -> bool:
        """Remove a limit; returns whether there was one."""
        done = await self._conn.execute(
            "DELETE FROM ledger_limit WHERE workspace_id = $1 AND period = $3 AND actor_id IS NOT DISTINCT FROM $2",
            self._conn.workspace, actor, period,
        )  # fmt: skip
        return done == "DELETE 1"

    async def set_told(self, limit: UUID, share: int, *, starts: datetime) -> bool:
        """Keep that somebody was told of so much of a limit; False when they were, or when it is gone."""
        done = await self._conn.execute(
            "UPDATE ledger_limit SET told = $3, told_for = $4 WHERE workspace_id = $1 AND id = $2"
            " AND (told_for IS DISTINCT FROM $4 OR told < $3)",
            self._conn.workspace, limit, share, starts,
        )  # fmt: skip
        return done == "UPDATE 1"


def _limit(row: Row) -> Limit:
    actor = row["actor_id"]
    return Limit(
        id=LimitId(row["id"]), actor_id=None if actor is None else ActorId(actor),
        actor_name=row["actor_name"] or "", period=LimitPeriod(row["period"]), amount=row["amount"],
        spent=row["spent"], held=row["held"], starts=row["starts"], ends=row["ends"], zone=row["zone"],
        told=row["told"],
    )  # fmt: skip
