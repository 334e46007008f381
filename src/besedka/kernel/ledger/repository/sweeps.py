"""Looking after the ledgers of all workspaces."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from besedka.core.db.connection import SystemConn
from besedka.core.ids import WorkspaceId
from besedka.kernel.ledger.types import Reckoning

_EXPIRE = (
    "WITH due AS MATERIALIZED (SELECT workspace_id, id FROM ledger_hold"
    " WHERE state = 'open' AND expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED),"
    " ended AS (UPDATE ledger_hold AS h SET state = 'expired', ended_at = now() FROM due"
    " WHERE h.workspace_id = due.workspace_id AND h.id = due.id"
    " RETURNING h.workspace_id, h.account_id, h.amount),"
    " freed AS (UPDATE ledger_account AS a SET held = a.held - sums.amount FROM"
    " (SELECT workspace_id, account_id, sum(amount)::bigint AS amount FROM ended GROUP BY 1, 2) AS sums"
    " WHERE a.workspace_id = sums.workspace_id AND a.id = sums.account_id)"
    " SELECT count(*) FROM ended"
)

_COMPARE = (
    "SELECT a.workspace_id, a.id, a.balance, a.held, e.amount AS entries, h.amount AS open_holds,"
    " g.amount AS grants, every.amount AS all_entries FROM (SELECT * FROM ledger_account"
    " WHERE kind = 'wallet' AND (workspace_id, id) > ($1, $2) ORDER BY workspace_id, id LIMIT $3) AS a,"
    " LATERAL (SELECT coalesce(sum(amount), 0)::bigint AS amount FROM ledger_entry"
    " WHERE workspace_id = a.workspace_id AND account_id = a.id) AS e,"
    " LATERAL (SELECT coalesce(sum(amount), 0)::bigint AS amount FROM ledger_entry"
    " WHERE workspace_id = a.workspace_id) AS every,"
    " LATERAL (SELECT coalesce(sum(amount), 0)::bigint AS amount FROM ledger_hold"
    " WHERE workspace_id = a.workspace_id AND account_id = a.id AND state = 'open') AS h,"
    " LATERAL (SELECT coalesce(sum(remaining), 0)::bigint AS amount FROM ledger_grant"
    " WHERE workspace_id = a.workspace_id) AS g ORDER BY a.workspace_id, a.id"
)


class SystemLedgers:
    """The ledgers of all workspaces."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def expire_holds(self, limit: int) -> int:
        """Free holds whose time is over and that nobody is settling at the moment; return how many."""
        count: int = await self._conn.fetchval(_EXPIRE, limit)
        return count

    async def forget_holds(self, ended: timedelta, limit: int) -> int:
        """Delete holds that ended so long ago; return how many."""
        count: int = await self._conn.fetchval(
            "WITH old AS (SELECT workspace_id, id FROM ledger_hold WHERE ended_at < now() - $1::interval"
            " ORDER BY ended_at LIMIT $2), gone AS (DELETE FROM ledger_hold AS h USING old"
            " WHERE h.workspace_id = old.workspace_id AND h.id = old.id RETURNING 1)"
            " SELECT count(*) FROM gone",
            ended, limit,
        )  # fmt: skip
        return count

    async def with_expired_grants(self) -> Sequence[WorkspaceId]:
        """Return the workspaces that have money whose time is over."""
        rows = await self._conn.fetch(
            "SELECT DISTINCT workspace_id FROM ledger_grant WHERE remaining > 0 AND expires_at <= now()"
        )
        return [WorkspaceId(row["workspace_id"]) for row in rows]

    async def compare(self, after: tuple[UUID, UUID], limit: int) -> Sequence[Reckoning]:
        """Return what wallets hold beside what they should, in one snapshot, for the next so many."""
        rows = await self._conn.fetch(_COMPARE, *after, limit)
        return [
            Reckoning(
                workspace_id=row["workspace_id"], account_id=row["id"], balance=row["balance"],
                entries=row["entries"], held=row["held"], open_holds=row["open_holds"],
                grants=row["grants"], all_entries=row["all_entries"],
            )
            for row in rows
        ]  # fmt: skip
