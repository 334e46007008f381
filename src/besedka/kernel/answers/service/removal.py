"""Putting assistants away, and deleting them: into a trash from which they can be had back for 30 days.

One that was put away keeps its places, and people answer there. With one in the trash its widgets are gone, and the documents
that nobody else answers from are in the trash of knowledge. Dialogs stay as they are, with its name.
"""

from datetime import timedelta

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.answers.errors import AssistantNotFound
from besedka.kernel.answers.repository.assistants import AssistantRepository
from besedka.kernel.answers.repository.removal import RemovalRepository
from besedka.kernel.answers.service.assistants import LIST_LIMIT, get_assistant
from besedka.kernel.answers.types import Assistant
from besedka.kernel.audit import service as audit
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.types import CollectionId

KEPT_FOR = timedelta(days=30)


async def archive_assistant(
    conn: TenantConn, assistant_id: ActorId, *, author: ActorId
) -> Assistant:
    """Let an assistant answer nobody: whoever writes to it comes to people. Raises AssistantNotFound."""
    return await _archive(conn, assistant_id, author=author, is_away=True)


async def unarchive_assistant(
    conn: TenantConn, assistant_id: ActorId, *, author: ActorId
) -> Assistant:
    """Let an assistant that was put away answer again. Raises AssistantNotFound."""
    return await _archive(conn, assistant_id, author=author, is_away=False)


async def _archive(
    conn: TenantConn, assistant_id: ActorId, *, author: ActorId, is_away: bool
) -> Assistant:
    who = await get_assistant(conn, assistant_id)
    if await RemovalRepository(conn).archive(who.id, is_away=is_away):
        await _record(conn, "archive" if is_away else "unarchive", who, author=author)
    return await get_assistant(conn, assistant_id)


async def delete_assistant(conn: TenantConn, assistant_id: ActorId, *, author: ActorId) -> None:
    """Put an assistant into the trash with the documents that only it answers from. Raises AssistantNotFound."""
    who = await get_assistant(conn, assistant_id)
    removal = RemovalRepository(conn)
    if not await removal.throw(who.id, is_deleted=True):
        raise AssistantNotFound
    if not await removal.is_lent(who.collection_id):
        await knowledge.throw_collection(conn, CollectionId(who.collection_id))
    await _record(conn, "delete", who, author=author)


async def list_deleted_assistants(conn: TenantConn) -> list[Assistant]:
    """Return the assistants that can be had back, what was deleted last first."""
    return await AssistantRepository(conn).list_deleted(limit=LIST_LIMIT)


async def get_deleted_assistant(conn: TenantConn, assistant_id: ActorId) -> Assistant:
    """Return an assistant in the trash. Raises AssistantNotFound."""
    found = await AssistantRepository(conn).find(assistant_id)
    if found is None or found.deleted_at is None:
        raise AssistantNotFound
    return found


async def restore_assistant(
    conn: TenantConn, assistant_id: ActorId, *, author: ActorId
) -> Assistant:
    """Have a deleted assistant back with its widgets and documents, put away if it was. Raises AssistantNotFound."""
    who = await get_deleted_assistant(conn, assistant_id)
    if not await RemovalRepository(conn).throw(who.id, is_deleted=False):
        raise AssistantNotFound
    await knowledge.bring_back_collection(conn, who.collection_id)
    await _record(conn, "restore", who, author=author)
    return await get_assistant(conn, assistant_id)


async def destroy_assistant(
    conn: TenantConn, assistant_id: ActorId, *, author: ActorId | None
) -> None:
    """Delete an assistant in the trash for good, and the documents that went with it. Raises AssistantNotFound."""
    who = await get_deleted_assistant(conn, assistant_id)
    if not await RemovalRepository(conn).destroy(who.id):
        raise AssistantNotFound
    await knowledge.destroy_collection(conn, who.collection_id)
    await _record(conn, "destroy", who, author=author)


def assistant_kept_until(who: Assistant) -> timedelta:
    """Return for how long an assistant in the trash can still be had back."""
    return max((who.deleted_at or now()) + KEPT_FOR - now(), timedelta())


async def _record(conn: TenantConn, deed: str, who: Assistant, *, author: ActorId | None) -> None:
    await audit.record(
        conn, actor_id=author, action=f"assistant.{deed}", target_type="assistant", target_id=who.id,
        detail={"name": who.name},
    )  # fmt: skip
