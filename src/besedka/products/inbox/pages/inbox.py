"""Pages of the inbox: the list, one dialog, and what is done with it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Form, Request, Response

from besedka.core import clock
from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import STAFF_READS, ConversationId, DialogState
from besedka.products.inbox import service
from besedka.products.inbox.pages.common import (
    PATH,
    Look,
    Reader,
    Writer,
    filters_of,
    page,
    refused,
    spell,
)
from besedka.products.inbox.pages.forms import ActForm
from besedka.web import render

router = APIRouter(route_class=LateRoute)

Action = Literal[
    "take", "return", "resolve", "reopen", "unassign", "snooze", "transfer", "priority", "labels"
]


@router.get(PATH)
async def show_list(request: Request, identity: Reader) -> Response:
    """Show the dialogs that the address's filters choose, none of them opened."""
    return await page(request, identity, query=filters_of(request.query_params))


@router.get(PATH + "/{dialog_id}")
async def show_dialog(
    request: Request, dialog_id: ConversationId, runtime: CurrentRuntime, identity: Reader, pane: str = "subject"
) -> Response:  # fmt: skip
    """Show one dialog beside the list, which is that of its state unless the address says otherwise."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        dialog = await conversations.dialog_summary(conn, dialog_id)
    query = filters_of(request.query_params)
    if "state" not in request.query_params:
        query = query.model_copy(update={"state": DialogState(dialog.state)})
    focus = "context" if pane == "context" else "subject"
    return await page(request, identity, query=query, look=Look(dialog, focus))


@router.post(PATH + "/{dialog_id}/{action}")
async def act(
    request: Request,
    dialog_id: ConversationId,
    action: Action,
    runtime: CurrentRuntime,
    identity: Writer,
    form: Annotated[ActForm, Form()],
) -> Response:
    """Do something with a dialog; who was too late is told so, and sees the dialog as it is now."""
    known = filters_of(dict(parse_qsl(form.back)))
    path = f"{PATH}/{dialog_id}" + (f"?{spell(known)}" if form.back else "")
    try:
        await _doing(runtime, identity, dialog_id, action, form)
    except BesedkaError as error:
        if error.status not in {409, 422}:
            raise
        return refused(request, path, error)
    return render.redirect(request, path, flash=f"inbox.done_{action}")


def _doing(
    runtime: Runtime, identity: Identity, dialog: ConversationId, action: Action, form: ActForm
) -> Awaitable[object]:
    place, me, epoch = identity.workspace_id, identity.actor_id, form.epoch
    deeds: Mapping[Action, Callable[[], Awaitable[object]]] = {
        "take": lambda: service.take(runtime, place, dialog, person=me, epoch=epoch),
        "reopen": lambda: service.reopen(runtime, place, dialog, person=me, epoch=epoch),
        "unassign": lambda: service.unassign(runtime, place, dialog, person=me, epoch=epoch),
        "return": lambda: service.give_back(runtime, place, dialog, epoch=epoch, person=me),
        "resolve": lambda: service.resolve(runtime, place, dialog, epoch=epoch, person=me),
        "snooze": lambda: service.snooze(
            runtime, place, dialog, until=form.until(clock.now()), epoch=epoch, person=me
        ),
        "transfer": lambda: service.transfer(runtime, place, dialog, by=me, given=form.transfer()),
        "priority": lambda: service.set_priority(runtime, place, dialog, priority=form.priority),
        "labels": lambda: _label(runtime, identity, dialog, form),
    }
    return deeds[action]()


async def _label(
    runtime: Runtime, identity: Identity, dialog: ConversationId, form: ActForm
) -> None:
    """Let a dialog have exactly the labels that were ticked."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        entry = await conversations.get_readable(
            conn, dialog, actor=identity.actor_id, staff=identity.may(STAFF_READS)
        )
        have, want = set(entry.conversation.labels), set(form.labels)
        if name := form.new_label.strip():
            want.add((await conversations.create_label(conn, name=name, colour=form.new_colour)).id)
        for label in sorted(want - have):
            await conversations.label_chat(runtime, conn, entry, caller=identity, label=label)
        for label in sorted(have - want):
            await conversations.unlabel_chat(runtime, conn, entry, caller=identity, label=label)
