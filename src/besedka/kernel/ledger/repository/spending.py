"""What was spent, by day and model: charges without what was given back of them."""

from collections.abc import Sequence
from datetime import datetime

from besedka.core.db.connection import TenantConn
from besedka.core.ids import first_id
from besedka.kernel.ledger.types import Spent

# Charges are found by their ids, which sort by time: the key serves as the index.
_SPENT = """
WITH given AS MATERIALIZED (
  SELECT charge_id, sum(amount) AS amount FROM ledger_transaction
  WHERE workspace_id = $1 AND kind = 'refund' AND charge_id >= $2 AND charge_id < $3 GROUP BY charge_id
)
SELECT (t.created_at AT TIME ZONE $4)::date AS day, coalesce(t.meta->>'model', '') AS model, count(*) AS calls,
       (-sum(t.amount) - coalesce(sum(g.amount), 0))::bigint AS amount
FROM ledger_transaction t LEFT JOIN given g ON g.charge_id = t.id
WHERE t.workspace_id = $1 AND t.kind = 'usage' AND t.id >= $2 AND t.id < $3
GROUP BY 1, 2 ORDER BY 1, 4 DESC, 2
"""


class SpendingRepository:
    """The spending of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def by_day_and_model(
        self, start: datetime, end: datetime, *, zone: str
    ) -> Sequence[Spent]:
        """Return what was spent from a moment on and before another, in days of a zone, eldest first."""
        rows = await self._conn.fetch(
            _SPENT, self._conn.workspace, first_id(start), first_id(end), zone
        )
        return [
            Spent(day=row["day"], model=row["model"], calls=row["calls"], amount=row["amount"])
            for row in rows
        ]
