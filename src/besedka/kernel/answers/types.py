"""Words of the module as types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import JsonValue

from besedka.core.i18n import Locale
from besedka.core.ids import ActorId
from besedka.kernel.conversations.types import ConversationId


class RunState(StrEnum):
    """Where a reply is. `superseded`: a person took the dialog, so nothing was said."""

    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class Mode(StrEnum):
    """How an answer came about."""

    MODEL = "model"
    EXTRACTIVE = "extractive"
    UNKNOWN = "unknown"
    HANDOFF = "handoff"
    SMALL_TALK = "small_talk"


class HandoffReason(StrEnum):
    """Why a dialog went to a person."""

    ASKED = "asked"
    KEYWORD = "keyword"
    LOW_CONFIDENCE = "low_confidence"
    REPEATED = "repeated"
    MODEL = "model"
    FAILURE = "failure"
    FILE = "file"


WISHED: Final = (HandoffReason.ASKED, HandoffReason.KEYWORD)
"""Why the assistant is silent after a hand-off: the visitor or the owner wished for a person."""


class Tone(StrEnum):
    """How the assistant sounds."""

    FRIENDLY = "friendly"
    NEUTRAL = "neutral"
    FORMAL = "formal"


class Length(StrEnum):
    """How much it says."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


DEFAULT_THRESHOLD = 0.45

ASSISTANTS_READ: Final = "assistants.read"
ASSISTANTS_MANAGE: Final = "assistants.manage"


@dataclass(frozen=True, slots=True)
class Assistant:
    """An assistant as the engine needs it; `id` is its actor."""

    id: ActorId
    name: str
    greeting: Mapping[str, str]
    instructions: str
    tone: Tone
    length: Length
    model: str
    temperature: float | None
    threshold: float
    collection_id: UUID
    handoff_keywords: tuple[str, ...]
    prompt_version_id: UUID
    prompt_number: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Citation:
    """One numbered source of an answer; opens its passage."""

    n: int
    source_id: UUID
    chunk_id: UUID
    title: str
    heading: tuple[str, ...]
    quote: str
    page: int | None
    url: str

    def as_json(self) -> dict[str, JsonValue]:
        """Return the citation as it stands in a message."""
        return {
            "n": self.n,
            "source": str(self.source_id),
            "chunk": str(self.chunk_id),
            "title": self.title,
            "heading": list(self.heading),
            "quote": self.quote,
            "page": self.page,
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """What an assistant would say to a question."""

    text: str
    mode: Mode
    confidence: float
    locale: Locale
    citations: tuple[Citation, ...] = ()
    passages: tuple[UUID, ...] = ()
    llm_run_id: UUID | None = None
    handoff: HandoffReason | None = None
    failure: str = ""
    """The code of what kept the model from answering, if something did."""


@dataclass(frozen=True, slots=True)
class Run:
    """A reply that somebody works on."""

    id: UUID
    conversation_id: ConversationId
    question_seq: int
    assistant_id: ActorId
    epoch: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier message of a dialog, as context."""

    by_assistant: bool
    text: str
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """All that a draft is made from."""

    text: str
    locale: Locale
    history: tuple[Turn, ...] = field(default=())
