"""Tables of conversations and of the people outside."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Created, Tenant


def _of_conversation() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["workspace_id", "conversation_id"],
        ["conversation.workspace_id", "conversation.id"],
        ondelete="CASCADE",
    )


class ConversationRow(Tenant, Base):
    """A conversation and its counters.

    No index holds what a message changes, and a page keeps room, so that a post stays a heap-only update.
    """

    __tablename__ = "conversation"

    kind: Mapped[str]
    title: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str | None]
    assignee_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    """The place in `types.PRIORITIES`."""
    snoozed_until: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    """Since when the contact has waited for people, or for the assistant that has the dialog."""
    due_at: Mapped[datetime | None]
    """When the next promise to the contact is due, as a module above says."""
    listed_at: Mapped[datetime | None]
    """Where a resolved dialog stands in the list of these: its last message. NULL for all others, whose posts touch no index."""
    epoch: Mapped[int] = mapped_column(server_default=text("0"))
    members_epoch: Mapped[int] = mapped_column(server_default=text("0"))
    direct_key: Mapped[str | None]
    last_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    last_public_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    mod: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    last_message_at: Mapped[datetime | None]
    preview: Mapped[str] = mapped_column(server_default="")
    public_preview: Mapped[str] = mapped_column(server_default="")
    meta: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    trashed_at: Mapped[datetime | None]
    """Since when it waits in the trash to be deleted; nobody takes part in it meanwhile."""

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["workspace_id", "assignee_id"], ["actor.workspace_id", "actor.id"]),
        ForeignKeyConstraint(
            ["workspace_id", "team_id"], ["team.workspace_id", "team.id"], ondelete="SET NULL (team_id)"
        ),
        Index(
            "uq_conversation_direct", "workspace_id", "direct_key", unique=True,
            postgresql_where=text("direct_key IS NOT NULL"),
        ),
        Index(
            "ix_conversation_state", "workspace_id", "kind", "state",
            postgresql_where=text("state IS NOT NULL"),
        ),
        Index(
            "ix_conversation_assignee", "workspace_id", "assignee_id",
            postgresql_where=text("state = 'open' AND assignee_id IS NOT NULL"),
        ),
        Index(
            "ix_conversation_team", "workspace_id", "team_id", postgresql_where=text("team_id IS NOT NULL")
        ),
        Index(
            "ix_conversation_listed", "workspace_id", "listed_at", "id",
            postgresql_where=text("listed_at IS NOT NULL"),
        ),
        Index(
            "ix_conversation_listed_priority", "workspace_id", "priority", "listed_at", "id",
            postgresql_where=text("listed_at IS NOT NULL"),
        ),
        Index(
            "ix_conversation_trashed", "trashed_at", postgresql_where=text("trashed_at IS NOT NULL")
        ),
        {"postgresql_with": {"fillfactor": "70"}},
    )  # fmt: skip


class TeamRow(Tenant, Base):
    """People who share a queue of dialogs; `mode` says how one of them gets the next dialog."""

    __tablename__ = "team"

    name: Mapped[str]
    mode: Mapped[str] = mapped_column(server_default="manual")
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether dialogs of no team come here."""

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        Index("uq_team_name", "workspace_id", text("lower(name)"), unique=True),
        Index("uq_team_default", "workspace_id", unique=True, postgresql_where=text("is_default")),
    )


class TeamMemberRow(Created, Base):
    """A person in a team."""

    __tablename__ = "team_member"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "team_id"], ["team.workspace_id", "team.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"], ["membership.workspace_id", "membership.actor_id"], ondelete="CASCADE"
        ),
        Index("ix_team_member_actor", "workspace_id", "actor_id"),
    )  # fmt: skip


class ParticipantRow(Base):
    """An actor in a conversation; `left_seq` is set when it left."""

    __tablename__ = "participant"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str]
    read_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    delivered_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    visible_from_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    left_seq: Mapped[int | None] = mapped_column(BigInteger)
    is_favorite: Mapped[bool] = mapped_column(server_default=text("false"))
    is_archived: Mapped[bool] = mapped_column(server_default=text("false"))
    joined_at: Mapped[datetime] = mapped_column(server_default=func.now())
    folder_id: Mapped[UUID | None]
    """The actor's own folder that it lies in."""
    expires_at: Mapped[datetime | None]
    """Until when a temporary chat is kept for its owner; no list and no search has it."""

    __table_args__ = (
        _of_conversation(),
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"], ["actor.workspace_id", "actor.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["workspace_id", "folder_id"], ["folder.workspace_id", "folder.id"], ondelete="SET NULL (folder_id)"
        ),
        Index("ix_participant_actor", "workspace_id", "actor_id"),
        Index(
            "ix_participant_folder", "workspace_id", "folder_id", postgresql_where=text("folder_id IS NOT NULL")
        ),
        Index(
            "ix_participant_expires", "expires_at", postgresql_where=text("expires_at IS NOT NULL")
        ),
        {"postgresql_with": {"fillfactor": "80"}},
    )  # fmt: skip


class FolderRow(Tenant, Base):
    """A place of an actor's own for some of its chats."""

    __tablename__ = "folder"

    actor_id: Mapped[UUID]
    name: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"], ["actor.workspace_id", "actor.id"], ondelete="CASCADE"
        ),
        Index("uq_folder_name", "workspace_id", "actor_id", text("lower(name)"), unique=True),
    )


class MessageRow(Created, Base):
    """A message at its place. Every key begins with the conversation, so that the table can be partitioned by it.

    `quote`, `reactions`, `attachments` and `thread` (of a thread's root) are kept as they are shown, so that reading asks no more.
    """

    __tablename__ = "message"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[UUID]
    mod: Mapped[int] = mapped_column(BigInteger)
    sender_id: Mapped[UUID]
    client_key: Mapped[str]
    reply_seq: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(server_default="text")
    visibility: Mapped[str] = mapped_column(server_default="public")
    body: Mapped[str]
    meta: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    is_changed: Mapped[bool] = mapped_column(server_default=text("false"))
    pinned_at: Mapped[datetime | None]
    quote: Mapped[dict[str, Any] | None]
    reactions: Mapped[list[Any] | None]
    thread_root_seq: Mapped[int | None] = mapped_column(BigInteger)
    thread: Mapped[dict[str, Any] | None]
    attachments: Mapped[list[Any] | None]

    __table_args__ = (
        _of_conversation(),
        ForeignKeyConstraint(["workspace_id", "sender_id"], ["actor.workspace_id", "actor.id"]),
        Index(
            "ix_message_deleted", "workspace_id", "conversation_id", "seq",
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
        Index(
            "ix_message_reply", "workspace_id", "conversation_id", "reply_seq",
            postgresql_where=text("reply_seq IS NOT NULL"),
        ),
        Index(
            "ix_message_thread", "workspace_id", "conversation_id", "thread_root_seq", "seq",
            postgresql_where=text("thread_root_seq IS NOT NULL"),
        ),
        Index(
            "ix_message_pinned", "workspace_id", "conversation_id", "pinned_at",
            postgresql_where=text("pinned_at IS NOT NULL"),
        ),
        Index(
            "uq_message_client_key", "workspace_id", "conversation_id", "sender_id", "client_key", unique=True
        ),
        Index("ix_message_mod", "workspace_id", "conversation_id", "mod"),
    )  # fmt: skip


def _of_message() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["workspace_id", "conversation_id", "seq"],
        ["message.workspace_id", "message.conversation_id", "message.seq"],
        ondelete="CASCADE",
    )


class MessageRevisionRow(Created, Base):
    """What a message said before an edit; number 1 is what was sent, `created_at` when it was written."""

    __tablename__ = "message_revision"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str]

    __table_args__ = (_of_message(),)


class ReactionRow(Created, Base):
    """An actor's sign under a message."""

    __tablename__ = "reaction"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    emoji: Mapped[str] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        _of_message(),
        ForeignKeyConstraint(["workspace_id", "actor_id"], ["actor.workspace_id", "actor.id"]),
    )


class MentionRow(Created, Base):
    """Somebody inside whom a message names; `read_at` is set when they have read that far."""

    __tablename__ = "mention"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    read_at: Mapped[datetime | None]

    __table_args__ = (
        _of_message(),
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"], ["actor.workspace_id", "actor.id"], ondelete="CASCADE"
        ),
        Index("ix_mention_message", "workspace_id", "conversation_id", "seq"),
    )


class MessageAttachmentRow(Base):
    """A file of a message, at its place. While it is there the file is in use."""

    __tablename__ = "message_attachment"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_id: Mapped[UUID]

    __table_args__ = (
        _of_message(),
        ForeignKeyConstraint(["workspace_id", "file_id"], ["file.workspace_id", "file.id"]),
        Index("ix_message_attachment_file", "workspace_id", "file_id"),
    )


class LabelRow(Tenant, Base):
    """A word of the workspace's own for conversations."""

    __tablename__ = "label"

    name: Mapped[str]
    colour: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        Index("uq_label_name", "workspace_id", text("lower(name)"), unique=True),
    )


class ConversationLabelRow(Created, Base):
    """A label on a conversation."""

    __tablename__ = "conversation_label"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    label_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        _of_conversation(),
        ForeignKeyConstraint(
            ["workspace_id", "label_id"], ["label.workspace_id", "label.id"], ondelete="CASCADE"
        ),
        Index("ix_conversation_label_label", "workspace_id", "label_id"),
    )


class ConversationLinkRow(Created, Base):
    """Something of a product that a conversation is about: a product's type, and its id there."""

    __tablename__ = "conversation_link"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity_type: Mapped[str] = mapped_column(primary_key=True)
    entity_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        _of_conversation(),
        Index("ix_conversation_link_entity", "workspace_id", "entity_type", "entity_id"),
    )


class MessageRefRow(Base):
    """Where a message is, by its id, and what it can be found by. Written and deleted with the message, hence no key to it.

    Ids sort by time, so that the key is also the order in which a search goes. `words` are those of
    `repository.search.WORDS`; NULL until a message of an older version was looked at.
    """

    __tablename__ = "message_ref"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    words: Mapped[Any | None] = mapped_column(TSVECTOR)

    __table_args__ = (
        Index(
            "ix_message_ref_words", "words",
            postgresql_using="gin", postgresql_with={"gin_pending_list_limit": "512"},
        ),
        Index(
            "ix_message_ref_unread", "workspace_id", "id", postgresql_where=text("words IS NULL")
        ),
    )  # fmt: skip


class ContactRow(Tenant, Base):
    """A person outside the workspace; the id is the actor's."""

    __tablename__ = "contact"

    name: Mapped[str] = mapped_column(server_default="")
    email: Mapped[str | None]
    phone: Mapped[str | None]
    locale: Mapped[str | None]
    meta: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    merged_into: Mapped[UUID | None]
    """The contact that this one turned out to be: it stays as the sender of what it wrote."""
    merged_was: Mapped[dict[str, Any] | None]
    """What went over to that contact, and how that one was before: enough to take them apart again."""
    merged_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(server_default="")
    blocked_at: Mapped[datetime | None]
    """Since when nobody wants to hear from them."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "id"], ["actor.workspace_id", "actor.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["workspace_id", "merged_into"], ["contact.workspace_id", "contact.id"]
        ),
        Index("ix_contact_email", "workspace_id", "email"),
        Index("ix_contact_phone", "workspace_id", "phone"),
        Index(
            "ix_contact_parts", text("contact_parts(workspace_id, name, email, phone)"), postgresql_using="gin"
        ),
        Index(
            "ix_contact_merged", "workspace_id", "merged_into",
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
    )  # fmt: skip


class ContactIdentityRow(Created, Base):
    """How a contact is known in a channel."""

    __tablename__ = "contact_identity"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID]
    verified: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"], ondelete="CASCADE"
        ),
        Index("ix_contact_identity_contact", "workspace_id", "contact_id"),
    )  # fmt: skip
