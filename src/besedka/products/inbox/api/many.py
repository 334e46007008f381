"""JSON of the inbox: one action on many dialogs, and saved views of the list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import NotFound
from besedka.core.ids import new_id
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.products.inbox import service
from besedka.products.inbox.deps import Reader, Writer
from besedka.products.inbox.schemas import (
    BulkCreate,
    BulkRead,
    RefusalRead,
    ViewCreate,
    ViewRead,
)
from besedka.products.inbox.types import MOST_BULK, SavedView

router = APIRouter(tags=["inbox"], route_class=KeyedRoute)

ViewPath = Annotated[UUID, Path(description="The saved view.")]


@router.post(
    "/dialogs/bulk", summary="One action on many dialogs", responses=problems(401, 403, 404, 422)
)
async def change_many(body: BulkCreate, runtime: CurrentRuntime, identity: Writer) -> BulkRead:
    """Do the same with many dialogs. Of what the filters choose the first 500 are changed; the answer counts both ways."""
    ids = body.ids
    if body.filter is not None:
        ids = await service.find_ids(runtime, identity, body.filter, most=MOST_BULK)
    bulk = service.Bulk(
        action=body.action, assignee=body.assignee, team=body.team, label=body.label, priority=body.priority,
        until=body.until,
    )  # fmt: skip
    done = await service.carry_out(runtime, identity, ids, bulk=bulk)
    return BulkRead(
        changed=done.changed, refused=len(done.refused),
        refusals=[RefusalRead(id=dialog, code=code) for dialog, code in done.refused],
    )  # fmt: skip


@router.get("/inbox/views", summary="Saved views", responses=problems(401, 403))
async def list_views(runtime: CurrentRuntime, identity: Reader) -> list[ViewRead]:
    """List one's own saved views and those that colleagues share."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [_read(view, identity) for view in await service.list_views(conn, identity)]


@router.post(
    "/inbox/views",
    status_code=201,
    summary="Save a view",
    responses=problems(401, 403, 409, 422),
)
async def create_view(body: ViewCreate, runtime: CurrentRuntime, identity: Writer) -> ViewRead:
    """Keep filters and an order under a name."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.save_view(conn, identity, _view(body, identity, new_id()))
    return _read(made, identity)


@router.put(
    "/inbox/views/{view_id}", summary="Change a view", responses=problems(401, 403, 404, 409, 422)
)
async def change_view(
    view_id: ViewPath, body: ViewCreate, runtime: CurrentRuntime, identity: Writer
) -> ViewRead:
    """Give a saved view another name or other filters."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        if all(view.id != view_id for view in await service.list_views(conn, identity)):
            raise NotFound
        made = await service.save_view(conn, identity, _view(body, identity, view_id))
    return _read(made, identity)


@router.delete(
    "/inbox/views/{view_id}",
    status_code=204,
    summary="Delete a view",
    responses=problems(401, 403, 404, 422),
)
async def delete_view(view_id: ViewPath, runtime: CurrentRuntime, identity: Writer) -> Response:
    """Delete a saved view of one's own; a manager deletes shared ones, too."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_view(conn, identity, view_id)
    return Response(status_code=204)


def _view(body: ViewCreate, identity: Identity, view: UUID) -> SavedView:
    query = body.query.model_dump(mode="json", exclude_defaults=True)
    return SavedView(
        id=view, owner_id=identity.actor_id, is_shared=body.is_shared, name=body.name, query=query
    )


def _read(view: SavedView, identity: Identity) -> ViewRead:
    return ViewRead(
        id=view.id, name=view.name, is_shared=view.is_shared, mine=view.owner_id == identity.actor_id,
        query=dict(view.query),
    )  # fmt: skip
