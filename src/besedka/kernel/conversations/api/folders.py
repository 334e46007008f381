"""`/folders`: somebody's own order among their chats."""

from uuid import UUID

from fastapi import APIRouter

from besedka.core.deps import CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import CurrentIdentity
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.conversations import service
from besedka.kernel.conversations.schemas import FolderRead, FolderWrite
from besedka.kernel.conversations.types import Folder

router = APIRouter(prefix="/folders", tags=["chats"], route_class=KeyedRoute)


def _read(folder: Folder) -> FolderRead:
    return FolderRead(id=folder.id, name=folder.name, chats=folder.chats)


@router.get("", responses=problems(401))
async def list_folders(runtime: CurrentRuntime, identity: CurrentIdentity) -> list[FolderRead]:
    """List my folders by their names. Nobody else sees them."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_folders(conn, identity.actor_id)
    return [_read(folder) for folder in found]


@router.post("", status_code=201, responses=problems(401, 403, 409, 422))
async def create_folder(
    body: FolderWrite, runtime: CurrentRuntime, identity: CurrentIdentity
) -> FolderRead:
    """Make a folder. 409 `folder_taken` when I have one of this name, 409 `too_many_folders` when I have 100."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return _read(await service.create_folder(conn, identity.actor_id, name=body.name))


@router.patch("/{folder_id}", responses=problems(401, 403, 404, 409, 422))
async def rename_folder(
    folder_id: UUID, body: FolderWrite, runtime: CurrentRuntime, identity: CurrentIdentity
) -> FolderRead:
    """Call a folder otherwise."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        found = await service.rename_folder(conn, identity.actor_id, folder_id, name=body.name)
    return _read(found)


@router.delete("/{folder_id}", status_code=204, responses=problems(401, 403, 404))
async def delete_folder(
    folder_id: UUID, runtime: CurrentRuntime, identity: CurrentIdentity
) -> None:
    """Delete a folder. Its chats stay, outside of any."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_folder(conn, identity.actor_id, folder_id)
