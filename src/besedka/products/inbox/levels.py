"""What pages of the inbox show of promises: due moments in rows, how the open dialog stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.kernel.conversations.types import (
    ConversationId,
    DialogSort,
    DialogState,
    DialogSummary,
)
from besedka.kernel.promises import service as promises
from besedka.kernel.promises.types import Due, Standing
from besedka.products.inbox.schemas import DialogFilters


@dataclass(frozen=True, slots=True)
class Levels:
    """What `inbox/_due.html` and `inbox/_sla.html` show, as `sla`."""

    due: Mapping[ConversationId, Due]
    standing: Standing | None
    moment: datetime
    is_promised: bool
    """Whether a policy is on."""

    def sorts(self, query: DialogFilters) -> Sequence[DialogSort]:
        """Return the orders to choose from: where something is promised, what is about to be missed comes first."""
        if query.state is DialogState.RESOLVED:
            return (DialogSort.NEWEST, DialogSort.PRIORITY)
        others = tuple(each for each in DialogSort if each is not DialogSort.DUE)
        offers = self.is_promised or query.sort is DialogSort.DUE
        return (DialogSort.DUE, *others) if offers else others


async def shown(
    conn: TenantConn, rows: Sequence[DialogSummary], dialog: DialogSummary | None
) -> Levels:
    """Return what is due in the dialogs of a list, and how the open one stands."""
    due = await promises.due_of(conn, [row.id for row in rows])
    standing = None if dialog is None else await promises.standing_of(conn, dialog.id)
    return Levels(due, standing, now(), await promises.is_promised(conn))
