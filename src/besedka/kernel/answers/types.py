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
    GUIDED = "guided"
    """The owner's own words, which a guideline has for such a question."""
    REFUSED = "refused"
    """A guardrail keeps the assistant from this."""


class HandoffReason(StrEnum):
    """Why a dialog went to a person."""

    ASKED = "asked"
    KEYWORD = "keyword"
    LOW_CONFIDENCE = "low_confidence"
    REPEATED = "repeated"
    MODEL = "model"
    FAILURE = "failure"
    FILE = "file"
    AWAY = "away"
    """The assistant was put away or deleted."""


WISHED: Final = (HandoffReason.ASKED, HandoffReason.KEYWORD)
"""Why the assistant is silent after a hand-off: the visitor or the owner wished for a person."""


class Wanted(StrEnum):
    """Which assistants a list shows. Those in the trash have a list of their own."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    ALL = "all"


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


class GuidelineAction(StrEnum):
    """What follows when a guideline applies."""

    ADVISE = "advise"
    """A model is told it; without a model it means nothing."""
    SAY = "say"
    """The owner's words are the answer, with or without a model."""
    PERSON = "person"
    """A person is called."""


@dataclass(frozen=True, slots=True)
class Guideline:
    """A rule "when …, do …". `words` are words or phrases of a question, any of which makes it apply by itself."""

    when: str
    then: str
    action: GuidelineAction = GuidelineAction.ADVISE
    words: tuple[str, ...] = ()

    def as_json(self) -> dict[str, JsonValue]:
        """Return the guideline as it is stored."""
        return {
            "when": self.when,
            "then": self.then,
            "action": str(self.action),
            "words": list(self.words),
        }


@dataclass(frozen=True, slots=True)
class Guardrails:
    """What an assistant never does. Words and phrases count in whatever form: their stems are compared."""

    topics: tuple[str, ...] = ()
    """Questions with these words are refused."""
    phrases: tuple[str, ...] = ()
    """What must not stand in an answer."""
    no_prices: bool = False
    """An answer of a model names no amounts that do not stand in the passages."""

    @property
    def is_strict(self) -> bool:
        """Whether what a model says has to be checked sentence by sentence."""
        return bool(self.phrases) or self.no_prices

    def as_json(self) -> dict[str, JsonValue]:
        """Return the guardrails as they are stored."""
        return {
            "topics": list(self.topics),
            "phrases": list(self.phrases),
            "no_prices": self.no_prices,
        }


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
    guidelines: tuple[Guideline, ...] = ()
    guardrails: Guardrails = field(default_factory=Guardrails)
    draft: Mapping[str, JsonValue] | None = None
    """Settings that wait to be published, as a version keeps them."""
    shared: tuple[UUID, ...] = ()
    """Collections that it answers from beside its own."""
    archived_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def is_away(self) -> bool:
        """Whether it answers nobody: it was put away, or lies in the trash."""
        return self.archived_at is not None or self.deleted_at is not None

    @property
    def collection_ids(self) -> tuple[UUID, ...]:
        """All collections that it answers from, its own first."""
        return (self.collection_id, *self.shared)


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
    scores: tuple[float, ...] = ()
    """Of the passages, in their order."""
    guarded: tuple[str, ...] = ()
    """What guardrails took out or refused: topic, phrase, price, link."""


@dataclass(frozen=True, slots=True)
class Run:
    """A reply that somebody works on."""

    id: UUID
    conversation_id: ConversationId
    question_seq: int
    assistant_id: ActorId
    epoch: int
    attempts: int
    person_called: bool
    """Whether the assistant has called a person for the dialog who has not come yet."""
    locale: str | None
    """The language that the dialog was begun in."""


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
