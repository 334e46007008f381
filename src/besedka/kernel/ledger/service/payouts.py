"""Money that goes back to who paid it in."""

from collections.abc import Mapping

from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.ids import new_id
from besedka.kernel.ledger.errors import BalanceShort, NotRefundable
from besedka.kernel.ledger.repository.book import BookRepository
from besedka.kernel.ledger.repository.holds import HoldRepository
from besedka.kernel.ledger.service.holds import release
from besedka.kernel.ledger.service.money import get_transaction, record_once
from besedka.kernel.ledger.service.prices import checked_amount
from besedka.kernel.ledger.types import (
    PAYOUT_LASTS,
    Hold,
    HoldId,
    NewTransaction,
    Transaction,
    TransactionId,
    TransactionKind,
)


async def hold_payout(conn: TenantConn, amount: int, *, key: str) -> Hold:
    """Set aside what is to go back; what was given is never paid out. Needs a transaction.

    Raises AmountInvalid, BalanceShort.
    """
    book = BookRepository(conn)
    await book.lock_wallet()
    await book.take_back()
    found = await book.find_balance()
    free = 0 if found is None else found.available - await book.granted()
    if free < checked_amount(amount):
        raise BalanceShort(available=max(free, 0), needed=amount)
    made = await HoldRepository(conn).add(
        amount, key=key, purpose="payout", lasts=PAYOUT_LASTS, actor_id=None, looked=True
    )
    if made is None:
        raise BalanceShort(available=free, needed=amount)
    return made


async def pay_out(
    conn: TenantConn, deposit_id: TransactionId, held: HoldId, *, amount: int, key: str, note: str = "",
    meta: Mapping[str, JsonValue] | None = None,
) -> Transaction:  # fmt: skip
    """Book that so much of a deposit went back, and free its hold; once per key. Needs a transaction.

    Raises TransactionNotFound, NotRefundable, HoldNotFound, HoldEnded, IdempotencyKeyReused.
    """
    book = BookRepository(conn)
    await book.lock_wallet()
    deposit = await get_transaction(conn, deposit_id)
    if deposit.kind is not TransactionKind.DEPOSIT:
        raise NotRefundable
    await release(conn, held)
    return await record_once(
        conn,
        NewTransaction(
            id=TransactionId(new_id()), kind=TransactionKind.PAYOUT, amount=-checked_amount(amount), key=key,
            charge_id=deposit_id, note=note, meta=meta or {},
        ),
    )  # fmt: skip
