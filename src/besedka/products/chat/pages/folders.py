"""Folders: made, named, deleted."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import LONGEST_FOLDER
from besedka.products.chat.pages.common import PAGE, Asked, Reader, path_of, read_list
from besedka.web import render

FOLDERS = f"{PAGE}/folders"

router = APIRouter(prefix=FOLDERS, route_class=LateRoute)


class FolderForm(BaseModel):
    """A folder's name."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_FOLDER)]


@router.get("")
async def show_folders(
    request: Request, runtime: CurrentRuntime, identity: Reader, wanted: Asked
) -> Response:
    """Show the folders, to be named anew or deleted, and room for another one."""
    chats = await read_list(runtime, identity, wanted)
    return await render.page(
        request, "chat/folders.html", here_path=PAGE, folders_path=FOLDERS, chats=chats, here=None, chat_path=path_of,
        focus="subject", entry=None,
    )  # fmt: skip


@router.post("")
async def create_folder(
    request: Request, runtime: CurrentRuntime, identity: Reader, form: Annotated[FolderForm, Form()]
) -> Response:
    """Make a folder."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await conversations.create_folder(conn, identity.actor_id, name=form.name.strip())
    return render.redirect(request, FOLDERS, flash="chat.folder_made")


@router.post("/{folder_id}")
async def rename_folder(
    request: Request, folder_id: UUID, runtime: CurrentRuntime, identity: Reader, form: Annotated[FolderForm, Form()]
) -> Response:  # fmt: skip
    """Call a folder otherwise."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await conversations.rename_folder(
            conn, identity.actor_id, folder_id, name=form.name.strip()
        )
    return render.redirect(request, FOLDERS, flash="chat.saved")


@router.post("/{folder_id}/delete")
async def delete_folder(
    request: Request, folder_id: UUID, runtime: CurrentRuntime, identity: Reader
) -> Response:
    """Delete a folder; its chats stay."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await conversations.delete_folder(conn, identity.actor_id, folder_id)
    return render.redirect(request, FOLDERS, flash="chat.folder_deleted")
