"""SQL of the wallet."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.ledger.types import Currency, HoldId, TransactionId
from besedka.products.wallet.types import (
    GatewayKind,
    Payback,
    PaybackId,
    PaybackState,
    Payment,
    PaymentId,
    PaymentState,
    Short,
)

_PAYMENT = (
    "SELECT p.id, p.gateway, p.amount, p.currency, p.state, p.actor_id, p.reference, p.charge, p.url,"
    " p.transaction_id, p.created_at, (SELECT coalesce(sum(b.amount), 0)::bigint FROM ledger_payback b"
    " WHERE b.workspace_id = $1 AND b.payment_id = p.id AND b.state <> 'failed') AS returned"
    " FROM ledger_payment p WHERE p.workspace_id = $1"
)
_PAYBACK = (
    "SELECT id, payment_id, hold_id, amount, state, note, host_id, created_at FROM ledger_payback"
    " WHERE workspace_id = $1"
)

# The older a payment is, the more seldom its provider is asked: every minute at first, every hour later.
_OPEN = """
WITH due AS (
  SELECT workspace_id, id FROM ledger_payment
  WHERE state IN ('new', 'pending') AND created_at > now() - $1::interval
    AND coalesce(asked_at, created_at) < now() - greatest($2::interval, least((now() - created_at) / 4, interval '1 hour'))
  ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE ledger_payment p SET asked_at = now() FROM due
WHERE p.workspace_id = due.workspace_id AND p.id = due.id RETURNING p.workspace_id, p.id
"""


# Below what somebody chose, or a tenth of what was paid in last.
_SHORT = """
SELECT a.workspace_id, a.currency, a.balance - a.held AS available, b.below, w.warn_below, w.told_at IS NOT NULL AS is_told
FROM ledger_account a LEFT JOIN wallet_watch w ON w.workspace_id = a.workspace_id,
LATERAL (SELECT coalesce(w.warn_below, (
  SELECT t.amount / 10 FROM ledger_transaction t
  WHERE t.workspace_id = a.workspace_id AND t.kind = 'deposit' ORDER BY t.id DESC LIMIT 1), 0) AS below) b
WHERE a.kind = 'wallet'
"""


class PaymentRepository:
    """The payments of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def add(self, payment: Payment) -> None:
        """Store a payment that is about to begin."""
        await self._conn.execute(
            "INSERT INTO ledger_payment (workspace_id, id, gateway, amount, currency, state, actor_id)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self._conn.workspace, payment.id, payment.gateway, payment.amount, payment.currency,
            payment.state, payment.actor_id,
        )  # fmt: skip

    async def find(self, payment: UUID) -> Payment | None:
        """Return a payment."""
        row = await self._conn.fetchrow(f"{_PAYMENT} AND p.id = $2", self._conn.workspace, payment)
        return None if row is None else _payment(row)

    async def lock(self, payment: UUID) -> Payment | None:
        """Return a payment that nobody else changes until the transaction ends."""
        await self._conn.execute(
            "SELECT FROM ledger_payment WHERE workspace_id = $1 AND id = $2 FOR UPDATE",
            self._conn.workspace, payment,
        )  # fmt: skip
        return await self.find(payment)

    async def page(self, *, before: UUID | None, limit: int) -> Sequence[Payment]:
        """Return payments, newest first."""
        rows = await self._conn.fetch(
            f"{_PAYMENT} AND ($2::uuid IS NULL OR p.id < $2) ORDER BY p.id DESC LIMIT $3",
            self._conn.workspace, before, limit,
        )  # fmt: skip
        return [_payment(row) for row in rows]

    async def begin(self, payment: PaymentId, *, reference: str, url: str) -> None:
        """Keep how the provider calls a payment, and where it is paid."""
        await self._conn.execute(
            "UPDATE ledger_payment SET state = 'pending', reference = $3, url = $4"
            " WHERE workspace_id = $1 AND id = $2 AND state = 'new'",
            self._conn.workspace, payment, reference, url,
        )  # fmt: skip

    async def end(self, payment: PaymentId, state: PaymentState) -> None:
        """Keep that a payment came to nothing."""
        await self._conn.execute(
            "UPDATE ledger_payment SET state = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, payment, state,
        )  # fmt: skip

    async def pay(self, payment: PaymentId, *, charge: str, transaction: TransactionId) -> None:
        """Keep that a payment was made, and booked."""
        await self._conn.execute(
            "UPDATE ledger_payment SET state = 'paid', charge = $3, transaction_id = $4"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, payment, charge, transaction,
        )  # fmt: skip

    async def add_payback(self, payback: Payback) -> None:
        """Store that money is to go back."""
        await self._conn.execute(
            "INSERT INTO ledger_payback (workspace_id, id, payment_id, hold_id, amount, note, host_id)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self._conn.workspace, payback.id, payback.payment_id, payback.hold_id, payback.amount,
            payback.note, payback.host_id,
        )  # fmt: skip

    async def lock_payback(self, payback: UUID) -> Payback | None:
        """Return money that goes back; nobody else changes that until the transaction ends."""
        row = await self._conn.fetchrow(
            f"{_PAYBACK} AND id = $2 FOR UPDATE", self._conn.workspace, payback
        )
        return None if row is None else _payback(row)

    async def end_payback(
        self, payback: PaybackId, state: PaybackState, *, reference: str = ""
    ) -> None:
        """Keep what became of it."""
        await self._conn.execute(
            "UPDATE ledger_payback SET state = $3, reference = nullif($4, '') WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, payback, state, reference,
        )  # fmt: skip


class SystemPayments:
    """The payments of all workspaces."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def find(
        self, gateway: GatewayKind, reference: str
    ) -> tuple[WorkspaceId, PaymentId] | None:
        """Return whose payment a provider means."""
        row = await self._conn.fetchrow(
            "SELECT workspace_id, id FROM ledger_payment WHERE gateway = $1 AND reference = $2",
            gateway, reference,
        )  # fmt: skip
        return (
            None if row is None else (WorkspaceId(row["workspace_id"]), PaymentId(row["id"]))
        )  # fmt: skip

    async def take_open(
        self, *, youngest: timedelta, oldest: timedelta, limit: int
    ) -> list[tuple[WorkspaceId, PaymentId]]:
        """Return payments to ask after, which are not returned again for a while."""
        rows = await self._conn.fetch(_OPEN, oldest, youngest, limit)
        return [(WorkspaceId(row["workspace_id"]), PaymentId(row["id"])) for row in rows]

    async def unfinished_paybacks(
        self, *, youngest: timedelta, oldest: timedelta, limit: int
    ) -> list[tuple[WorkspaceId, PaybackId]]:
        """Return money that has been on its way back for a while."""
        rows = await self._conn.fetch(
            "SELECT workspace_id, id FROM ledger_payback WHERE state = 'new'"
            " AND created_at BETWEEN now() - $2::interval AND now() - $1::interval"
            " ORDER BY created_at LIMIT $3",
            youngest, oldest, limit,
        )  # fmt: skip
        return [(WorkspaceId(row["workspace_id"]), PaybackId(row["id"])) for row in rows]


def _payment(row: Row) -> Payment:
    actor, booked = row["actor_id"], row["transaction_id"]
    return Payment(
        id=PaymentId(row["id"]), gateway=GatewayKind(row["gateway"]), amount=row["amount"],
        currency=Currency(row["currency"]), state=PaymentState(row["state"]),
        actor_id=None if actor is None else ActorId(actor), reference=row["reference"], charge=row["charge"],
        url=row["url"], transaction_id=None if booked is None else TransactionId(booked),
        returned=row["returned"], created_at=row["created_at"],
    )  # fmt: skip


def _payback(row: Row) -> Payback:
    return Payback(
        id=PaybackId(row["id"]), payment_id=PaymentId(row["payment_id"]), hold_id=HoldId(row["hold_id"]),
        amount=row["amount"], state=PaybackState(row["state"]), note=row["note"], host_id=row["host_id"],
        created_at=row["created_at"],
    )  # fmt: skip


class WatchRepository:
    """Whether the balance of one workspace is short, and whether that was told."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self) -> Short | None:
        """Return how it stands; None before the first money."""
        row = await self._conn.fetchrow(f"{_SHORT} AND a.workspace_id = $1", self._conn.workspace)
        if row is None:
            return None
        return Short(
            available=row["available"], below=row["below"], currency=Currency(row["currency"]),
            chosen=row["warn_below"],
        )  # fmt: skip

    async def turn(self) -> Short | None:
        """Keep that it is short now, or no more; None when that is not new."""
        found = await self.find()
        if found is None:
            return None
        done = await self._conn.execute(
            "INSERT INTO wallet_watch (workspace_id, told_at) VALUES ($1, CASE WHEN $2 THEN now() END)"
            " ON CONFLICT (workspace_id) DO UPDATE SET told_at = excluded.told_at"
            " WHERE (wallet_watch.told_at IS NULL) <> (excluded.told_at IS NULL)",
            self._conn.workspace, found.is_short,
        )  # fmt: skip
        return found if done == "INSERT 0 1" else None

    async def choose(self, below: int | None) -> None:
        """Keep below which amount it counts as short."""
        await self._conn.execute(
            "INSERT INTO wallet_watch (workspace_id, warn_below) VALUES ($1, $2)"
            " ON CONFLICT (workspace_id) DO UPDATE SET warn_below = excluded.warn_below",
            self._conn.workspace, below,
        )  # fmt: skip


class Watchdog:
    """The money of all workspaces."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def due(self) -> list[WorkspaceId]:
        """Return the workspaces that have limits, or whose balance has become short or is so no more."""
        rows = await self._conn.fetch(
            f"SELECT workspace_id FROM ledger_limit UNION SELECT s.workspace_id FROM ({_SHORT}) s"
            " WHERE (s.available < s.below) <> s.is_told"
        )
        return [WorkspaceId(row["workspace_id"]) for row in rows]
