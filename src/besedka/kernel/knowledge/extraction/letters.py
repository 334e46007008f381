"""E-mail as blocks: the header, the text, the attachments of readable kinds. Runs in a child."""

import email
import re
from collections.abc import Callable, Iterator
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from typing import cast

from besedka.core.content.charset import decode
from besedka.core.content.cleaning import clean
from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.refusal import Reason, Refused
from besedka.kernel.knowledge.extraction.texts import blocks_of_text
from besedka.kernel.knowledge.extraction.types import Block, BlockKind, Extracted, Notice
from besedka.kernel.knowledge.extraction.webpage import blocks_of_html

ReadAttachment = Callable[[bytes, str], Extracted]

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_MOST_PARTS = 50
_DEEPEST = 4
_ENCRYPTED = {
    "multipart/encrypted",
    "application/pgp-encrypted",
    "application/pkcs7-mime",
    "application/x-pkcs7-mime",
}
_HEADER_CHARS = 2000
_BAD_HEADER = (MessageError, ValueError, AttributeError, IndexError, TypeError, LookupError)
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?)")


def read_letter(data: bytes, *, read_attachment: ReadAttachment) -> Extracted:
    """Return the text of a letter. Raises Refused.

    `read_attachment(data, name)` reads a file of any kind and raises Refused when it cannot.
    """
    letter = _Letter(read_attachment)
    # Not the modern policy: it takes addresses to pieces, in a time that grows with their square.
    message = email.message_from_bytes(data)
    letter.read(message)
    if letter.encrypted and not letter.has_body:
        raise Refused(Reason.ENCRYPTED)
    title = _header(message, "Subject") or None
    return Extracted(Kind.EML, title, letter.blocks, letter.notices)


class _Letter:
    """Walks the parts of a letter and the letters inside it."""

    def __init__(self, read_attachment: ReadAttachment) -> None:
        self.blocks: list[Block] = []
        self.notices: list[Notice] = []
        self.encrypted = False
        self.has_body = False
        self._read_attachment = read_attachment
        self._parts = 0

    def read(self, message: Message, level: int = 1) -> None:
        """Add a whole letter: its header, then its parts."""
        subject = _header(message, "Subject")
        if subject:
            self.blocks.append(Block(BlockKind.HEADING, subject, min(level, 6)))
        lines = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
        if lines:
            self.blocks.append(Block(BlockKind.PARAGRAPH, "\n".join(lines)))
        self._part(message, level)

    def _part(self, part: Message, level: int) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            self._limited()
            return
        kind = part.get_content_type()
        if kind in _ENCRYPTED:
            self.encrypted = True
        elif kind == "multipart/alternative":
            self._alternative(list(_parts_of(part)), level)
        elif part.is_multipart():
            for inner in _parts_of(part):
                self._inner(kind, inner, level=level)
        elif _is_attachment(part):
            self._attachment(part)
        else:
            self._body(part, kind)

    def _inner(self, kind: str, inner: Message, *, level: int) -> None:
        if kind == "message/rfc822" and level < _DEEPEST:
            self.read(inner, level + 1)
        elif level < _DEEPEST:
            self._part(inner, level)
        else:
            self._limited()

    def _alternative(self, parts: list[Message], level: int) -> None:
        """Read the plain version when it says anything, else the last (the richest) one."""
        plain = [part for part in parts if part.get_content_type() == "text/plain"]
        if any(len(_text(part).split()) > 1 for part in plain):
            parts = plain + [
                part for part in parts if part.get_content_maintype() not in {"text", "multipart"}
            ]
        else:
            parts = parts[-1:]
        for part in parts:
            self._part(part, level)

    def _body(self, part: Message, kind: str) -> None:
        text = _text(part)
        if not text.strip():
            return
        blocks = blocks_of_html(text) if kind == "text/html" else blocks_of_text(text)
        self.has_body = self.has_body or bool(blocks)
        self.blocks += blocks

    def _attachment(self, part: Message) -> None:
        name = _filename(part)
        data = _bytes(part)
        if part.get_content_maintype() in {"image", "audio", "video"} or not data:
            return
        try:
            inner = self._read_attachment(data, name)
        except Refused:
            self.notices.append(Notice("attachment_skipped", {"name": name[:200]}))
            return
        self.has_body = True
        self.blocks.append(Block(BlockKind.HEADING, name, 2))
        self.blocks += inner.blocks
        self.notices += inner.warnings

    def _limited(self) -> None:
        notice = Notice("attachments_limited")
        if notice not in self.notices:
            self.notices.append(notice)


def _parts_of(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from cast(list[Message], payload)


def _is_attachment(part: Message) -> bool:
    try:
        named = part.get_filename() is not None and part.get_content_disposition() != "inline"
    except _BAD_HEADER:
        named = False
    return named or part.get_content_maintype() != "text"


def _bytes(part: Message) -> bytes:
    """Return the decoded body; broken base64 gives what can be had."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        payload = None
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message) -> str:
    try:
        charset = part.get_content_charset()
    except _BAD_HEADER:
        charset = None
    data = _bytes(part)
    decoded = decode(data, declared=charset)
    return clean(decoded.text if decoded else data.decode("utf-8", "replace"))


def _filename(part: Message) -> str:
    try:
        name = _unfolded(part.get_filename() or "")
    except _BAD_HEADER:
        name = ""
    return name or "?"


def _header(message: Message, name: str) -> str:
    return _unfolded(str(message.get(name) or ""))


def _unfolded(value: str) -> str:
    """Return a header's words, whatever way they are encoded (RFC 2047, or plain bytes against it)."""
    value = _BETWEEN_WORDS.sub(r"\1\2", value[:_HEADER_CHARS])
    try:
        parts = decode_header(value)
    except _BAD_HEADER:
        parts = [(value, None)]
    words = "".join(
        part if isinstance(part, str) else _word(part, charset) for part, charset in parts
    )
    return " ".join(clean(words).split())


def _word(data: bytes, charset: str | None) -> str:
    found = decode(data, declared=charset)
    return found.text if found else data.decode("ascii", "replace")
