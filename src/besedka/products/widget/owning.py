"""Widgets for their owners: `/widgets`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from besedka.core.deps import CurrentRuntime
from besedka.core.ids import ActorId
from besedka.core.schemas import problems
from besedka.core.security.ratelimit import HEAVY
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers.types import ASSISTANTS_MANAGE
from besedka.products.widget import service
from besedka.products.widget.errors import BadSite
from besedka.products.widget.schemas import (
    CheckCreate,
    FoundRead,
    SecretRead,
    WidgetCreate,
    WidgetRead,
    WidgetUpdate,
)
from besedka.products.widget.types import Found, Look, Place

router = APIRouter(prefix="/widgets", tags=["widget"], route_class=KeyedRoute)

Manager = Annotated[Identity, Depends(require(ASSISTANTS_MANAGE))]


@router.get("", summary="Widgets", response_model=list[WidgetRead], responses=problems(401, 403))
async def list_widgets(runtime: CurrentRuntime, identity: Manager) -> list[Place]:
    """List the workspace's widgets, oldest first."""
    return await service.list_places(runtime, identity.workspace_id)


@router.post(
    "", status_code=201, summary="Another widget", response_model=WidgetRead,
    responses=problems(401, 403, 404, 409, 422),
)  # fmt: skip
async def create_widget(body: WidgetCreate, runtime: CurrentRuntime, identity: Manager) -> Place:
    """Make another widget of an assistant."""
    return await service.add_place(
        runtime, identity.workspace_id, ActorId(body.assistant_id), name=body.name
    )


@router.get(
    "/{widget_id}", summary="A widget", response_model=WidgetRead,
    responses=problems(401, 403, 404, 422),
)  # fmt: skip
async def get_widget(widget_id: UUID, runtime: CurrentRuntime, identity: Manager) -> Place:
    """Return a widget."""
    return await service.get_place(runtime, identity.workspace_id, widget_id)


@router.patch(
    "/{widget_id}", summary="Change a widget", response_model=WidgetRead,
    responses=problems(401, 403, 404, 422),
)  # fmt: skip
async def update_widget(
    widget_id: UUID, body: WidgetUpdate, runtime: CurrentRuntime, identity: Manager
) -> Place:
    """Change looks, allowed sites and options."""
    found = await service.get_place(runtime, identity.workspace_id, widget_id)
    sites = (
        found.allowed_origins if body.allowed_origins is None else _origins(body.allowed_origins)
    )
    look = Look(body.name or found.name, body.accent or found.accent, sites)
    options = found.options if body.options is None else body.options.kept()
    return await service.change_place(
        runtime, identity.workspace_id, widget_id, look=look, options=options
    )


def _origins(typed: list[str]) -> tuple[str, ...]:
    origins = {each: service.origin_of(each) for each in typed}
    for site, origin in origins.items():
        if origin is None:
            raise BadSite(site=site[:80])
    return tuple(dict.fromkeys(origin for origin in origins.values() if origin))


@router.delete(
    "/{widget_id}", status_code=204, summary="Delete a widget",
    responses=problems(401, 403, 404, 422),
)  # fmt: skip
async def delete_widget(widget_id: UUID, runtime: CurrentRuntime, identity: Manager) -> None:
    """Delete a widget; its dialogs stay."""
    await service.delete_place(runtime, identity.workspace_id, widget_id, by=identity.actor_id)


@router.post(
    "/{widget_id}/secret", status_code=201, summary="A new secret",
    responses=problems(401, 403, 404, 409, 422),
)  # fmt: skip
async def rotate_secret(widget_id: UUID, runtime: CurrentRuntime, identity: Manager) -> SecretRead:
    """Make a new secret for signing visitors; it is told this once, and the former one ends at once."""
    secret = await service.rotate_secret(
        runtime, identity.workspace_id, widget_id, by=identity.actor_id
    )
    return SecretRead(secret=secret)


@router.post(
    "/{widget_id}/check", summary="Is it installed?", response_model=FoundRead,
    responses=problems(401, 403, 404, 409, 422, 429),
)  # fmt: skip
async def check(
    widget_id: UUID, body: CheckCreate, runtime: CurrentRuntime, identity: Manager
) -> Found:
    """Look for the widget's line on a page."""
    await runtime.limiter.hit(HEAVY, "widget-check", str(identity.actor_id))
    place = await service.get_place(runtime, identity.workspace_id, widget_id)
    return await service.look_at(runtime, place, body.url)
