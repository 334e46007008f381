"""The ledger against a model of it: any sequence of operations leaves the database as the model says."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from besedka.core.errors import BesedkaError
from besedka.core.runtime import Runtime
from besedka.kernel.ledger import service
from besedka.kernel.ledger.errors import BalanceShort, CaptureAboveHold, HoldEnded, RefundTooLarge
from besedka.kernel.ledger.types import HoldId, TransactionId
from tests.kernel.ledger.purse import Purse, make_purse

AMOUNTS = st.integers(1, 60)
WHICH = st.integers(0, 5)


@dataclass
class Grant:
    """`order` sorts by the moment of expiry; expired ones have a 0 in front."""

    order: tuple[int, int]
    left: int


@dataclass
class Reserved:
    amount: int
    open: bool = True
    taken: int | None = None


@dataclass
class Charge:
    amount: int
    refunded: int = 0


@dataclass
class Model:
    """What should be there."""

    balance: int = 0
    grants: list[Grant] = field(default_factory=list)
    holds: list[Reserved] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    expired: int = 0

    @property
    def held(self) -> int:
        return sum(each.amount for each in self.holds if each.open)

    def ordered(self) -> list[Grant]:
        return sorted(self.grants, key=lambda each: each.order)

    def reserve(self, amount: int) -> type[BesedkaError] | None:
        self.take_back()
        if amount > self.balance - self.held:
            return BalanceShort
        self.holds.append(Reserved(amount))
        return None

    def capture(self, which: int, amount: int) -> type[BesedkaError] | None:
        hold = self.holds[which]
        if not hold.open:
            return None if hold.taken == amount else HoldEnded
        if amount > hold.amount:
            return CaptureAboveHold
        hold.open, hold.taken = False, amount
        self.balance -= amount
        self.charges.append(Charge(amount))
        for grant in self.ordered():
            part = min(grant.left, amount)
            grant.left, amount = grant.left - part, amount - part
        return None

    def release(self, which: int) -> type[BesedkaError] | None:
        hold = self.holds[which]
        hold.open = False
        return HoldEnded if hold.taken is not None else None

    def refund(self, which: int, amount: int | None) -> type[BesedkaError] | None:
        charge = self.charges[which]
        left = charge.amount - charge.refunded
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            return RefundTooLarge
        charge.refunded += wanted
        self.balance += wanted
        return None

    def take_back(self) -> None:
        covered = self.held
        for grant in self.ordered():
            if grant.order[0] == 0:
                kept = min(grant.left, covered)
                self.balance, covered = self.balance - grant.left + kept, covered - kept
                grant.left = kept


@dataclass
class Real:
    """The same in the database."""

    purse: Purse
    grants: list[TransactionId] = field(default_factory=list)
    holds: list[HoldId] = field(default_factory=list)
    charges: list[TransactionId] = field(default_factory=list)


Outcome: TypeAlias = type[BesedkaError] | None
"""How an operation ends: None when it is done."""


class Operation(Protocol):
    """Something that is done in both worlds."""

    def fits(self, model: Model) -> bool:
        """Whether there is what it names."""

    def in_model(self, model: Model) -> Outcome:
        """Do it in the model."""

    async def in_database(self, real: Real) -> None:
        """Do it in the database."""


class Always:
    """Needs nothing to be there."""

    def fits(self, model: Model) -> bool:
        return True


@dataclass(frozen=True)
class Deposit(Always):
    """Money comes in."""

    amount: int

    def in_model(self, model: Model) -> Outcome:
        model.balance += self.amount
        return None

    async def in_database(self, real: Real) -> None:
        await real.purse.deposit(self.amount)


@dataclass(frozen=True)
class Give(Always):
    """Money comes that expires in so many days."""

    amount: int
    days: int

    def in_model(self, model: Model) -> Outcome:
        model.balance += self.amount
        model.grants.append(Grant((self.days, len(model.grants)), self.amount))
        return None

    async def in_database(self, real: Real) -> None:
        given = await real.purse.give(self.amount, lasts=timedelta(days=self.days))
        real.grants.append(given.id)


@dataclass(frozen=True)
class Reserve(Always):
    """Money is set aside."""

    amount: int

    def in_model(self, model: Model) -> Outcome:
        return model.reserve(self.amount)

    async def in_database(self, real: Real) -> None:
        real.holds.append((await real.purse.hold(self.amount)).id)


@dataclass(frozen=True)
class Capture:
    """A hold is taken from."""

    which: int
    amount: int

    def fits(self, model: Model) -> bool:
        return self.which < len(model.holds)

    def in_model(self, model: Model) -> Outcome:
        return model.capture(self.which, self.amount)

    async def in_database(self, real: Real) -> None:
        charge = await real.purse.capture(real.holds[self.which], self.amount)
        if charge not in real.charges:
            real.charges.append(charge)


@dataclass(frozen=True)
class Release:
    """A hold is freed, by its holder or because its time is over."""

    which: int
    expires: bool

    def fits(self, model: Model) -> bool:
        return self.which < len(model.holds)

    def in_model(self, model: Model) -> Outcome:
        return model.release(self.which)

    async def in_database(self, real: Real) -> None:
        purse, hold = real.purse, real.holds[self.which]
        if self.expires:
            await purse.let_hold_expire(hold)
            async with purse.runtime.db.system.acquire() as conn:
                await service.expire_holds(conn)
        await purse.release(hold)


@dataclass(frozen=True)
class Refund:
    """A charge is given back."""

    which: int
    amount: int | None

    def fits(self, model: Model) -> bool:
        return self.which < len(model.charges)

    def in_model(self, model: Model) -> Outcome:
        return model.refund(self.which, self.amount)

    async def in_database(self, real: Real) -> None:
        await real.purse.refund(real.charges[self.which], self.amount)


@dataclass(frozen=True)
class Expire:
    """A grant's time is over."""

    which: int

    def fits(self, model: Model) -> bool:
        return self.which < len(model.grants) and model.grants[self.which].order[0] > 0

    def in_model(self, model: Model) -> Outcome:
        model.expired += 1
        model.grants[self.which].order = (0, model.expired)
        return None

    async def in_database(self, real: Real) -> None:
        await real.purse.let_expire(real.grants[self.which])


@dataclass(frozen=True)
class TakeBack(Always):
    """The job comes."""

    def in_model(self, model: Model) -> Outcome:
        model.take_back()
        return None

    async def in_database(self, real: Real) -> None:
        await service.take_back_expired(real.purse.runtime)


OPERATIONS: st.SearchStrategy[list[Operation]] = st.lists(
    st.one_of(
        st.builds(Deposit, AMOUNTS), st.builds(Give, AMOUNTS, st.integers(1, 3)),
        st.builds(Reserve, AMOUNTS), st.builds(Reserve, AMOUNTS),
        st.builds(Capture, WHICH, st.integers(0, 60)), st.builds(Capture, WHICH, st.integers(0, 60)),
        st.builds(Release, WHICH, st.booleans()), st.builds(Refund, WHICH, st.none() | AMOUNTS),
        st.builds(Expire, WHICH), st.builds(TakeBack),
    ),
    max_size=30,
)  # fmt: skip


async def perform(model: Model, real: Real, operation: Operation) -> None:
    """Do one operation in both worlds and compare how it ends."""
    if not operation.fits(model):
        return
    expected, met = operation.in_model(model), None
    try:
        await operation.in_database(real)
    except BesedkaError as error:
        met = type(error)
    assert met is expected, operation


async def compare(model: Model, real: Real) -> None:
    """The database is as the model says, and adds up."""
    purse = real.purse
    async with purse.runtime.db.fast.acquire(purse.id) as conn:
        row = await conn.fetchrow(
            "SELECT balance, held FROM ledger_account WHERE workspace_id = $1 AND kind = 'wallet'",
            purse.id,
        )
        sums = await conn.fetch(
            "SELECT a.kind, sum(e.amount)::bigint AS amount FROM ledger_entry e JOIN ledger_account a"
            " ON a.workspace_id = e.workspace_id AND a.id = e.account_id"
            " WHERE e.workspace_id = $1 GROUP BY 1",
            purse.id,
        )
    by_kind = {each["kind"]: each["amount"] for each in sums}
    assert sum(by_kind.values()) == 0
    assert by_kind.get("wallet", 0) == model.balance
    assert ((row["balance"], row["held"]) if row else (0, 0)) == (model.balance, model.held)
    assert sorted(await purse.remaining()) == sorted(each.left for each in model.grants)
    assert sum(each.left for each in model.grants) <= model.balance
    refunded = sum(each.refunded for each in model.charges)
    assert by_kind.get("revenue", 0) == sum(each.amount for each in model.charges) - refunded


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(operations=OPERATIONS)
async def test_any_sequence_of_operations_leaves_what_the_model_says(
    runtime: Runtime, operations: list[Operation]
) -> None:
    model, real = Model(), Real(await make_purse(runtime))
    for operation in operations:
        await perform(model, real, operation)
        await compare(model, real)
