"""Pages of the inbox: many dialogs at once, saved views, being away, writing first."""

from typing import Annotated, Literal
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response

from besedka.core import clock
from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError, DatabaseAway
from besedka.core.i18n import locale_of
from besedka.core.ids import ActorId, new_id
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import LONGEST_BODY, LONGEST_QUERY, Contact
from besedka.products.inbox import service
from besedka.products.inbox.pages.common import (
    PATH,
    Writer,
    filters_of,
    refused,
    spell,
)
from besedka.products.inbox.pages.forms import ManyForm, ViewForm
from besedka.products.inbox.schemas import DialogFilters
from besedka.products.inbox.types import MOST_BULK, SavedView
from besedka.web import render

router = APIRouter(prefix=PATH, route_class=LateRoute)

SHOWN_CONTACTS = 20


@router.post("/many")
async def change_many(
    request: Request, runtime: CurrentRuntime, identity: Writer, form: Annotated[ManyForm, Form()]
) -> Response:
    """Do the same with all chosen dialogs, and say how it went."""
    query = filters_of(dict(parse_qsl(form.query)))
    path = f"{PATH}?{spell(query)}"
    try:
        bulk = form.bulk(clock.now())
        ids = form.ids
        if form.every:
            ids = await service.find_ids(runtime, identity, query, most=MOST_BULK)
        done = await service.carry_out(runtime, identity, ids, bulk=bulk)
    except BesedkaError as error:
        if error.status not in {409, 422}:
            raise
        return refused(request, path, error)
    if not done.refused and not form.every:
        return render.redirect(request, path, flash="inbox.bulk_all")
    return await render.page(
        request, "inbox/many.html", changed=done.changed, refused=len(done.refused), path=path,
        codes=sorted({code for _, code in done.refused}),
    )  # fmt: skip


@router.post("/views")
async def save_view(
    request: Request, runtime: CurrentRuntime, identity: Writer, form: Annotated[ViewForm, Form()]
) -> Response:
    """Keep the list as it is shown under a name."""
    query = filters_of(dict(parse_qsl(form.query)))
    path = f"{PATH}?{spell(query)}"
    fields = set(DialogFilters.model_fields)
    kept = query.model_dump(mode="json", exclude_defaults=True, include=fields)
    name = form.name.strip()
    if not name:
        return render.redirect(request, path, flash="inbox.view_unnamed")
    view = SavedView(
        id=new_id(), owner_id=identity.actor_id, is_shared=form.is_shared, name=name, query=kept
    )
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.save_view(conn, identity, view)
    except BesedkaError as error:
        if error.status != 409:
            raise
        return render.redirect(request, path, flash="inbox.view_full")
    return render.redirect(request, path, flash="inbox.view_saved")


@router.post("/views/{view_id}/delete")
async def delete_view(
    request: Request, view_id: UUID, runtime: CurrentRuntime, identity: Writer
) -> Response:
    """Delete a saved view."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_view(conn, identity, view_id)
    return render.redirect(request, PATH, flash="inbox.view_deleted")


@router.post("/away")
async def set_away(
    request: Request,
    runtime: CurrentRuntime,
    identity: Writer,
    away: Annotated[Literal["true", "false"], Form()],
) -> Response:
    """Take no new dialogs for now, or take them again."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.save_operator(runtime, conn, identity.actor_id, is_away=away == "true")
    return render.redirect(
        request, PATH, flash="inbox.is_away" if away == "true" else "inbox.is_back"
    )


@router.get("/new")
async def show_new(
    request: Request,
    runtime: CurrentRuntime,
    identity: Writer,
    q: Annotated[str, Query(max_length=LONGEST_QUERY)] = "",
    contact: UUID | None = None,
) -> Response:
    """Show whom one can write to first, and the form of the message."""
    return await _new(request, runtime, identity, q=q, contact=contact)


@router.post("/new")
async def start(
    request: Request,
    runtime: CurrentRuntime,
    identity: Writer,
    contact: Annotated[UUID, Form()],
    body: Annotated[str, Form(max_length=LONGEST_BODY)] = "",
) -> Response:
    """Send the first message and open the dialog."""
    try:
        dialog = await service.start(
            runtime, identity.workspace_id, contact=ActorId(contact), person=identity.actor_id, body=body.strip(),
        )  # fmt: skip
    except DatabaseAway:
        raise
    except BesedkaError as error:
        return await _new(request, runtime, identity, contact=contact, body=body, failure=error)
    return render.redirect(request, f"{PATH}/{dialog.id}")


async def _new(
    request: Request, runtime: Runtime, identity: Identity, *, q: str = "", contact: UUID | None = None,
    body: str = "", failure: BesedkaError | None = None,
) -> Response:  # fmt: skip
    if q and contact is None:
        people = await conversations.find_contacts(
            runtime, identity.workspace_id, q, limit=SHOWN_CONTACTS
        )
    else:
        people = await _people(runtime, identity, contact)
    errors = {"body": words_of(locale_of(request), failure)} if failure else {}
    return await render.page(
        request, "inbox/new.html", status=failure.status if failure else 200, people=people, q=q, contact=contact,
        body=body, errors=errors, path=PATH,
    )  # fmt: skip


async def _people(runtime: Runtime, identity: Identity, contact: UUID | None) -> list[Contact]:
    """Return one contact, or those who wrote last."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        if contact is None:
            return await conversations.list_contacts(conn, limit=SHOWN_CONTACTS)
        found = await conversations.find_contact(conn, ActorId(contact))
    return [found] if found else []
