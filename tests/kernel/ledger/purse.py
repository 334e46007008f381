"""A workspace with money, and short words for what tests do with it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from besedka.core import clock
from besedka.core.errors import BesedkaError
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.ledger import service
from besedka.kernel.ledger.types import (
    MICRO,
    Balance,
    Currency,
    Hold,
    HoldId,
    Line,
    Transaction,
    TransactionId,
    TransactionKind,
    Usage,
    Wanted,
)
from tests.factories import MadeWorkspace, make_workspace

HOUR = timedelta(hours=1)


def usage(amount: int) -> Usage:
    """Something that costs so many micro-units."""
    return Usage(why="test", lines=(Line(unit="token", quantity=amount, price=MICRO),))


@dataclass
class Purse:
    """One workspace's ledger."""

    runtime: Runtime
    workspace: MadeWorkspace
    _keys: "count[int]" = field(default_factory=count)

    @property
    def id(self) -> WorkspaceId:
        """The workspace."""
        return self.workspace.id

    def key(self) -> str:
        """A key that was not used."""
        return f"key {next(self._keys)}"

    async def deposit(self, amount: int, *, key: str = "") -> Transaction:
        """Pay in."""
        async with self.runtime.db.fast.transaction(self.id) as conn:
            return await service.deposit(
                conn,
                service.Received(amount=amount, currency=Currency.RUB, key=key or self.key()),
            )

    async def give(
        self, amount: int, *, lasts: timedelta | None = HOUR,
        kind: TransactionKind = TransactionKind.PROMO,
    ) -> Transaction:  # fmt: skip
        """Give money that expires."""
        grant = service.NewGrant(
            kind=kind, amount=amount, currency=Currency.RUB, key=self.key(),
            expires_at=None if lasts is None else clock.now() + lasts,
        )  # fmt: skip
        async with self.runtime.db.fast.transaction(self.id) as conn:
            return await service.give(conn, grant)

    async def hold(self, amount: int, *, key: str = "", lasts: timedelta = HOUR) -> Hold:
        """Set aside."""
        async with self.runtime.db.fast.acquire(self.id) as conn:
            return await service.hold(
                conn, amount, key=key or self.key(), purpose="test", lasts=lasts
            )

    async def capture(self, hold: HoldId, amount: int) -> TransactionId:
        """Take."""
        async with self.runtime.db.fast.acquire(self.id) as conn:
            return await service.capture(conn, hold, usage=usage(amount))

    async def release(self, hold: HoldId) -> None:
        """Free."""
        async with self.runtime.db.fast.acquire(self.id) as conn:
            await service.release(conn, hold)

    async def spend(self, amount: int) -> TransactionId:
        """Hold and capture."""
        return await self.capture((await self.hold(amount)).id, amount)

    async def refund(
        self, charge: TransactionId, amount: int | None = None, *, key: str = ""
    ) -> Transaction:
        """Give back."""
        async with self.runtime.db.fast.transaction(self.id) as conn:
            return await service.refund(conn, charge, key=key or self.key(), amount=amount)

    async def balance(self) -> Balance:
        """What there is."""
        async with self.runtime.db.fast.acquire(self.id) as conn:
            return await service.balance(conn)

    async def transactions(self, kind: TransactionKind | None = None) -> Sequence[Transaction]:
        """What happened, newest first."""
        async with self.runtime.db.fast.acquire(self.id) as conn:
            return await service.list_transactions(conn, Wanted(kind=kind), limit=200)

    async def remaining(self) -> list[int]:
        """What is left of grants, in the order in which they expire."""
        async with self.runtime.db.fast.acquire(self.id) as conn:
            rows = await conn.fetch("SELECT remaining FROM ledger_grant ORDER BY expires_at, id")
        return [row["remaining"] for row in rows]

    async def let_expire(self, grant: TransactionId) -> None:
        """Let a grant's time be over."""
        async with self.runtime.db.fast.acquire(self.id) as conn:
            await conn.execute(
                "UPDATE ledger_grant SET expires_at = now() - interval '1 hour' WHERE workspace_id = $1 AND id = $2",
                self.id, grant,
            )  # fmt: skip

    async def let_hold_expire(self, hold: HoldId) -> None:
        """Let a hold's time be over."""
        async with self.runtime.db.fast.acquire(self.id) as conn:
            await conn.execute(
                "UPDATE ledger_hold SET expires_at = now() - interval '1 hour' WHERE workspace_id = $1 AND id = $2",
                self.id, hold,
            )  # fmt: skip


async def make_purse(runtime: Runtime, amount: int = 0) -> Purse:
    """Make a workspace with so much money."""
    made = Purse(runtime, await make_workspace(runtime))
    if amount:
        await made.deposit(amount)
    return made


async def race_for_one(runtime: Runtime, *, spenders: int) -> int:
    """Let many spend, at the same moment, a balance that is enough for one of them; return how many did."""
    purse = await make_purse(runtime, 100)
    results = await asyncio.gather(
        *(purse.spend(100) for _ in range(spenders)), return_exceptions=True
    )
    refused = [each.code for each in results if isinstance(each, BesedkaError)]
    assert refused == ["balance_short"] * (spenders - 1), results
    assert await purse.balance() == Balance(currency=Currency.RUB)
    return len(await purse.transactions(TransactionKind.USAGE))
