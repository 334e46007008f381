"""Putting an assistant away, deleting it, and the trash of assistants."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import text
from besedka.core.ids import ActorId
from besedka.core.routing import LateRoute
from besedka.kernel.answers import service as answers
from besedka.products.assistants.pages.common import PATH, Desk, Managed, Manager
from besedka.products.assistants.sharing import list_lent
from besedka.web import render

router = APIRouter(prefix=PATH, route_class=LateRoute)
for_one = APIRouter(prefix=PATH + "/{assistant_id}", route_class=LateRoute)

DELETED = "assistants.deleted"


@router.post("/trash/{deleted_id}/{way}")
async def change_trash(
    request: Request, deleted_id: UUID, way: Literal["restore", "destroy"], runtime: CurrentRuntime,
    identity: Manager,
) -> Response:  # fmt: skip
    """Take an assistant out of the trash, or delete it for good."""
    whom, author = ActorId(deleted_id), identity.actor_id
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        if way == "destroy":
            await answers.destroy_assistant(conn, whom, author=author)
            return render.redirect(request, PATH, flash="assistants.destroyed")
        await answers.restore_assistant(conn, whom, author=author)
    return render.redirect(request, f"{PATH}/{deleted_id}", flash="assistants.had_back")


@for_one.post("/archive")
async def archive(request: Request, runtime: CurrentRuntime, desk: Managed) -> Response:
    """Put an assistant away."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        await answers.archive_assistant(conn, desk.who.id, author=desk.identity.actor_id)
    return render.redirect(request, f"{desk.path}/settings", flash="assistants.archived_away")


@for_one.post("/unarchive")
async def unarchive(request: Request, runtime: CurrentRuntime, desk: Managed) -> Response:
    """Let an assistant answer again."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        await answers.unarchive_assistant(conn, desk.who.id, author=desk.identity.actor_id)
    return render.redirect(request, f"{desk.path}/settings", flash="assistants.archived_back")


@for_one.get("/delete")
async def show_delete(request: Request, runtime: CurrentRuntime, desk: Managed) -> Response:
    """Say what goes with an assistant, and ask for its name."""
    return await _ask(request, runtime, desk)


@for_one.post("/delete")
async def delete(
    request: Request, runtime: CurrentRuntime, desk: Managed, locale: CurrentLocale,
    name: Annotated[str, Form(max_length=200)] = "",
) -> Response:  # fmt: skip
    """Put an assistant whose name was typed into the trash."""
    if name.strip().casefold() != desk.who.name.strip().casefold():
        wrong = text(locale, "assistants.delete_wrong")
        return await _ask(request, runtime, desk, typed=name, error=wrong)
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        await answers.delete_assistant(conn, desk.who.id, author=desk.identity.actor_id)
    return render.redirect(request, PATH, flash=DELETED)


async def _ask(
    request: Request, runtime: CurrentRuntime, desk: Desk, *, typed: str = "", error: str = ""
) -> Response:
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        own = next(
            each for each in await list_lent(conn) if each.collection.id == desk.who.collection_id
        )
    context = desk.shown() | {"users": own.users, "typed": typed, "error": error}
    return await render.page(
        request, "assistants/delete.html", status=422 if error else 200, **context
    )
