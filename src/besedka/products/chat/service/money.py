"""What an answer may cost is held before the model is called; what it did cost is taken, and the rest is freed."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from uuid import UUID

import structlog
from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.errors import (
    BalanceShort,
    CaptureAboveHold,
    CurrencyDiffers,
    HoldEnded,
    HoldNotFound,
    PriceUnknown,
)
from besedka.kernel.ledger.types import MICRO, HoldId, Line
from besedka.kernel.ledger.types import Usage as Used
from besedka.kernel.llm.service import UsableModel
from besedka.kernel.llm.types import Cost, Usage
from besedka.products.chat.types import Run

log = structlog.get_logger(__name__)

PURPOSE = "chat"
LASTS = timedelta(minutes=45)
"""Longer than two attempts can take."""


LEAST_TOKENS = 200
"""An answer that a balance pays no more of is not begun: a few sentences."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What an answer costs at most, and how long it may be for that, after so many tokens of a model that are read."""

    model: UsableModel
    amount: int
    currency: str
    input_tokens: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Held:
    """What is held for an answer, nothing for one that is free, and how long it may be for that."""

    id: HoldId | None
    max_tokens: int


def is_charged(runtime: Runtime, model: UsableModel) -> bool:
    """Whether answers of a model are paid from the balance: never those on a workspace's own key."""
    return ledger.enabled(runtime.settings) and not model.own


def quote(model: UsableModel, *, input_tokens: int, max_tokens: int) -> Quote:
    """Return what an answer costs at most. Raises PriceUnknown."""
    found = cost_of(model, Usage(input=input_tokens, output=max_tokens))
    if found is None:
        raise PriceUnknown(unit=model.id)
    return Quote(model, found.micro, found.currency, input_tokens, max_tokens)


def cost_of(model: UsableModel, usage: Usage | None) -> Cost | None:
    """Return what a call costs, rounded up; None when its usage or the price is unknown."""
    if model.price is None or usage is None:
        return None
    exact = Decimal(model.price.of(usage)) / MICRO
    return Cost(int(exact.to_integral_value(ROUND_CEILING)), model.price.currency)


def shorten(wanted: Quote, available: int) -> Quote:
    """Return what pays for as long an answer as a balance can; the same where it pays for none, or for the whole."""
    if wanted.amount <= available:
        return wanted
    fitting, too_many = LEAST_TOKENS - 1, wanted.max_tokens
    while too_many - fitting > 1:
        middle = (fitting + too_many) // 2
        tried = quote(wanted.model, input_tokens=wanted.input_tokens, max_tokens=middle)
        if tried.amount <= available:
            fitting = middle
        else:
            too_many = middle
    if fitting < LEAST_TOKENS:
        return wanted
    return quote(wanted.model, input_tokens=wanted.input_tokens, max_tokens=fitting)


def told(model: UsableModel | None, usage: Usage | None) -> dict[str, JsonValue]:
    """Return what is told of an answer's use and cost."""
    cost = None if model is None else cost_of(model, usage)
    return {
        "usage": None if usage is None else {
            "input": usage.input + usage.further_input, "output": usage.output, "cached_input": usage.cached_input,
            "estimated": usage.estimated,
        },
        "cost": None if cost is None else {"micro": cost.micro, "currency": cost.currency},
    }  # fmt: skip


async def lacking(runtime: Runtime, workspace: WorkspaceId, wanted: Cost) -> int:
    """Return how much of a cost a workspace's balance is short of, in micro-units."""
    async with runtime.db.fast.acquire(workspace) as conn:
        has = await ledger.balance(conn)
    return max(0, wanted.micro - has.available)


async def hold(conn: TenantConn, wanted: Quote, run_id: UUID, *, asker: ActorId) -> Held:
    """Set aside what an answer may cost, a shorter one where the balance pays for no more.

    Raises BalanceShort, LimitReached, CurrencyDiffers.
    """
    if not wanted.amount:
        return Held(None, wanted.max_tokens)
    has = await ledger.balance(conn)
    if has.currency is not None and has.currency != wanted.currency:
        raise CurrencyDiffers(currency=has.currency)
    paid = shorten(wanted, has.available)
    try:
        made = await ledger.hold(
            conn, paid.amount, key=f"chat:{run_id}", purpose=PURPOSE, lasts=LASTS, actor_id=asker
        )
    except BalanceShort as error:
        # Somebody else has spent of it meanwhile; what is needed is still what the whole answer takes.
        raise BalanceShort(available=error.params["available"], needed=wanted.amount) from error
    return Held(made.id, paid.max_tokens)


async def settle(
    conn: TenantConn, run: Run, model: UsableModel | None, *, usage: Usage | None
) -> None:
    """Take what an answer has used, never more than was held; without a usage the hold is freed."""
    if run.hold_id is None:
        return
    try:
        if model is None or usage is None or not cost_of(model, usage):
            await ledger.release(conn, run.hold_id)
        else:
            await _capture(conn, run, run.hold_id, _lines(model, usage))
    except (HoldEnded, HoldNotFound):
        log.warning("an answer came after its hold", run=str(run.id))


async def _capture(conn: TenantConn, run: Run, held: HoldId, lines: tuple[Line, ...]) -> None:
    used = Used(why=PURPOSE, lines=lines, about={"run": str(run.id), "model": run.model})
    try:
        await ledger.capture(conn, held, usage=used, actor_id=run.asker_id)
    except CaptureAboveHold as error:
        # The estimate was short: nobody pays more than they agreed to.
        most = Line(unit="held", quantity=int(str(error.params["held"])), price=MICRO)
        used = Used(why=PURPOSE, lines=(most,), about=used.about)
        await ledger.capture(conn, held, usage=used, actor_id=run.asker_id)


def _lines(model: UsableModel, usage: Usage) -> tuple[Line, ...]:
    price = model.price
    assert price is not None
    read = usage.input + usage.further_input
    rate = price.long if price.long is not None and read > price.long.above else price
    return (
        Line(unit="input_tokens", quantity=read - usage.cached_input, price=rate.input),
        Line(unit="cached_tokens", quantity=usage.cached_input, price=rate.cached_input),
        Line(unit="output_tokens", quantity=usage.output, price=rate.output),
    )
