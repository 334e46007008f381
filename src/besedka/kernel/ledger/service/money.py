"""Money that comes, is given, and is given back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.errors import IdempotencyKeyReused
from besedka.core.ids import ActorId, new_id
from besedka.kernel.accounts import service as accounts
from besedka.kernel.audit import service as audit
from besedka.kernel.ledger.errors import (
    CurrencyDiffers,
    NotRefundable,
    RefundTooLarge,
    TransactionNotFound,
)
from besedka.kernel.ledger.repository.book import BookRepository
from besedka.kernel.ledger.service.prices import checked_amount
from besedka.kernel.ledger.types import (
    ALL,
    GIVEN,
    Balance,
    Currency,
    NewTransaction,
    Transaction,
    TransactionId,
    TransactionKind,
    Wanted,
)

EMPTY = Balance()


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Money that somebody paid in. The same `key` again is the same payment."""

    amount: int
    currency: Currency
    key: str
    actor_id: ActorId | None = None
    note: str = ""
    meta: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    """Money that the installation gives: a promo code, a referral, a trial. Without `expires_at` it stays for good."""

    kind: TransactionKind
    amount: int
    currency: Currency
    key: str
    expires_at: datetime | None = None
    actor_id: ActorId | None = None
    note: str = ""
    meta: Mapping[str, JsonValue] = field(default_factory=dict)


async def balance(conn: TenantConn) -> Balance:
    """Return what the workspace has; before its first money that is nothing, in no currency.

    What has expired counts no more: it is taken back here, if the job has not come yet.
    """
    book = BookRepository(conn)
    if await book.has_expired():
        await book.take_back()
    return await book.find_balance() or EMPTY


async def open_wallet(conn: TenantConn, currency: Currency) -> Balance:
    """Return the wallet, made if there was none; a wallet has one currency for ever.

    Raises CurrencyDiffers; NotFound when there is no such workspace.
    """
    book = BookRepository(conn)
    found = await book.find_balance()
    if found is None:
        await accounts.get_workspace(conn)
        await book.open(currency)
        found = await book.find_balance()
        assert found is not None
    if found.currency is not currency:
        raise CurrencyDiffers(currency=found.currency)
    return found


async def deposit(conn: TenantConn, received: Received) -> Transaction:
    """Book a payment, once per key. Raises AmountInvalid, CurrencyDiffers, IdempotencyKeyReused."""
    checked_amount(received.amount)
    await open_wallet(conn, received.currency)
    return await record_once(
        conn,
        NewTransaction(
            id=TransactionId(new_id()), kind=TransactionKind.DEPOSIT, amount=received.amount,
            key=received.key, actor_id=received.actor_id, note=received.note, meta=received.meta,
        ),
    )  # fmt: skip


async def give(conn: TenantConn, grant: NewGrant) -> Transaction:
    """Give money, once per key. Raises AmountInvalid, CurrencyDiffers, IdempotencyKeyReused."""
    if grant.kind not in GIVEN:
        raise ValueError(f"{grant.kind} is not given")
    checked_amount(grant.amount)
    await open_wallet(conn, grant.currency)
    return await record_once(
        conn,
        NewTransaction(
            id=TransactionId(new_id()), kind=grant.kind, amount=grant.amount, key=grant.key,
            actor_id=grant.actor_id, note=grant.note, meta=grant.meta, expires_at=grant.expires_at,
        ),
    )  # fmt: skip


async def refund(
    conn: TenantConn, charge_id: TransactionId, *, key: str, amount: int | None = None,
    actor_id: ActorId | None = None, note: str = "", meta: Mapping[str, JsonValue] | None = None,
) -> Transaction:  # fmt: skip
    """Give a charge back, wholly or in part, once per key; what comes back does not expire.

    Without an amount it is what is left. Needs a transaction: refunds of one charge wait for each other.
    Raises TransactionNotFound, NotRefundable, RefundTooLarge, IdempotencyKeyReused.
    """
    book = BookRepository(conn)
    await book.lock_wallet()
    charge = await get_transaction(conn, charge_id)
    if charge.kind is not TransactionKind.USAGE:
        raise NotRefundable
    before = await book.find_by_key(key)
    if before is not None:
        wanted = before.amount if amount is None else amount
        return _same(before, TransactionKind.REFUND, amount=wanted, charge_id=charge_id)
    left = -charge.amount - await book.refunded(charge_id)
    wanted = left if amount is None else checked_amount(amount)
    if not 0 < wanted <= left:
        raise RefundTooLarge(left=left)
    return await record_once(
        conn,
        NewTransaction(
            id=TransactionId(new_id()), kind=TransactionKind.REFUND, amount=wanted, key=key,
            actor_id=actor_id, charge_id=charge_id, note=note, meta=meta or {},
        ),
    )  # fmt: skip


async def get_transaction(conn: TenantConn, transaction_id: TransactionId) -> Transaction:
    """Return a transaction. Raises TransactionNotFound."""
    found = await BookRepository(conn).find(transaction_id)
    if found is None:
        raise TransactionNotFound
    return found


async def list_transactions(
    conn: TenantConn, wanted: Wanted = ALL, *, before: UUID | None = None, limit: int = 50
) -> Sequence[Transaction]:
    """Return transactions, newest first, those older than `before` when that is given."""
    return await BookRepository(conn).page(wanted, before=before, limit=limit)


async def record_once(conn: TenantConn, new: NewTransaction) -> Transaction:
    """Add a transaction, or return that of a repeated request. Raises IdempotencyKeyReused."""
    book = BookRepository(conn)
    made = await book.record(new)
    if made is not None:
        await audit.record(
            conn, actor_id=new.actor_id, action=f"ledger.{new.kind}", target_type="ledger_transaction",
            target_id=new.id, detail={"amount": new.amount, **({"reason": new.note} if new.note else {}), **new.meta},
        )  # fmt: skip
        return made
    before = await book.find_by_key(new.key)
    assert before is not None
    return _same(before, new.kind, amount=new.amount, charge_id=new.charge_id)


def _same(
    before: Transaction, kind: TransactionKind, *, amount: int, charge_id: TransactionId | None
) -> Transaction:
    """Return the transaction of a repeated request. Raises IdempotencyKeyReused when it was another request."""
    if (before.kind, before.amount, before.charge_id) != (kind, amount, charge_id):
        raise IdempotencyKeyReused
    return before
