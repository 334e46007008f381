"""What was spent, and what happened to the balance."""

from collections.abc import Sequence

from besedka.core.db.connection import TenantConn
from besedka.kernel.hours.types import Period
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.types import Transaction, TransactionKind, Wanted
from besedka.products.wallet.errors import StatementTooLong
from besedka.products.wallet.types import MOST_ROWS, Spending


async def spending(conn: TenantConn, period: Period) -> Spending:
    """Return what each model came to on each day of a period."""
    spent = await ledger.spend(conn, period.start, period.end, zone=period.zone)
    has = await ledger.balance(conn)
    return Spending(period=period, currency=has.currency, spent=spent)


async def statement(
    conn: TenantConn, period: Period, *, kind: TransactionKind | None = None
) -> Sequence[Transaction]:
    """Return all that happened to the balance during a period, eldest first. Raises StatementTooLong."""
    wanted = Wanted(kind=kind, since=period.start, until=period.end)
    found = await ledger.list_transactions(conn, wanted, limit=MOST_ROWS + 1)
    if len(found) > MOST_ROWS:
        raise StatementTooLong(field="first", most=MOST_ROWS)
    return found[::-1]
