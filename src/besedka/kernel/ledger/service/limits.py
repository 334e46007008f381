"""How much may be spent in a day or a month: by everybody together, and by one person."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.errors import PersonNotFound
from besedka.kernel.audit import service as audit
from besedka.kernel.ledger.errors import (
    DayLimitReached,
    LimitReached,
    MonthLimitReached,
    OwnDayLimitReached,
    OwnMonthLimitReached,
)
from besedka.kernel.ledger.repository.book import BookRepository
from besedka.kernel.ledger.repository.limits import LimitRepository
from besedka.kernel.ledger.service.prices import checked_amount, decimal_text
from besedka.kernel.ledger.types import Limit, LimitPeriod

_REFUSALS: dict[tuple[LimitPeriod, bool], type[LimitReached]] = {
    (LimitPeriod.DAY, False): DayLimitReached,
    (LimitPeriod.MONTH, False): MonthLimitReached,
    (LimitPeriod.DAY, True): OwnDayLimitReached,
    (LimitPeriod.MONTH, True): OwnMonthLimitReached,
}


async def list_limits(conn: TenantConn) -> Sequence[Limit]:
    """Return every limit with what of it is gone, the workspace's own first."""
    return await LimitRepository(conn).all()


async def set_limit(
    conn: TenantConn, period: LimitPeriod, *, actor: ActorId | None, amount: int | None, by: ActorId
) -> None:
    """Let a person, or without one everybody together, spend no more than so much in a period; None lets them.

    Raises AmountInvalid, PersonNotFound.
    """
    if actor is not None and actor not in {each.actor_id for each in await accounts.people(conn)}:
        raise PersonNotFound
    limits = LimitRepository(conn)
    if amount is None:
        await limits.remove(actor, period)
    else:
        await limits.put(actor, period, amount=checked_amount(amount))
    await audit.record(
        conn, actor_id=by, action="ledger.limit", target_type="ledger_limit", target_id=actor or conn.workspace,
        detail={"period": period.value, "amount": amount},
    )  # fmt: skip


async def check_limits(conn: TenantConn, amount: int, *, actor: ActorId | None) -> None:
    """Refuse what a limit does not leave room for; exact while the wallet is locked. Raises LimitReached."""
    for limit in await LimitRepository(conn).of(actor):
        if limit.left < amount:
            raise await _refusal(conn, limit, amount)


async def _refusal(conn: TenantConn, limit: Limit, amount: int) -> LimitReached:
    found = await BookRepository(conn).find_balance()
    currency = "" if found is None or found.currency is None else f" {found.currency}"
    ends = limit.ends.astimezone(ZoneInfo(limit.zone))
    return _REFUSALS[limit.period, limit.actor_id is not None](
        limit=f"{decimal_text(limit.amount)}{currency}", until=f"{ends:%Y-%m-%d %H:%M} ({limit.zone})",
        ends_at=limit.ends.isoformat(), left=str(max(limit.left, 0)), needed=str(amount),
    )  # fmt: skip


async def note_told(conn: TenantConn, limit: Limit, share: int) -> bool:
    """Keep that so many per cent of a limit were told of; False when they were before."""
    return await LimitRepository(conn).set_told(limit.id, share, starts=limit.starts)
