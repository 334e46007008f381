"""Folders: somebody's own order among their chats. Nobody else sees it."""

from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.kernel.conversations.errors import FolderNotFound, TooManyFolders
from besedka.kernel.conversations.repository.folders import FolderRepository
from besedka.kernel.conversations.service.checks import check_text
from besedka.kernel.conversations.types import MOST_FOLDERS, ChatEntry, Folder


async def list_folders(conn: TenantConn, actor: ActorId) -> list[Folder]:
    """Return an actor's folders by their names."""
    return await FolderRepository(conn, actor).all()


async def create_folder(conn: TenantConn, actor: ActorId, *, name: str) -> Folder:
    """Make a folder. Raises FolderTaken, TooManyFolders, BadCharacters."""
    check_text(name)
    folders = FolderRepository(conn, actor)
    if len(await folders.all()) >= MOST_FOLDERS:
        raise TooManyFolders(most=MOST_FOLDERS)
    made = Folder(new_id(), name)
    await folders.add(made.id, name=made.name)
    return made


async def rename_folder(conn: TenantConn, actor: ActorId, folder: UUID, *, name: str) -> Folder:
    """Call a folder otherwise. Raises FolderNotFound, FolderTaken, BadCharacters."""
    check_text(name)
    folders = FolderRepository(conn, actor)
    await folders.rename(folder, name=name)
    found = await folders.find(folder)
    if found is None:
        raise FolderNotFound
    return found


async def delete_folder(conn: TenantConn, actor: ActorId, folder: UUID) -> None:
    """Delete a folder; its chats stay. Raises FolderNotFound."""
    if not await FolderRepository(conn, actor).delete(folder):
        raise FolderNotFound


async def put_into_folder(
    conn: TenantConn, entry: ChatEntry, *, actor: ActorId, folder: UUID | None
) -> None:
    """Put a chat into one of an actor's folders, or into none. Raises FolderNotFound."""
    if not await FolderRepository(conn, actor).put(entry.conversation.id, folder) and folder:
        raise FolderNotFound
