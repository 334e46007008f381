"""What was spent."""

from collections.abc import Sequence
from datetime import datetime

from besedka.core.db.connection import TenantConn
from besedka.kernel.ledger.repository.spending import SpendingRepository
from besedka.kernel.ledger.types import Spent


async def spend(conn: TenantConn, start: datetime, end: datetime, *, zone: str) -> Sequence[Spent]:
    """Return what each model came to on each day of a zone, from a moment on and before another, eldest first.

    What was given back is not in it.
    """
    return await SpendingRepository(conn).by_day_and_model(start, end, zone=zone)
