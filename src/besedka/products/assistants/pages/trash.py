"""Documents together: deleting and reading many of them again, the trash and the way out of it."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.errors import SourceNotFound
from besedka.kernel.knowledge.types import SourceKind
from besedka.products.assistants.pages.common import PATH, Desk, Managed
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}", route_class=LateRoute)

MOST_AT_ONCE = 200
READ_AGAIN = {SourceKind.FILE, SourceKind.URL, SourceKind.SITE}


class ManyForm(BaseModel):
    """Which documents of the list are meant, and what is to be done with them."""

    ids: list[UUID] = Field(default=[], max_length=MOST_AT_ONCE)
    deed: Literal["delete", "refresh"] = "refresh"


@router.post("/many")
async def change_many(
    request: Request, runtime: CurrentRuntime, desk: Managed, form: Annotated[ManyForm, Form()]
) -> Response:
    """Delete the chosen documents, or read them again; what is gone meanwhile, or typed, is left out."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        chosen = [
            each
            for each in await knowledge.sources_by_id(conn, sorted(form.ids))
            if each.collection_id in desk.who.collection_ids
        ]
        if form.ids and not chosen:
            raise SourceNotFound
        for source in chosen:
            if form.deed == "delete":
                await knowledge.delete_source(conn, source.id)
            elif source.kind in READ_AGAIN:
                await knowledge.refresh_source(conn, source.id)
    flash = "assistants.document_deleted" if form.deed == "delete" else "assistants.document_queued"
    place = desk.place(chosen[0].collection_id) if chosen else desk.path
    return render.redirect(request, place, flash=flash if chosen else "documents.none_chosen")


@router.get("/trash")
async def show_trash(
    request: Request, runtime: CurrentRuntime, desk: Managed, of: UUID | None = None
) -> Response:
    """Show what was deleted of an assistant's documents, and until when it can be had back."""
    collection = desk.collection(of)
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        found = await knowledge.list_trash(conn, collection)
    context = desk.shown() | {
        "home": desk.place(collection),
        "sources": found,
        "kept_until": knowledge.kept_until,
    }
    return await render.page(request, "assistants/trash.html", **context)


@router.post("/trash/{source_id}/{way}")
async def change_trash(
    request: Request, source_id: UUID, way: Literal["restore", "destroy"], runtime: CurrentRuntime,
    desk: Managed,
) -> Response:  # fmt: skip
    """Take a document out of the trash, or delete it for good."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        collection = await _lying_in(conn, desk, source_id)
        if way == "restore":
            site = (await knowledge.restore_source(conn, source_id)).parent_id
        else:
            await knowledge.destroy_source(conn, source_id)
    if way == "restore":
        place = f"{desk.path}/documents/{site}" if site else desk.place(collection)
        return render.redirect(request, place, flash="documents.restored")
    return render.redirect(request, desk.place(collection, "/trash"), flash="documents.destroyed")


async def _lying_in(conn: TenantConn, desk: Desk, source_id: UUID) -> UUID:
    """Return the collection of a document in the trash of an assistant's collections. Raises SourceNotFound."""
    for collection in desk.who.collection_ids:
        if source_id in {each.id for each in await knowledge.list_trash(conn, collection)}:
            return collection
    raise SourceNotFound
