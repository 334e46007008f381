"""Collections that several assistants answer from: making, naming and deleting them, and who uses which."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.answers.errors import (
    CollectionInUse,
    CollectionIsOwn,
    CollectionNameTaken,
)
from besedka.kernel.answers.repository.assistants import AssistantRepository
from besedka.kernel.answers.service.assistants import get_assistant, list_assistants
from besedka.kernel.answers.types import Assistant, Wanted
from besedka.kernel.audit import service as audit
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.errors import CollectionNotFound
from besedka.kernel.knowledge.types import Collection, CollectionId


async def add_collection(conn: TenantConn, *, name: str, author: ActorId) -> Collection:
    """Make an empty collection that belongs to no assistant. Raises CollectionNameTaken."""
    await _check_name(conn, name)
    made = await knowledge.create_collection(conn, name=name)
    await _record(conn, "collection.create", made, author=author)
    return await knowledge.get_collection(conn, made)


async def rename_collection(
    conn: TenantConn, collection_id: UUID, *, name: str, author: ActorId
) -> Collection:
    """Name a collection anew; an assistant's own one has its name.

    Raises CollectionNotFound, CollectionIsOwn, CollectionNameTaken.
    """
    found = await _shared(conn, collection_id)
    await _check_name(conn, name, but=found.id)
    await knowledge.rename_collection(conn, found.id, name=name)
    await _record(conn, "collection.rename", found.id, author=author)
    return await knowledge.get_collection(conn, found.id)


async def _check_name(conn: TenantConn, name: str, *, but: CollectionId | None = None) -> None:
    """Refuse a name that another shared collection has: in a list nobody could tell them apart."""
    own = {each.collection_id for each in await list_assistants(conn, Wanted.ALL)}
    for each in await knowledge.list_collections(conn):
        if each.id not in own and each.id != but and each.name.casefold() == name.casefold():
            raise CollectionNameTaken(name=each.name)


async def delete_collection(
    conn: TenantConn, collection_id: UUID, *, author: ActorId, force: bool = False
) -> None:
    """Put a collection's documents into the trash and take it from all assistants; one in use only with `force`.

    Raises CollectionNotFound, CollectionIsOwn, CollectionInUse.
    """
    found = await _shared(conn, collection_id)
    await knowledge.throw_collection(conn, found.id)
    used = await AssistantRepository(conn).take_away(found.id)
    if used and not force:
        raise CollectionInUse(count=used)
    await _record(conn, "collection.delete", found.id, author=author)


async def restore_collection(
    conn: TenantConn, collection_id: UUID, *, author: ActorId
) -> Collection:
    """Have a deleted collection back with the documents that went with it. Raises CollectionNotFound."""
    await knowledge.take_out_collection(conn, collection_id)
    await _record(conn, "collection.restore", collection_id, author=author)
    return await knowledge.get_collection(conn, collection_id)


async def use_collections(
    conn: TenantConn, assistant_id: ActorId, collections: Sequence[UUID], *, author: ActorId
) -> Assistant:
    """Let an assistant answer from these collections beside its own, and from no others.

    Raises AssistantNotFound, CollectionNotFound.
    """
    who = await get_assistant(conn, assistant_id)
    wanted = sorted({*collections} - {who.collection_id})
    if await knowledge.hold_collections(conn, wanted) != len(wanted):
        raise CollectionNotFound
    await AssistantRepository(conn).set_shared(who.id, wanted)
    await audit.record(
        conn, actor_id=author, action="assistant.collections", target_type="assistant", target_id=who.id,
        detail={"collections": [str(each) for each in wanted]},
    )  # fmt: skip
    return await get_assistant(conn, assistant_id)


async def lend_collection(
    conn: TenantConn, collection_id: UUID, assistants: Sequence[ActorId], *, author: ActorId
) -> None:
    """Let these assistants, and no others, answer from a shared collection.

    Raises CollectionNotFound, CollectionIsOwn, AssistantNotFound.
    """
    found = await _shared(conn, collection_id)
    await knowledge.hold_collections(conn, [found.id])
    repository = AssistantRepository(conn)
    for each in assistants:
        await get_assistant(conn, each)
    await repository.set_users(found.id, sorted({*assistants}))
    names: list[JsonValue] = [str(each) for each in assistants]
    await _record(conn, "collection.lend", found.id, author=author, assistants=names)


async def _shared(conn: TenantConn, collection_id: UUID) -> Collection:
    """Return a collection that belongs to no assistant. Raises CollectionNotFound, CollectionIsOwn."""
    found = await knowledge.get_collection(conn, collection_id)
    if await AssistantRepository(conn).owns(found.id):
        raise CollectionIsOwn
    return found


async def _record(
    conn: TenantConn, action: str, collection: UUID, *, author: ActorId, **detail: JsonValue
) -> None:
    await audit.record(
        conn, actor_id=author, action=action, target_type="collection", target_id=CollectionId(collection),
        detail=detail,
    )  # fmt: skip
