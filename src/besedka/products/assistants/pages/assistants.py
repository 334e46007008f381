"""The list of assistants, and a new one."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, Wanted
from besedka.kernel.knowledge import service as knowledge
from besedka.products.assistants import service
from besedka.products.assistants.forms import Wrong, checked
from besedka.products.assistants.pages.common import PATH, Manager, Reader, Words
from besedka.products.assistants.presets import presets
from besedka.products.assistants.schemas import AssistantCreate
from besedka.web import render

router = APIRouter(prefix=PATH, route_class=LateRoute)


@router.get("")
async def show_list(request: Request, runtime: CurrentRuntime, identity: Reader) -> Response:
    """Show the workspace's assistants, and out of the way those that were archived or deleted."""
    may_manage = identity.may(ASSISTANTS_MANAGE)
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await answers.list_assistants(conn)
        chunks: Mapping[UUID, int] = {
            each.id: each.chunks for each in await knowledge.list_collections(conn)
        }
        archived = await answers.list_assistants(conn, Wanted.ARCHIVED)
        deleted = await answers.list_deleted_assistants(conn) if may_manage else []
    passages = {who.id: sum(chunks.get(each, 0) for each in who.collection_ids) for who in found}
    return await render.page(
        request, "assistants/list.html", assistants=found, passages=passages,
        may_manage=may_manage, archived=archived, deleted=deleted,
        kept_until=answers.assistant_kept_until,
    )  # fmt: skip


@router.get("/new")
async def show_new(request: Request, locale: CurrentLocale, _identity: Manager) -> Response:
    """Ask for the name of a new assistant."""
    return await _new(request, {"language": locale})


@router.post("")
async def create(
    request: Request, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale,
    name: Words = "", language: Words = "", preset: Words = "",
) -> Response:  # fmt: skip
    """Make an assistant and go on to the first step of setting it up."""
    values = {"name": name, "language": language or locale, "preset": preset}
    try:
        given = checked(AssistantCreate, {**values, "preset": preset or None}, locale=locale)
    except Wrong as wrong:
        return await _new(request, values, wrong.errors)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.create(conn, given, author=identity.actor_id, locale=locale)
    return render.redirect(request, f"{PATH}/{made.id}/setup/sources", flash="assistants.created")


async def _new(
    request: Request, values: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> Response:
    status = 422 if errors else 200
    return await render.page(
        request, "assistants/new.html", status=status, values=values, errors=errors or {},
        presets=presets().values(),
    )  # fmt: skip
