"""What periodic jobs do: end what is over, and check that the books are right."""

from datetime import timedelta
from uuid import UUID

import structlog

from besedka.core.db.connection import SystemConn
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service as audit
from besedka.kernel.ledger.repository.book import BookRepository
from besedka.kernel.ledger.repository.sweeps import SystemLedgers
from besedka.kernel.ledger.types import Reckoning

log = structlog.get_logger(__name__)

AT_ONCE = 500
REMEMBERED = timedelta(days=30)
"""How long an ended hold answers for its key."""
_START = (UUID(int=0), UUID(int=0))


async def expire_holds(conn: SystemConn) -> int:
    """Free the holds of all workspaces whose time is over, and forget those that ended long ago; return the freed."""
    ledgers, freed = SystemLedgers(conn), 0
    while count := await ledgers.expire_holds(AT_ONCE):
        freed += count
    while await ledgers.forget_holds(REMEMBERED, AT_ONCE) == AT_ONCE:
        pass
    return freed


async def take_back_expired(runtime: Runtime) -> int:
    """Take back what is left of expired grants, in every workspace; return the number of workspaces."""
    async with runtime.db.system.acquire() as conn:
        due = await SystemLedgers(conn).with_expired_grants()
    count = 0
    for workspace in due:
        async with runtime.db.fast.acquire(workspace) as tenant:
            count += await BookRepository(tenant).take_back() > 0
    return count


async def check(runtime: Runtime) -> int:
    """Compare every wallet with its entries, holds and grants; log and record what does not fit; return how many."""
    after, wrong = _START, 0
    while True:
        async with runtime.db.system.acquire() as conn:
            found = await SystemLedgers(conn).compare(after, AT_ONCE)
        for reckoning in found:
            if not reckoning.holds_true:
                wrong += 1
                await _report(runtime, reckoning)
        if len(found) < AT_ONCE:
            return wrong
        after = found[-1].workspace_id, found[-1].account_id


async def _report(runtime: Runtime, found: Reckoning) -> None:
    detail = {
        "balance": found.balance, "entries": found.entries, "held": found.held,
        "open_holds": found.open_holds, "grants": found.grants, "all_entries": found.all_entries,
    }  # fmt: skip
    log.error("a ledger does not add up", workspace=str(found.workspace_id), **detail)
    async with runtime.db.fast.acquire(WorkspaceId(found.workspace_id)) as conn:
        await audit.record(
            conn, actor_id=None, action="ledger.mismatch", target_type="ledger_account",
            target_id=found.account_id, detail=dict(detail),
        )  # fmt: skip
