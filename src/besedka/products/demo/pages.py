"""The first page: take the demo company, or begin with an assistant of one's own."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers.types import ASSISTANTS_MANAGE
from besedka.products.demo import library, service
from besedka.web import render

PATH: Final = "/dashboard/start"
ASSISTANTS: Final = "/dashboard/assistants"

router = APIRouter(prefix=PATH, route_class=LateRoute)

Manager = Annotated[Identity, Depends(require_on_page(ASSISTANTS_MANAGE))]


@router.get("")
async def show(request: Request, runtime: CurrentRuntime, identity: Manager) -> Response:
    """Offer the ways to begin."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        made = await service.find(conn)
    waiting = identity.is_host and made is None and await service.find_unowned(runtime) is not None
    return await render.page(
        request, "demo/start.html", made=made, waiting=waiting, documents=len(library.documents())
    )


@router.post("/demo")
async def take(
    request: Request, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale
) -> Response:
    """Make the demo company in this workspace and go on to try it."""
    made = await service.make(runtime, identity, locale=locale)
    return render.redirect(request, f"{ASSISTANTS}/{made.assistant_id}/try", flash="demo.made")


@router.post("/adopt")
async def adopt(runtime: CurrentRuntime, identity: Manager) -> Response:
    """Become the owner of the demo company that was made from the command line, and go on to try it."""
    made = await service.adopt(runtime, identity)
    return RedirectResponse(
        f"/w/{made.workspace_slug}{ASSISTANTS}/{made.assistant_id}/try", status_code=303
    )
