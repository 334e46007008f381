"""What the API of the help takes and gives."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from besedka.core.schemas import Read, Write
from besedka.kernel.conversations.types import LONGEST_BODY
from besedka.products.copilot.types import How, To

Words = Annotated[str, Field(min_length=1, max_length=LONGEST_BODY)]


class HelpRead(Read):
    """What help there is. Without a model a reply can still be quoted from the documents."""

    model: bool


class SummaryRead(Read):
    """A summary as plain text. `newer`: messages have come since; `seq` is the last one that it knows of."""

    body: str
    locale: str
    seq: int
    newer: bool
    written_at: datetime


class Suggest(Write):
    """A wish for a reply; with `stream` it comes as server-sent events."""

    stream: bool = False


class Rewrite(Write):
    """A draft that is to be said in other words."""

    text: Words
    how: How
    stream: bool = False


class Translate(Write):
    """A text that is wanted in my language, or in the visitor's."""

    text: Words
    to: To
    stream: bool = False


class SourceRead(Read):
    """A passage that a suggestion stands on."""

    source_id: UUID
    chunk_id: UUID
    title: str
    quote: str
    url: str
    assistant_id: UUID


class WrittenRead(Read):
    """A text for the composer. `mode` is model, quoted (a passage, without a model) or unknown (the documents do not say)."""

    text: str
    mode: str
    sources: list[SourceRead]
