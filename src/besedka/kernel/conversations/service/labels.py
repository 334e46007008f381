"""Labels of conversations, and links to things of products."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from besedka.core import events
from besedka.core.db.connection import TenantConn
from besedka.core.errors import Forbidden
from besedka.core.ids import new_id
from besedka.core.module import EntityType
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.errors import (
    EntityNotFound,
    LabelNotFound,
    TooManyLabels,
    TooManyLinks,
)
from besedka.kernel.conversations.events import (
    ChatLabelled,
    ChatLinked,
    ChatUnlabelled,
    ChatUnlinked,
    LabelDeleted,
)
from besedka.kernel.conversations.repository.labels import LabelRepository, LinkRepository
from besedka.kernel.conversations.service.checks import check_text
from besedka.kernel.conversations.service.writers import Writers
from besedka.kernel.conversations.types import (
    MOST_LABELS,
    MOST_LABELS_OF_CHAT,
    MOST_LINKS,
    STAFF_READS,
    STAFF_WRITES,
    Caller,
    ChatEntry,
    Label,
    Link,
)


async def list_labels(conn: TenantConn) -> list[Label]:
    """Return the workspace's labels by their names."""
    return await LabelRepository(conn).all()


async def create_label(conn: TenantConn, *, name: str, colour: str) -> Label:
    """Make a label. Raises LabelTaken, TooManyLabels, BadCharacters."""
    check_text(name)
    labels = LabelRepository(conn)
    if await labels.count() >= MOST_LABELS:
        raise TooManyLabels(most=MOST_LABELS)
    made = Label(new_id(), name, colour)
    await labels.add(made)
    return made


async def change_label(
    conn: TenantConn, label: UUID, *, name: str | None, colour: str | None
) -> Label:
    """Change what is given of a label. Raises LabelNotFound, LabelTaken, BadCharacters."""
    check_text(name or "")
    changed = await LabelRepository(conn).change(label, name=name, colour=colour)
    if changed is None:
        raise LabelNotFound
    return changed


async def delete_label(runtime: Runtime, conn: TenantConn, label: UUID) -> None:
    """Delete a label and take it off all conversations, and tell their listeners. Raises LabelNotFound."""
    labels = LabelRepository(conn)
    found = await labels.find(label)
    if found is None:
        raise LabelNotFound
    for chat in await labels.delete(label):
        conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat))
    await events.publish(
        conn, LabelDeleted(workspace_id=conn.workspace, label_id=label, name=found.name)
    )


async def label_chat(
    runtime: Runtime, conn: TenantConn, entry: ChatEntry, *, caller: Caller, label: UUID
) -> None:
    """Put a label on a conversation; twice is once. Raises LabelNotFound, TooManyLabels, Forbidden."""
    chat = entry.conversation
    check_may_mark(entry, caller)
    labels = LabelRepository(conn)
    found = await labels.find(label)
    if found is None:
        raise LabelNotFound
    if label not in chat.labels and await labels.count_of(chat.id) >= MOST_LABELS_OF_CHAT:
        raise TooManyLabels(most=MOST_LABELS_OF_CHAT)
    if await labels.put(chat.id, label):
        await events.publish(
            conn,
            ChatLabelled(
                workspace_id=conn.workspace, conversation_id=chat.id, label_id=label, name=found.name
            ),
        )  # fmt: skip
        conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat.id))


async def unlabel_chat(
    runtime: Runtime, conn: TenantConn, entry: ChatEntry, *, caller: Caller, label: UUID
) -> None:
    """Take a label off a conversation; twice is once. Raises LabelNotFound, Forbidden."""
    chat, labels = entry.conversation, LabelRepository(conn)
    check_may_mark(entry, caller)
    if await labels.find(label) is None:
        raise LabelNotFound
    if await labels.remove(chat.id, label):
        await events.publish(
            conn,
            ChatUnlabelled(workspace_id=conn.workspace, conversation_id=chat.id, label_id=label),
        )
        conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat.id))


def check_may_mark(entry: ChatEntry, caller: Caller) -> None:
    """Refuse those who may read a conversation only. Raises Forbidden."""
    if not entry.role and not caller.may(STAFF_WRITES):
        raise Forbidden


# --- links --------------------------------------------------------------------------------------


def get_entity_type(runtime: Runtime, name: str, *, caller: Caller) -> EntityType:
    """Return a kind of thing that the caller may see. Raises EntityNotFound."""
    for manifest in runtime.manifests:
        for each in manifest.entity_types:
            if each.name == name and caller.may(each.permission):
                return each
    raise EntityNotFound


async def link_chat(
    runtime: Runtime, conn: TenantConn, entry: ChatEntry, *, caller: Caller, entity_type: str, entity: UUID
) -> None:  # fmt: skip
    """Link a conversation to something of a product; twice is once. Raises EntityNotFound, TooManyLinks, Forbidden."""
    check_may_mark(entry, caller)
    kind = get_entity_type(runtime, entity_type, caller=caller)
    if entity not in await kind.find_titles(conn, [entity]):
        raise EntityNotFound
    links, chat = LinkRepository(conn), entry.conversation.id
    if len(await links.of_chat(chat)) >= MOST_LINKS:
        raise TooManyLinks(most=MOST_LINKS)
    if await links.link(chat, entity_type=entity_type, entity=entity):
        await events.publish(
            conn,
            ChatLinked(
                workspace_id=conn.workspace, conversation_id=chat, entity_type=entity_type, entity_id=entity
            ),
        )  # fmt: skip


async def unlink_chat(
    conn: TenantConn, entry: ChatEntry, *, caller: Caller, entity_type: str, entity: UUID
) -> None:
    """Take a link away. Raises EntityNotFound when there is none, Forbidden."""
    check_may_mark(entry, caller)
    chat = entry.conversation.id
    if not await LinkRepository(conn).unlink(chat, entity_type=entity_type, entity=entity):
        raise EntityNotFound
    await events.publish(
        conn,
        ChatUnlinked(
            workspace_id=conn.workspace, conversation_id=chat, entity_type=entity_type, entity_id=entity
        ),
    )  # fmt: skip


async def list_links(
    runtime: Runtime, conn: TenantConn, entry: ChatEntry, *, caller: Caller
) -> list[tuple[Link, str]]:
    """Return what a conversation is about, with titles, as far as the caller may see it and it is still there."""
    titles: dict[tuple[str, UUID], str] = {}
    links = await LinkRepository(conn).of_chat(entry.conversation.id)
    for manifest in runtime.manifests:
        for kind in manifest.entity_types:
            ids = [link.entity_id for link in links if link.entity_type == kind.name]
            if ids and caller.may(kind.permission):
                found = await kind.find_titles(conn, ids)
                titles |= {(kind.name, entity): title for entity, title in found.items()}
    return [
        (link, titles[link.entity_type, link.entity_id])
        for link in links
        if (link.entity_type, link.entity_id) in titles
    ]


async def list_linked(
    runtime: Runtime, conn: TenantConn, *, caller: Caller, entity_type: str, entity: UUID, most: int
) -> Sequence[ChatEntry]:  # fmt: skip
    """Return the conversations about something that the caller may read, the last linked first. Raises EntityNotFound."""
    get_entity_type(runtime, entity_type, caller=caller)
    return await LinkRepository(conn).readable(
        entity_type, entity, actor=caller.actor_id, staff=caller.may(STAFF_READS), most=most
    )
