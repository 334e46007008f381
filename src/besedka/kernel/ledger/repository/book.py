"""Accounts, transactions and grants."""

from collections.abc import Sequence
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId, first_id, new_id
from besedka.kernel.ledger.types import (
    COUNTER,
    AccountKind,
    Balance,
    Currency,
    NewTransaction,
    Transaction,
    TransactionId,
    TransactionKind,
    Wanted,
)

ENTRIES = (
    "entries AS (INSERT INTO ledger_entry (workspace_id, transaction_id, account_id, amount)"
    " SELECT $1, made.id, account.id,"
    " CASE account.kind WHEN 'wallet' THEN made.amount ELSE -made.amount END"
    " FROM made, ledger_account AS account"
    " WHERE account.workspace_id = $1 AND account.kind IN ('wallet', '{counter}') AND made.amount <> 0)"
)
"""Both sides of the transaction `made`."""

_FIELDS = (
    "t.id, t.kind, t.amount, t.key, t.actor_id, t.charge_id, t.note, t.meta, t.created_at,"
    " (SELECT currency FROM ledger_account a WHERE a.workspace_id = t.workspace_id AND a.kind = 'wallet')"
    " AS currency"
)

_TAKE_BACK = (
    "WITH wallet AS MATERIALIZED (SELECT id, held FROM ledger_account"
    " WHERE workspace_id = $1 AND kind = 'wallet' FOR UPDATE),"
    " due AS MATERIALIZED (SELECT g.id, g.remaining, g.expires_at, wallet.held"
    " FROM wallet, ledger_grant AS g WHERE g.workspace_id = $1 AND g.remaining > 0"
    " AND g.expires_at <= now() ORDER BY g.expires_at, g.id FOR UPDATE OF g),"
    " cut AS (SELECT id, (remaining - least(remaining, greatest(held - before, 0)))::bigint AS part FROM"
    " (SELECT id, remaining, held, coalesce(sum(remaining) OVER (ORDER BY expires_at, id"
    " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before FROM due) AS sums),"
    " total AS (SELECT sum(part)::bigint AS amount,"
    " jsonb_agg(jsonb_build_object('grant', id, 'amount', part)) AS parts FROM cut WHERE part > 0),"
    " emptied AS (UPDATE ledger_grant AS g SET remaining = g.remaining - cut.part FROM cut"
    " WHERE cut.part > 0 AND g.workspace_id = $1 AND g.id = cut.id),"
    " made AS (INSERT INTO ledger_transaction (workspace_id, id, kind, amount, key, meta)"
    " SELECT $1, $2::uuid, 'expiry', -amount, 'expiry:' || $2::uuid::text, jsonb_build_object('grants', parts)"
    " FROM total WHERE amount > 0 RETURNING id, amount),"
    " moved AS (UPDATE ledger_account AS a SET balance = a.balance + made.amount FROM made"
    " WHERE a.workspace_id = $1 AND a.kind = 'wallet'),"
    f" {ENTRIES.format(counter=AccountKind.GRANTS)} SELECT -amount FROM made"
)


def _record(kind: TransactionKind) -> str:
    return (
        "WITH made AS (INSERT INTO ledger_transaction"
        " (workspace_id, id, kind, amount, key, actor_id, charge_id, note, meta)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT (workspace_id, key) DO NOTHING RETURNING *),"
        " moved AS (UPDATE ledger_account AS a SET balance = a.balance + made.amount FROM made"
        " WHERE a.workspace_id = $1 AND a.kind = 'wallet'),"
        " given AS (INSERT INTO ledger_grant (workspace_id, id, remaining, expires_at)"
        " SELECT $1, id, amount, $10::timestamptz FROM made WHERE $10::timestamptz IS NOT NULL),"
        f" {ENTRIES.format(counter=COUNTER[kind])} SELECT {_FIELDS} FROM made AS t"
    )


_RECORD = {kind: _record(kind) for kind in TransactionKind}


class BookRepository:
    """The ledger of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def open(self, currency: Currency) -> None:
        """Add the accounts that are not there yet."""
        kinds = list(AccountKind)
        await self._conn.execute(
            "INSERT INTO ledger_account (workspace_id, id, kind, currency)"
            " SELECT $1, made.id, made.kind, $4 FROM unnest($2::uuid[], $3::text[]) AS made(id, kind)"
            " ON CONFLICT (workspace_id, kind) DO NOTHING",
            self._conn.workspace, [new_id() for _ in kinds], [kind.value for kind in kinds], currency,
        )  # fmt: skip

    async def find_balance(self) -> Balance | None:
        """Return what the wallet holds."""
        row = await self._conn.fetchrow(
            "SELECT currency, balance, held FROM ledger_account WHERE workspace_id = $1 AND kind = 'wallet'",
            self._conn.workspace,
        )
        return None if row is None else _balance(row)

    async def has_expired(self) -> bool:
        """Whether there is money whose time is over."""
        return bool(
            await self._conn.fetchval(
                "SELECT EXISTS (SELECT FROM ledger_grant"
                " WHERE workspace_id = $1 AND remaining > 0 AND expires_at <= now())",
                self._conn.workspace,
            )
        )

    async def lock_wallet(self) -> None:
        """Let other transactions of the workspace wait until this one ends."""
        await self._conn.fetchval(
            "SELECT id FROM ledger_account WHERE workspace_id = $1 AND kind = 'wallet' FOR UPDATE",
            self._conn.workspace,
        )

    async def record(self, new: NewTransaction) -> Transaction | None:
        """Add a transaction with its entries and move the wallet; None when its key was used before."""
        row = await self._conn.fetchrow(
            _RECORD[new.kind], self._conn.workspace, new.id, new.kind, new.amount, new.key,
            new.actor_id, new.charge_id, new.note, dict(new.meta), new.expires_at,
        )  # fmt: skip
        return None if row is None else to_transaction(row)

    async def granted(self) -> int:
        """Return how much of the balance was given and may expire."""
        total: int = await self._conn.fetchval(
            "SELECT coalesce(sum(remaining), 0)::bigint FROM ledger_grant"
            " WHERE workspace_id = $1 AND remaining > 0",
            self._conn.workspace,
        )
        return total

    async def take_back(self) -> int:
        """Take back what remains of expired grants and is not held; return how much."""
        amount: int | None = await self._conn.fetchval(_TAKE_BACK, self._conn.workspace, new_id())
        return amount or 0

    async def find(self, transaction_id: TransactionId) -> Transaction | None:
        """Return a transaction."""
        row = await self._conn.fetchrow(
            f"SELECT {_FIELDS} FROM ledger_transaction AS t WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, transaction_id,
        )  # fmt: skip
        return None if row is None else to_transaction(row)

    async def find_by_key(self, key: str) -> Transaction | None:
        """Return the transaction that was made under a key."""
        row = await self._conn.fetchrow(
            f"SELECT {_FIELDS} FROM ledger_transaction AS t WHERE workspace_id = $1 AND key = $2",
            self._conn.workspace, key,
        )  # fmt: skip
        return None if row is None else to_transaction(row)

    async def refunded(self, charge_id: TransactionId) -> int:
        """Return how much of a charge was given back."""
        total: int = await self._conn.fetchval(
            "SELECT coalesce(sum(amount), 0)::bigint FROM ledger_transaction"
            " WHERE workspace_id = $1 AND charge_id = $2",
            self._conn.workspace, charge_id,
        )  # fmt: skip
        return total

    async def page(
        self, wanted: Wanted, *, before: UUID | None, limit: int
    ) -> Sequence[Transaction]:
        """Return transactions, newest first; those of a time are found by their ids, which sort by it."""
        narrowed = "" if wanted.kind is None else f" AND kind = '{wanted.kind.value}'"
        since, until = (
            None if each is None else first_id(each) for each in (wanted.since, wanted.until)
        )
        rows = await self._conn.fetch(
            f"SELECT {_FIELDS} FROM ledger_transaction AS t WHERE workspace_id = $1{narrowed}"
            " AND ($2::uuid IS NULL OR id < $2) AND ($4::uuid IS NULL OR id >= $4)"
            " AND ($5::uuid IS NULL OR id < $5) ORDER BY id DESC LIMIT $3",
            self._conn.workspace, before, limit, since, until,
        )  # fmt: skip
        return [to_transaction(row) for row in rows]


def _balance(row: Row) -> Balance:
    return Balance(currency=Currency(row["currency"]), balance=row["balance"], held=row["held"])


def to_transaction(row: Row) -> Transaction:
    """Return a row as a transaction."""
    actor, charge = row["actor_id"], row["charge_id"]
    return Transaction(
        id=TransactionId(row["id"]), kind=TransactionKind(row["kind"]), amount=row["amount"],
        currency=Currency(row["currency"]), key=row["key"],
        actor_id=None if actor is None else ActorId(actor),
        charge_id=None if charge is None else TransactionId(charge), note=row["note"],
        meta=row["meta"], created_at=row["created_at"],
    )  # fmt: skip
