"""Holds, and what is taken from them."""

from collections.abc import Mapping
from datetime import timedelta

import asyncpg
from pydantic import JsonValue

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.kernel.ledger.errors import BalanceShort
from besedka.kernel.ledger.repository.book import ENTRIES
from besedka.kernel.ledger.types import AccountKind, Hold, HoldId, HoldState, TransactionId

_FIELDS = "id, amount, key, purpose, state, expires_at"

_HOLD = (
    "WITH made AS (INSERT INTO ledger_hold (workspace_id, id, account_id, amount, key, purpose, expires_at, actor_id)"
    " SELECT $1, $2, a.id, $3, $4, $5, now() + $6, $8 FROM ledger_account AS a"
    " WHERE a.workspace_id = $1 AND a.kind = 'wallet' AND a.balance - a.held >= $3 AND ($7 OR NOT (EXISTS"
    " (SELECT FROM ledger_grant AS g WHERE g.workspace_id = $1 AND g.remaining > 0 AND g.expires_at <= now())"
    " OR EXISTS (SELECT FROM ledger_limit AS l WHERE l.workspace_id = $1 AND (l.actor_id IS NULL OR l.actor_id = $8))))"
    " ON CONFLICT (workspace_id, key) DO NOTHING RETURNING *),"
    " taken AS (UPDATE ledger_account AS a SET held = a.held + made.amount FROM made"
    " WHERE a.workspace_id = $1 AND a.id = made.account_id)"
    f" SELECT {_FIELDS} FROM made"
)

_ENDED = (
    "WITH ended AS (UPDATE ledger_hold SET state = 'captured', ended_at = now()"
    " WHERE workspace_id = $1 AND id = $2 AND state = 'open' AND amount >= $4::bigint{condition}"
    " RETURNING account_id, amount),"
    " moved AS (UPDATE ledger_account AS a SET balance = a.balance - $4::bigint, held = a.held - ended.amount"
    " FROM ended WHERE a.workspace_id = $1 AND a.id = ended.account_id RETURNING a.id),"
)
_MADE = (
    " made AS (INSERT INTO ledger_transaction (workspace_id, id, kind, amount, key, actor_id, meta)"
    " SELECT $1, $3, 'usage', -$4::bigint, 'hold:' || $2::uuid::text, $5, {meta} FROM moved RETURNING id, amount),"
    f" {ENTRIES.format(counter=AccountKind.REVENUE)} SELECT id FROM made"
)

_CAPTURE = _ENDED.format(
    condition=" AND NOT EXISTS (SELECT FROM ledger_grant WHERE workspace_id = $1 AND remaining > 0)"
) + _MADE.format(meta="$6::jsonb")
"""Where nothing expires."""

_CAPTURE_FROM_GRANTS = (
    _ENDED.format(condition="")
    + " mine AS MATERIALIZED (SELECT g.id, g.remaining, g.expires_at FROM moved, ledger_grant AS g"
    " WHERE g.workspace_id = $1 AND g.remaining > 0 ORDER BY g.expires_at, g.id FOR UPDATE OF g),"
    " parts AS (SELECT id, least(remaining, greatest($4::bigint - before, 0))::bigint AS part FROM"
    " (SELECT id, remaining, coalesce(sum(remaining) OVER (ORDER BY expires_at, id"
    " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before FROM mine) AS sums),"
    " spent AS (UPDATE ledger_grant AS g SET remaining = g.remaining - parts.part FROM parts"
    " WHERE parts.part > 0 AND g.workspace_id = $1 AND g.id = parts.id),"
    + _MADE.format(
        meta="$6::jsonb || coalesce((SELECT jsonb_build_object('grants',"
        " jsonb_agg(jsonb_build_object('grant', id, 'amount', part)))"
        " FROM parts WHERE part > 0 HAVING count(*) > 0), '{}'::jsonb)"
    )
)

_RELEASE = (
    "WITH ended AS (UPDATE ledger_hold SET state = 'released', ended_at = now()"
    " WHERE workspace_id = $1 AND id = $2 AND state = 'open' RETURNING account_id, amount),"
    " freed AS (UPDATE ledger_account AS a SET held = a.held - ended.amount FROM ended"
    " WHERE a.workspace_id = $1 AND a.id = ended.account_id)"
    " SELECT true FROM ended"
)


class HoldRepository:
    """Holds of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def add(
        self, amount: int, *, key: str, purpose: str, lasts: timedelta, actor_id: ActorId | None,
        looked: bool,
    ) -> Hold | None:  # fmt: skip
        """Set money aside in one statement.

        None when there is too little, when the key was used, or when a grant has expired or a limit holds that was not
        looked at (`looked` tells that they were). Raises BalanceShort when somebody else was faster.
        """
        try:
            row = await self._conn.fetchrow(
                _HOLD, self._conn.workspace, new_id(), amount, key, purpose, lasts, looked, actor_id
            )
        except asyncpg.CheckViolationError as error:
            # What was available when the statement began was spent when it got the wallet; what is left cannot be read here.
            raise BalanceShort(available=0, needed=amount) from error
        return None if row is None else _hold(row)

    async def find(self, hold_id: HoldId) -> Hold | None:
        """Return a hold."""
        row = await self._conn.fetchrow(
            f"SELECT {_FIELDS} FROM ledger_hold WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, hold_id,
        )  # fmt: skip
        return None if row is None else _hold(row)

    async def find_by_key(self, key: str) -> Hold | None:
        """Return the hold that was made under a key."""
        row = await self._conn.fetchrow(
            f"SELECT {_FIELDS} FROM ledger_hold WHERE workspace_id = $1 AND key = $2",
            self._conn.workspace, key,
        )  # fmt: skip
        return None if row is None else _hold(row)

    async def capture(
        self, hold_id: HoldId, *, amount: int, actor_id: ActorId | None,
        meta: Mapping[str, JsonValue],
    ) -> TransactionId | None:  # fmt: skip
        """Take an amount from an open hold that covers it and free the rest; None otherwise.

        One statement; a second one, which does all that the first left undone, where grants are to be spent.
        """
        values = (self._conn.workspace, hold_id, new_id(), amount, actor_id, dict(meta))
        found = await self._conn.fetchval(_CAPTURE, *values)
        if found is None:
            found = await self._conn.fetchval(_CAPTURE_FROM_GRANTS, *values)
        return None if found is None else TransactionId(found)

    async def release(self, hold_id: HoldId) -> bool:
        """Free an open hold; returns whether it was one."""
        return bool(await self._conn.fetchval(_RELEASE, self._conn.workspace, hold_id))

    async def renew(self, hold_id: HoldId, lasts: timedelta) -> bool:
        """Let an open hold last from now on again; returns whether it was one."""
        return bool(
            await self._conn.fetchval(
                "UPDATE ledger_hold SET expires_at = greatest(expires_at, now() + $3)"
                " WHERE workspace_id = $1 AND id = $2 AND state = 'open' RETURNING true",
                self._conn.workspace, hold_id, lasts,
            )
        )  # fmt: skip


def _hold(row: Row) -> Hold:
    return Hold(
        id=HoldId(row["id"]), amount=row["amount"], key=row["key"], purpose=row["purpose"],
        state=HoldState(row["state"]), expires_at=row["expires_at"],
    )  # fmt: skip
