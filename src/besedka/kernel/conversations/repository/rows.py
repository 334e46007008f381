"""From rows to the module's types."""

from besedka.core.db.connection import Row
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.types import (
    CLIP,
    PRIORITIES,
    Conversation,
    ConversationId,
    Face,
    Kind,
    Message,
    MessageId,
    Participant,
)

CONVERSATION = (
    "c.workspace_id, c.id, c.kind, c.title, c.state, c.assignee_id, c.epoch, c.members_epoch, c.last_seq,"
    " c.last_public_seq, c.mod, c.last_message_at, c.preview, c.public_preview, c.meta, c.created_at,"
    " c.team_id, c.priority, c.snoozed_until, c.waiting_since, c.due_at,"
    " array(SELECT l.label_id FROM conversation_label l WHERE l.workspace_id = c.workspace_id"
    " AND l.conversation_id = c.id ORDER BY l.created_at, l.label_id) AS labels"
)
MESSAGE = (
    "m.workspace_id, m.conversation_id, m.seq, m.id, m.mod, m.sender_id, m.client_key, m.reply_seq, m.kind,"
    " m.visibility, m.body, m.meta::text AS meta, m.created_at, m.edited_at, m.deleted_at, m.pinned_at,"
    " m.is_changed, m.quote::text AS quote, m.reactions::text AS reactions, m.thread_root_seq, m.thread::text AS thread,"
    " m.attachments::text AS attachments,"
    " a.kind AS sender_kind, a.name AS sender_name"
)

SPELLED = (
    "m.seq, m.id, m.mod, m.reply_seq, m.kind, m.visibility, m.body, m.meta::text, m.created_at, m.edited_at,"
    " m.deleted_at, m.pinned_at, m.quote::text, m.reactions::text, m.thread_root_seq,"
    " m.thread::text, m.attachments::text, a.id, a.kind, a.name"
)
"""What a message's JSON is made of, in the order in which it is unpacked."""

SHOWN = (
    f"CASE WHEN {{m}}.body = '' AND {{m}}.attachments IS NOT NULL THEN '{CLIP} ' || ({{m}}.attachments->0->>'name')"
    " ELSE {m}.body END"
)
"""What a message is in short, of its alias `m`: its words, or the name of its first file."""


def conversation_of(row: Row) -> Conversation:
    """Build a conversation from the columns of CONVERSATION."""
    return Conversation(
        workspace_id=WorkspaceId(row["workspace_id"]),
        id=ConversationId(row["id"]),
        kind=Kind(row["kind"]),
        title=row["title"],
        state=row["state"],
        assignee_id=row["assignee_id"],
        epoch=row["epoch"],
        members_epoch=row["members_epoch"],
        last_seq=row["last_seq"],
        last_public_seq=row["last_public_seq"],
        mod=row["mod"],
        last_message_at=row["last_message_at"],
        preview=row["preview"],
        public_preview=row["public_preview"],
        meta=row["meta"],
        created_at=row["created_at"],
        labels=tuple(row["labels"]),
        team_id=row["team_id"],
        priority=PRIORITIES[row["priority"]],
        snoozed_until=row["snoozed_until"],
        waiting_since=row["waiting_since"],
        due_at=row["due_at"],
    )


def message_of(row: Row) -> Message:
    """Build a message from the columns of MESSAGE."""
    return Message(
        workspace_id=row["workspace_id"],
        conversation_id=row["conversation_id"],
        seq=row["seq"],
        id=MessageId(row["id"]),
        mod=row["mod"],
        sender=Face(row["sender_id"], row["sender_kind"], row["sender_name"]),
        client_key=row["client_key"],
        reply_seq=row["reply_seq"],
        kind=row["kind"],
        visibility=row["visibility"],
        body=row["body"],
        meta=row["meta"],
        created_at=row["created_at"],
        edited_at=row["edited_at"],
        deleted_at=row["deleted_at"],
        is_changed=row["is_changed"],
        pinned_at=row["pinned_at"],
        quote=row["quote"],
        reactions=row["reactions"],
        thread_root_seq=row["thread_root_seq"],
        thread=row["thread"],
        attachments=row["attachments"],
    )


def participant_of(row: Row) -> Participant:
    """Build a participant."""
    return Participant(
        actor=Face(ActorId(row["actor_id"]), row["kind"], row["name"]),
        role=row["role"],
        read_seq=row["read_seq"],
        delivered_seq=row["delivered_seq"],
        visible_from_seq=row["visible_from_seq"],
        left_seq=row["left_seq"],
        joined_at=row["joined_at"],
    )
