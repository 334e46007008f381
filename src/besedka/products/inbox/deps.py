"""What the inbox's routes share: who may, and a dialog as the list shows it."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import JSONResponse

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import STAFF_READS, STAFF_WRITES, ConversationId
from besedka.products.inbox.types import MANAGES

Reader = Annotated[Identity, Depends(require(STAFF_READS))]
Writer = Annotated[Identity, Depends(require(STAFF_WRITES))]
Manager = Annotated[Identity, Depends(require(MANAGES))]


async def shown(
    runtime: Runtime, identity: Identity, dialog_id: ConversationId, *, status: int = 200
) -> JSONResponse:
    """Answer with a dialog as it is now."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        summary = await conversations.dialog_summary(conn, dialog_id)
    return JSONResponse(conversations.summary_json(summary), status)
