"""What the inbox's pages share: the list beside everything, and words for what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from pydantic import ValidationError

from besedka.core.deps import get_runtime
from besedka.core.errors import BesedkaError, InvalidInput
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import (
    PRIORITIES,
    STAFF_READS,
    STAFF_WRITES,
    DialogState,
    DialogSummary,
    Snooze,
)
from besedka.products.inbox import contact, levels, service
from besedka.products.inbox.schemas import DialogFilters, DialogQuery, cursor_of
from besedka.products.inbox.types import COLOURS, MANAGES, MOST_BULK
from besedka.web import render

PATH = "/dashboard/inbox"
TABS = (DialogState.OPEN, DialogState.PENDING, DialogState.SNOOZED, DialogState.RESOLVED)
PAGE_ROWS = 50
NAMED = frozenset({*DialogFilters.model_fields, "cursor"})
REFUSALS = {"epoch_changed": "inbox.too_late", "wrong_state": "errors.wrong_state"}
"""What a page says of an error."""

Reader = Annotated[Identity, Depends(require_on_page(STAFF_READS))]
Writer = Annotated[Identity, Depends(require_on_page(STAFF_WRITES))]
Manager = Annotated[Identity, Depends(require_on_page(MANAGES))]


def filters_of(query: Mapping[str, str]) -> DialogQuery:
    """Return the filters that a page's address names; what makes no sense there is passed over."""
    given = {key: value for key, value in query.items() if value and key in NAMED}
    for _ in range(2):
        try:
            return _checked(DialogQuery.model_validate({"state": DialogState.OPEN, **given}))
        except ValidationError as error:
            wrong = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
            given = {key: value for key, value in given.items() if key not in wrong}
    return DialogQuery(state=DialogState.OPEN)


def _checked(query: DialogQuery) -> DialogQuery:
    """Pass over a cursor that is none."""
    try:
        _ = query.before
    except InvalidInput:
        return query.model_copy(update={"cursor": None})
    return query


def spell(filters: DialogFilters, **other: str) -> str:
    """Return filters as the query of an address: the API's and the page's are the same."""
    fields = set(DialogFilters.model_fields)
    given = filters.model_dump(mode="json", exclude_defaults=True, include=fields)
    words = {key: "true" if value is True else str(value) for key, value in given.items()}
    return urlencode({**words, **other})


@dataclass(frozen=True, slots=True)
class Look:
    """What a page of the inbox shows besides its list."""

    dialog: DialogSummary | None = None
    focus: str = "list"


async def page(
    request: Request, identity: Identity, *, query: DialogQuery, look: Look | None = None
) -> Response:
    """Show the list, and what stands beside it."""
    runtime, shown = get_runtime(request), look or Look()
    rows = await service.find_dialogs(
        runtime, identity, query.model_copy(update={"limit": PAGE_ROWS})
    )
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        counts = await conversations.count_dialogs(conn)
        teams = await conversations.list_teams(conn)
        labels = await conversations.list_labels(conn)
        operators = await service.list_operators(conn)
        views = await service.list_views(conn, identity)
        sla = await levels.shown(conn, rows, shown.dialog)
        about = None if shown.dialog is None else await contact.about(conn, shown.dialog, labels)
    state = query.state or DialogState.OPEN
    more = spell(query, cursor=cursor_of(rows[-1], query.order)) if len(rows) == PAGE_ROWS else ""
    return await render.page(
        request, "inbox/inbox.html", dialogs=rows, state=state, states=TABS, counts=counts, dialog=shown.dialog,
        focus=shown.focus, may_write=identity.may(STAFF_WRITES), filters=query, query=spell(query), more=more,
        tab_query=spell(query.model_copy(update={"state": None})), teams=teams, labels=labels, operators=operators,
        views=[(view, spell(filters_of(_texts(view.query)))) for view in views], priorities=PRIORITIES, new_colour=COLOURS[len(labels) % len(COLOURS)],
        sorts=sla.sorts(query), snoozes=tuple(Snooze), most=MOST_BULK, sla=sla, about=about,
        me=next((each for each in operators if each.actor_id == identity.actor_id), None),
    )  # fmt: skip


def _texts(query: Mapping[str, object]) -> dict[str, str]:
    return {key: "true" if value is True else str(value) for key, value in query.items()}


def refused(request: Request, path: str, error: BesedkaError) -> Response:
    """Go back to a page and say there what was refused."""
    return render.redirect(request, path, flash=REFUSALS.get(error.code, "inbox.refused"))
