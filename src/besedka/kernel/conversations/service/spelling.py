"""Conversations as JSON, built once: the same text goes over HTTP and over every socket."""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any
from uuid import UUID

from pydantic import JsonValue

from besedka.core.markup import plain_to_html, to_html
from besedka.kernel.conversations.repository.search import Found
from besedka.kernel.conversations.service.search import snippet_of
from besedka.kernel.conversations.types import (
    CLIP,
    PREVIEW_CHARACTERS,
    Conversation,
    DialogSummary,
    Face,
    Mention,
    Message,
    Visibility,
)
from besedka.kernel.realtime.types import Frame, dumps, frame_around, make_frame

CONTACT = "contact"
REMEMBERED = 2048
LONGEST_REMEMBERED = 4000

# One line that begins with a letter and has none of Markdown's or HTML's signs is its own rendering. Most of what
# people write is such a line, and looking costs a hundredth of rendering. (nh3 spells a no-break space as an entity.)
_MARKED = re.compile(r"[\\`*_~\[\]<>&\x00-\x1f\x7f\xa0]")

_SIGNS = re.compile(
    r"^[ \t]*(?:#{1,6}|>|[-*+])[ \t]+|\*\*|__|~~|`+|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)|\[(?=[^\]\n]*\]\()",
    re.MULTILINE,
)
_ANY_SIGN = re.compile(r"[#>*+_~`\[-]")
"""What a text without has none of these; looking costs a tenth of looking for them."""
_LINK = re.compile(r"\[([^\]\n]*)\]\([^)\s]*\)")


def render(body: str, *, sender: str) -> str:
    """Return a message's HTML: Markdown of people and models inside, plain text with links of contacts."""
    if sender == CONTACT:
        return plain_to_html(body)
    if body[:1].isalpha() and not body[-1].isspace() and _MARKED.search(body) is None:
        return f"<p>{body}</p>"
    return _remembered(body) if len(body) <= LONGEST_REMEMBERED else to_html(body).strip()


@lru_cache(maxsize=REMEMBERED)
def _remembered(body: str) -> str:
    return to_html(body).strip()


def spell(message: Message) -> str:
    """Return a message as JSON."""
    if message.spelled is None:
        sender = message.sender
        message.spelled = spell_fields(
            str(message.conversation_id),
            (
                message.seq, message.id, message.mod, message.reply_seq, message.kind, message.visibility,
                message.body, message.meta, message.created_at, message.edited_at, message.deleted_at,
                message.pinned_at, message.quote, message.reactions, message.thread_root_seq, message.thread,
                message.attachments, sender.id, sender.kind, sender.name,
            ),
            faces={},
        )  # fmt: skip
    return message.spelled


def spell_page(chat: UUID, rows: Iterable[Iterable[Any]]) -> str:
    """Return messages as a JSON array, from rows of the repository's SPELLED columns."""
    place, faces = str(chat), dict[UUID, str]()
    return f"[{','.join([spell_fields(place, row, faces=faces) for row in rows])}]"


def spell_fields(chat: str, fields: Iterable[Any], *, faces: dict[UUID, str]) -> str:
    """Return a message as JSON, from its values in the order of SPELLED; `faces` remembers the senders of a page."""
    (
        seq, message, mod, reply, kind, visibility, body, meta, created, edited, deleted, pinned, quote, reactions,
        root, thread, attachments, sender, sender_kind, name
    ) = fields  # fmt: skip
    if (face := faces.get(sender)) is None:
        face = faces[sender] = (
            f'{{"id":"{sender}","kind":"{sender_kind}","name":{encode_basestring(name)}}}'
        )
    html = "" if deleted is not None else render(body, sender=sender_kind)
    if deleted is not None:
        body, meta = "", "{}"
    return (
        f'{{"id":"{message}","seq":{seq},"mod":{mod},"chat":"{chat}","sender":{face},'
        f'"kind":"{kind}","visibility":"{visibility}",'
        f'"body":{encode_basestring(body)},"html":{encode_basestring(html)},"meta":{meta},'
        f'"created_at":"{created.isoformat()}","edited_at":{_moment(edited)},"deleted_at":{_moment(deleted)},'
        f'"pinned_at":{_moment(pinned)},"reply_seq":{"null" if reply is None else reply},'
        f'"reply":{"null" if quote is None else quote},"reactions":{"[]" if reactions is None else reactions},'
        f'"thread_root_seq":{"null" if root is None else root},"thread":{"null" if thread is None else thread},'
        f'"attachments":{"[]" if attachments is None else attachments}}}'
    )


def message_bytes(message: Message) -> bytes:
    """Return a message as a JSON body."""
    return spell(message).encode()


def messages_bytes(messages: Iterable[Message]) -> bytes:
    """Return messages as a JSON array."""
    return f"[{','.join([spell(message) for message in messages])}]".encode()


def mentions_bytes(mentions: Iterable[Mention]) -> bytes:
    """Return messages that name somebody as a JSON array."""
    spelled = [
        f'{{"message":{spell(each.message)},"mentioned_at":{_moment(each.mentioned_at)},"read_at":{_moment(each.read_at)}}}'
        for each in mentions
    ]
    return f"[{','.join(spelled)}]".encode()


def found_bytes(found: Iterable[Found]) -> bytes:
    """Return messages that were found as a JSON array."""
    spelled = []
    for each in found:
        snippet = snippet_of(each)
        chat = dumps(
            {"id": str(each.message.conversation_id), "kind": each.chat_kind, "title": each.chat_title}
        )  # fmt: skip
        spelled.append(
            f'{{"message":{spell(each.message)},"chat":{chat},"snippet":{encode_basestring(snippet.text)},'
            f'"marks":[{",".join(f"[{start},{stop}]" for start, stop in snippet.marks)}]}}'
        )
    return f"[{','.join(spelled)}]".encode()


def _moment(moment: datetime | None) -> str:
    return "null" if moment is None else f'"{moment.isoformat()}"'


def _spelled(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def preview_of(body: str, attachments: str | None = None) -> str:
    """Return the beginning of a message on one line, for lists: without Markdown's signs, links by their words.

    A message without words is called by its first file.
    """
    if attachments is not None and not body:
        return f"{CLIP} {json.loads(attachments)[0]['name']}"[:PREVIEW_CHARACTERS]
    begin = body[: PREVIEW_CHARACTERS * 2]
    if _ANY_SIGN.search(begin) is not None and _SIGNS.search(begin) is not None:
        begin = _SIGNS.sub("", _LINK.sub(r"\1", begin))
    return " ".join(begin.split())[:PREVIEW_CHARACTERS]


def message_frame(message: Message) -> Frame:
    """Build the event of a message that was posted, or changed since."""
    return frame_around(
        "message.changed" if message.is_changed else "message",
        spell(message),
        chat=message.conversation_id,
        seq=message.seq,
        mod=message.mod,
    )


def is_public(message: Message) -> bool:
    """Whether contacts see a message."""
    return message.visibility == Visibility.PUBLIC


def face_json(face: Face | None) -> JsonValue:
    """Return an actor as a JSON value."""
    return None if face is None else {"id": str(face.id), "kind": face.kind, "name": face.name}


def chat_json(
    conversation: Conversation, *, internal: bool, assignee: Face | None = None
) -> dict[str, JsonValue]:
    """Return a conversation as viewers see it; `internal` shows what contacts must not know of."""
    at = conversation.last_message_at
    seq = conversation.last_seq if internal else conversation.last_public_seq
    return {
        "id": str(conversation.id),
        "kind": conversation.kind,
        "title": conversation.title if internal else "",
        "state": conversation.state,
        "assignee": face_json(assignee),
        "epoch": conversation.epoch,
        "mod": conversation.mod,
        "last_seq": seq,
        "last_message_at": at.isoformat() if at is not None and internal else None,
        "preview": conversation.preview if internal else conversation.public_preview,
        "created_at": conversation.created_at.isoformat(),
        "labels": [str(label) for label in conversation.labels] if internal else [],
    }


def chat_frame(
    conversation: Conversation, *, internal: bool, assignee: Face | None = None
) -> Frame:  # fmt: skip
    """Build the event of a conversation that changed otherwise than by a message."""
    return make_frame(
        "chat.changed",
        chat=conversation.id,
        mod=conversation.mod,
        data=chat_json(conversation, internal=internal, assignee=assignee),
    )


def summary_json(summary: DialogSummary) -> dict[str, JsonValue]:
    """Return an entry of the inbox."""
    return {
        "id": str(summary.id),
        "state": summary.state,
        "epoch": summary.epoch,
        "mod": summary.mod,
        "last_seq": summary.last_seq,
        "last_message_at": summary.last_message_at.isoformat(),
        "preview": summary.preview,
        "preview_internal": summary.preview_internal,
        "contact": face_json(summary.contact),
        "assignee": face_json(summary.assignee),
        "meta": dict(summary.meta),
        "created_at": summary.created_at.isoformat(),
        "labels": [str(label) for label in summary.labels],
        "team_id": None if summary.team_id is None else str(summary.team_id),
        "priority": summary.priority,
        "snoozed_until": _spelled(summary.snoozed_until),
        "waiting_since": _spelled(summary.waiting_since),
        "due_at": _spelled(summary.due_at),
    }


def inbox_frame(summary: DialogSummary) -> Frame:
    """Build the event that tells operators of a changed dialog."""
    return make_frame("inbox", chat=summary.id, mod=summary.mod, data=summary_json(summary))


def gone_frame(chat: UUID) -> Frame:
    """Build the tombstone of a chat that was deleted or may no longer be read."""
    return make_frame("chat.gone", chat=chat)
