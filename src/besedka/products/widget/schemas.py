"""What the widget's public API takes and gives."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from besedka.core.i18n import Locale
from besedka.core.schemas import Read, Write
from besedka.kernel.conversations.schemas import Files, Says
from besedka.kernel.conversations.types import LONGEST_KEY

LONGEST_QUESTION = 8000


class SessionCreate(Write):
    """A widget that opens: the token it kept, if any, and the page it is on."""

    visitor: Annotated[str, Field(max_length=200)] | None = None
    locale: Locale | None = None
    page: Annotated[str, Field(max_length=2000)] = ""


class QuestionCreate(Write):
    """What a visitor wrote: words, files of their own, or both. `key` makes sending it again harmless."""

    key: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]
    attachments: Files = Field(default_factory=list)
    body: Annotated[str, Field(max_length=LONGEST_QUESTION, validate_default=True), Says] = ""


class ConfigRead(Read):
    """How a widget looks and greets."""

    name: str
    greeting: str
    accent: str
    locale: str


class SessionRead(Read):
    """Where a visitor was."""

    visitor: str
    contact: UUID
    chat: UUID | None
    state: str | None
    ticket: str
    config: ConfigRead
    messages: list[dict[str, object]]


class PassageRead(Read):
    """A cited passage."""

    title: str
    heading: list[str]
    text: str
    page: int | None
    url: str | None


class Called(Read):
    """A person was called, in this conversation."""

    chat: UUID
    state: str


class FileRead(Read):
    """A file that a visitor has uploaded and not sent yet."""

    id: UUID
    name: str
    kind: str
    media_type: str
    size: int
