"""Conversations for tests."""

from dataclasses import dataclass, replace
from uuid import uuid4

from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import (
    STAFF_READS,
    STAFF_WRITES,
    Conversation,
    ConversationId,
    Kind,
    Message,
    ParticipantRole,
    Post,
    Visibility,
)
from tests.factories import Made, MadeWorkspace


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody inside who has these permissions."""

    actor_id: ActorId
    permissions: frozenset[str] = frozenset({STAFF_READS, STAFF_WRITES})

    def may(self, permission: str) -> bool:
        """Whether it is one of them."""
        return permission in self.permissions


async def make_group(runtime: Runtime, workspace: MadeWorkspace, *members: ActorId) -> Conversation:
    """Make a group with the workspace's owner and others."""
    async with runtime.db.fast.transaction(workspace.id) as conn:
        return await service.create_conversation(
            conn,
            kind=Kind.GROUP,
            title="Group",
            participants=[(workspace.owner.actor_id, ParticipantRole.OWNER), *members],
        )


async def make_dialog(runtime: Runtime, workspace: MadeWorkspace) -> tuple[Conversation, ActorId]:
    """Make a dialog with a fresh contact."""
    async with runtime.db.fast.transaction(workspace.id) as conn:
        contact = await service.create_contact(conn, name="Vera")
        return await service.create_dialog(runtime, conn, contact=contact.id), contact.id


def draft(
    who: Made | ActorId, chat: ConversationId, body: str = "Hello", *, workspace: MadeWorkspace | None = None,
    key: str = "", visibility: Visibility = Visibility.PUBLIC, reply: int | None = None,
    thread: int | None = None,
) -> Post:  # fmt: skip
    """Build a message."""
    if isinstance(who, Made):
        workspace_id, sender = who.workspace_id, who.actor_id
    else:
        assert workspace is not None
        workspace_id, sender = workspace.id, who
    return Post(
        workspace_id=workspace_id, conversation_id=chat, sender_id=sender, client_key=key or uuid4().hex,
        body=body, visibility=visibility, reply_seq=reply, thread_root_seq=thread,
    )  # fmt: skip


async def say(
    runtime: Runtime, who: Made | ActorId, chat: ConversationId, body: str = "Hello", *,
    workspace: MadeWorkspace | None = None, key: str = "", visibility: Visibility = Visibility.PUBLIC,
    reply: int | None = None,
) -> Message:  # fmt: skip
    """Post a message."""
    return await service.post(
        runtime,
        draft(who, chat, body, workspace=workspace, key=key, visibility=visibility, reply=reply),
    )


async def say_as_staff(
    runtime: Runtime, workspace: MadeWorkspace, chat: ConversationId, body: str,
    visibility: Visibility = Visibility.PUBLIC, *, reply: int | None = None,
) -> Message:  # fmt: skip
    """Post in a dialog as the workspace's owner, who takes no part in it."""
    post = draft(workspace.owner, chat, body, visibility=visibility, reply=reply)
    return await service.post(runtime, replace(post, staff=True))
