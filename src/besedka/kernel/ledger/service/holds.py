"""Holding money before it is spent, and taking what it came to."""

from collections.abc import Mapping
from datetime import timedelta

from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.errors import IdempotencyKeyReused
from besedka.core.ids import ActorId
from besedka.kernel.ledger.errors import BalanceShort, CaptureAboveHold, HoldEnded, HoldNotFound
from besedka.kernel.ledger.repository.book import BookRepository
from besedka.kernel.ledger.repository.holds import HoldRepository
from besedka.kernel.ledger.service.limits import check_limits
from besedka.kernel.ledger.service.money import EMPTY
from besedka.kernel.ledger.service.prices import checked_amount, cost_of
from besedka.kernel.ledger.types import Hold, HoldId, HoldState, Transaction, TransactionId, Usage

LASTS = timedelta(minutes=5)


async def hold(
    conn: TenantConn, amount: int, *, key: str, purpose: str, lasts: timedelta = LASTS,
    actor_id: ActorId | None = None,
) -> Hold:  # fmt: skip
    """Set money aside, once per key: the same again gives the first hold back, in whatever state it is.

    One statement, unless a grant has just expired or a limit holds for the spender: those are looked at first, with the
    wallet locked, so that limits are exact within a transaction alone.
    Raises AmountInvalid, BalanceShort, LimitReached, IdempotencyKeyReused.
    """
    checked_amount(amount)
    holds = HoldRepository(conn)
    made = await holds.add(
        amount, key=key, purpose=purpose, lasts=lasts, actor_id=actor_id, looked=False
    )
    if made is not None:
        return made
    before = await holds.find_by_key(key)
    if before is None:
        await _look(conn, amount, actor_id)
        made = await holds.add(
            amount, key=key, purpose=purpose, lasts=lasts, actor_id=actor_id, looked=True
        )
        if made is not None:
            return made
        before = await holds.find_by_key(key)
        if before is None:
            has = await BookRepository(conn).find_balance() or EMPTY
            raise BalanceShort(available=has.available, needed=amount)
    if before.amount != amount or before.purpose != purpose:
        raise IdempotencyKeyReused
    return before


async def _look(conn: TenantConn, amount: int, actor_id: ActorId | None) -> None:
    book = BookRepository(conn)
    await book.lock_wallet()
    await book.take_back()
    await check_limits(conn, amount, actor=actor_id)


async def renew(conn: TenantConn, hold_id: HoldId, *, lasts: timedelta = LASTS) -> None:
    """Let a hold last on, while its work goes on. Raises HoldNotFound, HoldEnded."""
    if not await HoldRepository(conn).renew(hold_id, lasts):
        raise HoldEnded(state=(await _get(conn, hold_id)).state)


async def capture(
    conn: TenantConn, hold_id: HoldId, *, usage: Usage, actor_id: ActorId | None = None
) -> TransactionId:
    """Take what was used from a hold and free the rest; the same again is the same charge.

    One statement. Raises PriceUnknown, PriceInvalid, CaptureAboveHold, HoldNotFound, HoldEnded.
    """
    amount, holds = cost_of(usage.lines), HoldRepository(conn)
    made = await holds.capture(hold_id, amount=amount, actor_id=actor_id, meta=_meta(usage))
    if made is not None:
        return made
    held = await _get(conn, hold_id)
    if held.state is HoldState.OPEN:
        raise CaptureAboveHold(held=held.amount)
    before = await _charge_of(conn, hold_id)
    if before is None or before.amount != -amount:
        raise HoldEnded(state=held.state)
    return before.id


async def release(conn: TenantConn, hold_id: HoldId) -> None:
    """Free a hold of which nothing was used; one that was released or has expired is left as it is.

    Raises HoldNotFound; HoldEnded when it was captured.
    """
    if await HoldRepository(conn).release(hold_id):
        return
    held = await _get(conn, hold_id)
    if held.state is HoldState.CAPTURED:
        raise HoldEnded(state=held.state)


async def _get(conn: TenantConn, hold_id: HoldId) -> Hold:
    found = await HoldRepository(conn).find(hold_id)
    if found is None:
        raise HoldNotFound
    return found


async def _charge_of(conn: TenantConn, hold_id: HoldId) -> Transaction | None:
    return await BookRepository(conn).find_by_key(f"hold:{hold_id}")


def _meta(usage: Usage) -> Mapping[str, JsonValue]:
    """Return why it was used and at which prices. Decimals are kept as text, exact."""
    return {
        "why": usage.why,
        **usage.about,
        "lines": [
            {"unit": line.unit, "quantity": line.quantity, "price_per_million": str(line.price)}
            for line in usage.lines
        ],
    }
