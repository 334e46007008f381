"""Pages of the digest: the choice in the settings, and the way out that a letter carries."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import PageIdentity
from besedka.products.digest import service
from besedka.products.digest.service.links import PATH as UNSUBSCRIBE
from besedka.products.digest.service.writing import SETTINGS
from besedka.products.digest.types import Pace
from besedka.web import render

router = APIRouter(route_class=LateRoute)

LONGEST_TOKEN = 200


@router.get(SETTINGS)
async def show_choice(
    request: Request, runtime: CurrentRuntime, identity: PageIdentity
) -> Response:
    """Show how soon one is written to about what was missed."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        pace = await service.chosen(conn, runtime.settings, identity.actor_id)
    return await render.page(
        request, "digest/letters.html", here_tab=SETTINGS, pace=pace, paces=list(Pace)
    )


@router.post(SETTINGS)
async def choose(
    request: Request, runtime: CurrentRuntime, identity: PageIdentity, pace: Annotated[Pace, Form()]
) -> Response:
    """Choose how soon one is written to."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.choose(conn, identity.actor_id, pace)
    return render.redirect(request, SETTINGS, flash="digest.saved")


@router.get(UNSUBSCRIBE)
async def ask(request: Request, runtime: CurrentRuntime, token: str = "") -> Response:
    """Ask for one click: mail programs open links by themselves, and must not unsubscribe anybody."""
    card = await service.find_by_link(runtime, token[:LONGEST_TOKEN])
    return await render.page(
        request, "digest/unsubscribe.html", token=token, card=card, is_done=False
    )


@router.post(UNSUBSCRIBE)
async def unsubscribe(request: Request, runtime: CurrentRuntime, token: str = "") -> Response:
    """Stop the letters (RFC 8058): mail programs post this without a cookie, and the signed token decides alone."""
    card = await service.choose_by_link(runtime, token[:LONGEST_TOKEN], Pace.OFF)
    return await render.page(
        request, "digest/unsubscribe.html", token=token, card=card, is_done=True
    )
