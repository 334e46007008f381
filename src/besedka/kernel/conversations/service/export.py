"""A conversation as one document, written piece by piece: however long it is, one portion of it is in memory."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from html import escape
from typing import Protocol

from besedka.core.clock import now
from besedka.core.i18n import Locale, text
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.repository.changing import ChangingRepository
from besedka.kernel.conversations.repository.conversations import ParticipantRepository
from besedka.kernel.conversations.repository.reading import ReadingRepository
from besedka.kernel.conversations.service.spelling import chat_json, render, spell
from besedka.kernel.conversations.types import (
    CLIP,
    ChatEntry,
    Message,
    Participant,
    Revision,
    Viewer,
)
from besedka.kernel.realtime.types import dumps

PORTION = 200
"""Messages that are read at a time."""

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1f2937;background:#fff}"
    "article{border-top:1px solid #e5e7eb;padding:.75rem 0;overflow-wrap:anywhere}"
    "article.internal{background:#fef9c3}header{color:#6b7280;font-size:.875rem}"
    "blockquote{margin:.25rem 0;padding-left:.75rem;border-left:3px solid #d1d5db;color:#4b5563}"
    "pre{overflow-x:auto}footer{color:#6b7280;font-size:.875rem}"
)


class Writes(Protocol):
    """Writes a conversation in some form."""

    between: str
    """What stands between two messages."""

    def begin(self, entry: ChatEntry, people: Sequence[Participant]) -> str:
        """Return what comes before the messages."""

    def message(self, message: Message, revisions: Sequence[Revision]) -> str:
        """Return a message."""

    def end(self) -> str:
        """Return what comes after the messages."""


async def export_chat(
    runtime: Runtime, entry: ChatEntry, viewer: Viewer, *, form: Writes
) -> AsyncIterator[str]:
    """Yield a conversation as a viewer sees it, oldest first, up to the last message that there was in the beginning."""
    chat, after = entry.conversation, entry.visible_from_seq
    async with runtime.db.fast.acquire(chat.workspace_id) as conn:
        people = await ParticipantRepository(conn).list_current(chat.id)
    yield form.begin(entry, people)
    between = ""
    async with aclosing(_portions(runtime, entry, viewer, after=after)) as portions:
        async for messages, revisions in portions:
            for message in messages:
                yield between + form.message(message, revisions.get(message.seq, ()))
                between = form.between
    yield form.end()


async def _portions(
    runtime: Runtime, entry: ChatEntry, viewer: Viewer, *, after: int
) -> AsyncGenerator[tuple[list[Message], dict[int, list[Revision]]], None]:
    """Yield messages with what they said before. No connection is held while a portion is being sent."""
    chat = entry.conversation
    while after < chat.last_seq:
        async with runtime.db.fast.acquire(chat.workspace_id) as conn:
            messages = await ReadingRepository(conn).page(
                chat.id, viewer, before=None, after=after, limit=PORTION
            )
            edited = [each.seq for each in messages if each.edited_at is not None]
            revisions = (
                await ChangingRepository(conn).revisions_of(chat.id, edited) if edited else {}
            )
        kept = [each for each in messages if each.seq <= chat.last_seq]
        yield kept, revisions
        if len(messages) < PORTION:
            return
        after = messages[-1].seq


class AsJson:
    """A conversation as a JSON object: all that the API shows of it."""

    between = ",\n"

    def begin(self, entry: ChatEntry, people: Sequence[Participant]) -> str:
        """Return the object up to its messages."""
        head = {
            "exported_at": now().isoformat(),
            "chat": chat_json(entry.conversation, internal=True, assignee=entry.assignee),
            "members": [
                {"id": str(each.actor.id), "kind": each.actor.kind, "name": each.actor.name, "role": each.role}
                for each in people
            ],
        }  # fmt: skip
        return f'{dumps(head)[:-1]},"messages":[\n'

    def message(self, message: Message, revisions: Sequence[Revision]) -> str:
        """Return a message as the API shows it, with what it said before."""
        before = [
            {"number": each.number, "body": each.body, "written_at": each.written_at.isoformat()}
            for each in revisions
        ]
        return f'{spell(message)[:-1]},"revisions":{dumps(before)}}}'

    def end(self) -> str:
        """Close the object."""
        return "\n]}\n"


class AsHtml:
    """A conversation as a page that needs nothing else: no script, nothing from elsewhere."""

    between = ""

    def __init__(self, locale: Locale) -> None:
        self._locale: Locale = locale

    def begin(self, entry: ChatEntry, people: Sequence[Participant]) -> str:
        """Return the page up to its messages."""
        names = ", ".join(each.actor.name for each in people)
        title = escape(entry.conversation.title or names)
        return (
            f'<!doctype html>\n<html lang="{self._locale}"><head><meta charset="utf-8">'
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            '<meta name="referrer" content="no-referrer">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1><p>{escape(names)}</p>\n"
        )

    def message(self, message: Message, revisions: Sequence[Revision]) -> str:
        """Return a message as an article, with what it said before folded away."""
        sender, visibility = message.sender, escape(message.visibility)
        marks = [escape(sender.name), _time(message.created_at)]
        if message.visibility == "internal":
            marks.append(self._say("internal"))
        if message.edited_at is not None:
            marks.append(self._say("edited"))
        body = (
            f"<p><em>{self._say('deleted')}</em></p>"
            if message.deleted_at is not None
            else render(message.body, sender=sender.kind)
        )
        return (
            f'<article id="m{message.seq}" class="{visibility}"><header>{" · ".join(marks)}</header>'
            f"{_quote(message)}{body}{_attachments(message)}{self._before(revisions, sender.kind)}{_reactions(message)}</article>\n"
        )

    def _before(self, revisions: Sequence[Revision], sender: str) -> str:
        if not revisions:
            return ""
        shown = "".join(
            f"<header>{_time(each.written_at)}</header>{render(each.body, sender=sender)}"
            for each in revisions
        )
        return f"<details><summary>{self._say('before')}</summary>{shown}</details>"

    def end(self) -> str:
        """Close the page."""
        return f"<footer>{self._say('exported')} {_time(now())}</footer></body></html>\n"

    def _say(self, word: str) -> str:
        return escape(text(self._locale, f"conversations.export_{word}"))


def _time(moment: datetime) -> str:
    return f'<time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M} UTC</time>'


def _quote(message: Message) -> str:
    if message.quote is None:
        return ""
    quoted = json.loads(message.quote)
    return f"<blockquote>{escape(quoted['sender']['name'])}: {escape(quoted['body'])}</blockquote>"


def _attachments(message: Message) -> str:
    """Return the names and sizes of a message's files; the bytes are elsewhere."""
    if message.attachments is None:
        return ""
    shown = "".join(
        f"<li>{CLIP} {escape(each['name'])} <small>{escape(each['media_type'])}, {int(each['size'])} B</small></li>"
        for each in json.loads(message.attachments)
    )
    return f"<ul>{shown}</ul>"


def _reactions(message: Message) -> str:
    if message.reactions is None:
        return ""
    shown = " ".join(
        f"{escape(each['emoji'])} {int(each['count'])}" for each in json.loads(message.reactions)
    )
    return f"<footer>{shown}</footer>"
