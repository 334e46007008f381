"""The knowledge check of an assistant: what says the same, is old, empty, failed, or never found."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.kernel.knowledge import service as knowledge
from besedka.products.assistants.pages.common import PATH, Managed
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}/check", route_class=LateRoute)


@router.get("")
async def show_check(
    request: Request, runtime: CurrentRuntime, desk: Managed, of: UUID | None = None
) -> Response:
    """Show what is the matter with an assistant's documents, or with those of a shared collection."""
    collection = desk.collection(of)
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        found = await knowledge.check(conn, collection)
    troubles = {
        "failed": found.failed, "empty": found.empty, "stale": found.stale, "unfound": found.unfound,
    }  # fmt: skip
    context = desk.shown() | {
        "check": found, "here": desk.place(collection, "/check"), "documents": desk.place(collection), "troubles": troubles, "reason": knowledge.failure_words,
        "clean": not found.duplicates and not any(troubles.values()),
    }  # fmt: skip
    return await render.page(request, "assistants/check.html", **context)


@router.post("")
async def compare(
    request: Request, runtime: CurrentRuntime, desk: Managed, of: UUID | None = None
) -> Response:
    """Have the passages compared with each other."""
    collection = desk.collection(of)
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        await knowledge.compare(conn, collection)
    return render.redirect(request, desk.place(collection, "/check"), flash="documents.comparing")
