"""Pages of the inbox."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import (
    STAFF_READS,
    STAFF_WRITES,
    ConversationId,
    DialogState,
    DialogSummary,
)
from besedka.products.inbox import contact, service
from besedka.web import render

router = APIRouter()

Action = Literal["take", "return", "resolve"]

PAGE_ROWS = 50
PATH = "/dashboard/inbox"
TABS = (DialogState.OPEN, DialogState.PENDING, DialogState.RESOLVED)

Reader = Annotated[Identity, Depends(require_on_page(STAFF_READS))]
Writer = Annotated[Identity, Depends(require_on_page(STAFF_WRITES))]


@router.get(PATH)
async def show_list(
    request: Request,
    runtime: CurrentRuntime,
    identity: Reader,
    state: DialogState = DialogState.OPEN,
) -> Response:
    """Show the dialogs of a state, none of them opened."""
    return await _page(request, runtime, identity, state=state)


@router.get(PATH + "/{dialog_id}")
async def show_dialog(
    request: Request, dialog_id: ConversationId, runtime: CurrentRuntime, identity: Reader, state: DialogState | None = None,
    pane: str = "subject",
) -> Response:  # fmt: skip
    """Show one dialog beside the list of its state."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        dialog = await conversations.dialog_summary(conn, dialog_id)
    shown = state or DialogState(dialog.state)
    return await _page(
        request,
        runtime,
        identity,
        state=shown,
        dialog=dialog,
        focus="context" if pane == "context" else "subject",
    )


@router.post(PATH + "/{dialog_id}/{action}")
async def act(
    request: Request,
    dialog_id: ConversationId,
    action: Action,
    runtime: CurrentRuntime,
    identity: Writer,
) -> Response:
    """Take, give back or resolve a dialog without a script."""
    match action:
        case "take":
            await service.take(runtime, identity.workspace_id, dialog_id, identity.actor_id)
        case "return":
            await service.give_back(runtime, identity.workspace_id, dialog_id)
        case _:
            await service.resolve(runtime, identity.workspace_id, dialog_id)
    return render.redirect(request, f"{PATH}/{dialog_id}", flash=f"inbox.done_{action}")


async def _page(
    request: Request, runtime: CurrentRuntime, identity: Identity, *, state: DialogState, dialog: DialogSummary | None = None,
    focus: str = "list",
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        rows = await conversations.list_dialogs(conn, states=(state,), limit=PAGE_ROWS)
        counts = await conversations.count_dialogs(conn)
        about = None if dialog is None else await contact.about(conn, dialog)
    return await render.page(
        request, "inbox/inbox.html", dialogs=rows, state=state, states=TABS, counts=counts, dialog=dialog,
        focus=focus, about=about, may_write=identity.may(STAFF_WRITES),
    )  # fmt: skip
