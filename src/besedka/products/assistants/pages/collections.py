"""Collections that several assistants answer from: the list, and those that one assistant uses."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import locale_of
from besedka.core.ids import ActorId
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.errors import CollectionInUse, CollectionNameTaken
from besedka.kernel.knowledge import service as knowledge
from besedka.products.assistants.forms import Wrong, checked
from besedka.products.assistants.pages.common import PATH, Managed, Manager
from besedka.products.assistants.schemas import MOST_SHARED, CollectionWrite
from besedka.products.assistants.sharing import shared_only
from besedka.web import render

router = APIRouter(prefix=PATH, route_class=LateRoute)
for_one = APIRouter(prefix=PATH + "/{assistant_id}", route_class=LateRoute)

PAGE = f"{PATH}/collections"


class CollectionForm(BaseModel):
    """A collection's name, and the assistants that answer from it."""

    name: str = ""
    assistants: list[UUID] = Field(default=[], max_length=MOST_SHARED)


class UseForm(BaseModel):
    """The collections that an assistant answers from beside its own."""

    collections: list[UUID] = Field(default=[], max_length=MOST_SHARED)


class DeleteForm(BaseModel):
    """Whether a collection is to be deleted although assistants use it."""

    sure: bool = False


@router.get("/collections")
async def show_collections(
    request: Request, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Show the shared collections, who uses them, and those that were deleted."""
    return await _page(request, runtime, identity)


@router.post("/collections")
async def add_collection(
    request: Request, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale,
    form: Annotated[CollectionForm, Form()],
) -> Response:  # fmt: skip
    """Make a collection."""
    return await _save(request, runtime, identity, form, locale=locale)


@router.post("/collections/{collection_id}")
async def save_collection(
    request: Request, collection_id: UUID, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale,
    form: Annotated[CollectionForm, Form()],
) -> Response:  # fmt: skip
    """Name a collection anew, and set who answers from it."""
    return await _save(request, runtime, identity, form, locale=locale, collection=collection_id)


@router.post("/collections/{collection_id}/delete")
async def delete_collection(
    request: Request, collection_id: UUID, runtime: CurrentRuntime, identity: Manager,
    form: Annotated[DeleteForm, Form()],
) -> Response:  # fmt: skip
    """Delete a collection; ask first when assistants use it."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await answers.delete_collection(
                conn, collection_id, author=identity.actor_id, force=form.sure
            )
    except CollectionInUse:
        return await _page(request, runtime, identity, asked=collection_id)
    return render.redirect(request, PAGE, flash="collections.deleted")


@router.post("/collections/{collection_id}/restore")
async def restore_collection(
    request: Request, collection_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Have a deleted collection back."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await answers.restore_collection(conn, collection_id, author=identity.actor_id)
    return render.redirect(request, PAGE, flash="collections.restored")


@for_one.post("/collections")
async def use_collections(
    request: Request, runtime: CurrentRuntime, desk: Managed, form: Annotated[UseForm, Form()]
) -> Response:
    """Set what an assistant answers from beside its own documents."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        await answers.use_collections(
            conn, desk.who.id, form.collections, author=desk.identity.actor_id
        )
    return render.redirect(request, desk.path, flash="collections.saved")


async def _save(
    request: Request, runtime: CurrentRuntime, identity: Identity, form: CollectionForm, *,
    locale: str, collection: UUID | None = None,
) -> Response:  # fmt: skip
    try:
        name = checked(CollectionWrite, {"name": form.name.strip()}, locale=locale).name
    except Wrong as wrong:
        error = wrong.errors["name"]
        return await _page(
            request, runtime, identity, status=422, error=error, asked=collection, name=form.name
        )
    try:
        await _store(runtime, identity, form, name=name, collection=collection)
    except CollectionNameTaken as taken:
        return await _page(
            request, runtime, identity, status=taken.status, error=words_of(locale_of(request), taken),
            asked=collection, name=form.name,
        )  # fmt: skip
    return render.redirect(request, PAGE, flash="collections.saved")


async def _store(
    runtime: CurrentRuntime, identity: Identity, form: CollectionForm, *, name: str, collection: UUID | None
) -> None:  # fmt: skip
    """Make or rename a collection, and let assistants use it. Raises CollectionNameTaken."""
    users, author = [ActorId(each) for each in form.assistants], identity.actor_id
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        if collection is None:
            saved = await answers.add_collection(conn, name=name, author=author)
        else:
            saved = await answers.rename_collection(conn, collection, name=name, author=author)
        await answers.lend_collection(conn, saved.id, users, author=author)


async def _page(
    request: Request, runtime: CurrentRuntime, identity: Identity, *, status: int = 200, error: str = "",
    asked: UUID | None = None, name: str = "",
) -> Response:  # fmt: skip
    """Show the list; `asked` is the collection that an error or a question is about, None for the new one."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        lent = await shared_only(conn)
        assistants = await answers.list_assistants(conn)
        deleted = await knowledge.list_deleted_collections(conn)
    return await render.page(
        request, "assistants/collections.html", status=status, path=PAGE, lent=lent, assistants=assistants,
        deleted=deleted, error=error, asked=asked, typed=name,
    )  # fmt: skip
