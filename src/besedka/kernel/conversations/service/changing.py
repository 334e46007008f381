"""Messages after they were sent: edited, deleted, reacted to, pinned. Listeners hear of it in the order of the commits."""

import json
from functools import partial

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service as audit
from besedka.kernel.conversations.errors import (
    EditedTooOften,
    MessageChanged,
    MessageDeleted,
    MessageNotFound,
    NotYourMessage,
    TooManyPins,
    TooManyReactions,
)
from besedka.kernel.conversations.repository.changing import ChangingRepository
from besedka.kernel.conversations.service.attachments import defer_dropping, files_of
from besedka.kernel.conversations.service.checks import check_body, check_emoji
from besedka.kernel.conversations.service.mentions import (
    may_mention,
    note_mentions,
    tell_mentions,
)
from besedka.kernel.conversations.service.spelling import preview_of
from besedka.kernel.conversations.service.writers import Writers
from besedka.kernel.conversations.types import (
    MODERATES,
    MOST_EMOJI,
    MOST_PINS,
    MOST_REVISIONS,
    STAFF_READS,
    STAFF_WRITES,
    Caller,
    Kind,
    Message,
    MessageId,
    MessageKind,
    ParticipantRole,
    Revision,
    Subject,
)


async def edit_message(
    runtime: Runtime, conn: TenantConn, message: MessageId, *, caller: Caller, body: str, mod: int | None = None
) -> Message:  # fmt: skip
    """Give a message of the caller's other words, in the caller's transaction; the same words change nothing.

    Raises MessageNotFound, NotYourMessage, MessageDeleted, MessageChanged, EditedTooOften, and as `post` for the body.
    """
    check_body(body, optional=True)
    subject = await lock_subject(conn, message, caller=caller)
    found = subject.message
    if found.sender.id != caller.actor_id or found.kind != MessageKind.TEXT or not _may_write(subject, caller):  # fmt: skip
        raise NotYourMessage
    if found.deleted_at is not None:
        raise MessageDeleted
    check_body(body, optional=found.attachments is not None)
    if found.body == body:
        return found
    _check_version(found, mod)
    changing, moment = ChangingRepository(conn), now()
    edits = await changing.count_revisions(found.conversation_id, found.seq)
    if edits >= MOST_REVISIONS:
        raise EditedTooOften(most=MOST_REVISIONS)
    found.mod = await changing.edit(
        found,
        body=body,
        preview=preview_of(body, found.attachments),
        number=edits + 1,
        moment=moment,
    )
    named_before = may_mention(found.body)
    found.body, found.edited_at = body, moment
    if named_before or may_mention(body):
        actors = await note_mentions(runtime, conn, found)
        conn.on_commit(partial(tell_mentions, runtime, found, actors))
    tell(runtime, conn, found)
    return found


async def delete_message(
    runtime: Runtime, conn: TenantConn, message: MessageId, *, caller: Caller, mod: int | None = None
) -> Message:  # fmt: skip
    """Leave nothing of a message but its place, in the caller's transaction; deleting it again changes nothing.

    Its author may, the owner of the chat, and who moderates, which is recorded. Raises MessageNotFound, NotYourMessage, MessageChanged.
    """
    subject = await lock_subject(conn, message, caller=caller)
    found = subject.message
    if not _may_delete(subject, caller):
        raise NotYourMessage
    if found.deleted_at is not None:
        return found
    _check_version(found, mod)
    changing, moment = ChangingRepository(conn), now()
    inside, outside = await changing.last_but(found)
    found.mod = await changing.delete(
        found, moment=moment, preview=preview_of(inside), public_preview=preview_of(outside)
    )
    if found.thread_root_seq is not None:
        await changing.count_thread(found.conversation_id, found.thread_root_seq)
    if found.sender.id != caller.actor_id:
        await audit.record(
            conn, actor_id=caller.actor_id, action="conversations.message_deleted", target_type="message",
            target_id=found.id, detail={"chat": str(found.conversation_id), "seq": found.seq},
        )  # fmt: skip
    await defer_dropping(conn, files_of(found))
    found.body, found.meta, found.deleted_at = "", "{}", moment
    found.attachments = None
    found.quote = found.reactions = found.pinned_at = None
    tell(runtime, conn, found)
    return found


async def react(
    runtime: Runtime, conn: TenantConn, message: MessageId, *, caller: Caller, emoji: str, on: bool
) -> Message:  # fmt: skip
    """Put the caller's sign under a message, or take it away, in the caller's transaction; twice is once.

    Raises NotAnEmoji, MessageNotFound, NotYourMessage, MessageDeleted, TooManyReactions.
    """
    check_emoji(emoji)
    found = await _lock_to_mark(conn, message, caller=caller)
    shown = {each["emoji"] for each in json.loads(found.reactions or "[]")}
    if on and emoji not in shown and len(shown) >= MOST_EMOJI:
        raise TooManyReactions(most=MOST_EMOJI)
    changing, moment = ChangingRepository(conn), now() if on else None
    if await changing.react(found, emoji, actor=caller.actor_id, moment=moment):
        found.mod, found.reactions = await changing.show_reactions(found)
        tell(runtime, conn, found)
    return found


async def pin_message(
    runtime: Runtime, conn: TenantConn, message: MessageId, *, caller: Caller, on: bool
) -> Message:
    """Pin a message for all who see it, or unpin it, in the caller's transaction; twice is once.

    Raises MessageNotFound, NotYourMessage, MessageDeleted, TooManyPins.
    """
    found = await _lock_to_mark(conn, message, caller=caller)
    if on == (found.pinned_at is not None):
        return found
    changing = ChangingRepository(conn)
    if on and await changing.count_pins(found.conversation_id) >= MOST_PINS:
        raise TooManyPins(most=MOST_PINS)
    found.pinned_at = now() if on else None
    found.mod = await changing.pin(found, moment=found.pinned_at)
    tell(runtime, conn, found)
    return found


async def _lock_to_mark(conn: TenantConn, message: MessageId, *, caller: Caller) -> Message:
    subject = await lock_subject(conn, message, caller=caller)
    if not _may_write(subject, caller):
        raise NotYourMessage
    if subject.message.deleted_at is not None:
        raise MessageDeleted
    return subject.message


async def list_revisions(conn: TenantConn, message: Message) -> list[Revision]:
    """Return what a message said before its edits, the first words first."""
    return await ChangingRepository(conn).list_revisions(message.conversation_id, message.seq)


async def lock_subject(conn: TenantConn, message: MessageId, *, caller: Caller) -> Subject:
    """Lock a message's conversation until the commit; return the message if the caller may see it.

    Raises MessageNotFound.
    """
    found = await ChangingRepository(conn).lock(message, actor=caller.actor_id)
    if found is None or not _may(found, caller, STAFF_READS):
        raise MessageNotFound
    if found.message.seq <= found.visible_from_seq:
        raise MessageNotFound
    return found


def tell(runtime: Runtime, conn: TenantConn, message: Message) -> None:
    """Let listeners know of a changed message once it is committed."""
    conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, message.conversation_id))


def _may(subject: Subject, caller: Caller, permission: str) -> bool:
    in_dialog = subject.chat_kind is Kind.DIALOG and caller.may(permission)
    return subject.role is not None or in_dialog


def _may_write(subject: Subject, caller: Caller) -> bool:
    return _may(subject, caller, STAFF_WRITES)


def _may_delete(subject: Subject, caller: Caller) -> bool:
    if not _may_write(subject, caller):
        return False
    is_author = subject.message.sender.id == caller.actor_id
    return is_author or subject.role == ParticipantRole.OWNER or caller.may(MODERATES)


def _check_version(message: Message, mod: int | None) -> None:
    if mod is not None and mod != message.mod:
        raise MessageChanged(mod=message.mod)
