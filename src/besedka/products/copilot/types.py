"""Words of the module as types."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from besedka.core.i18n import Locale
from besedka.kernel.answers.types import Assistant
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.llm.service import Provider

LIMIT: Final = "30 per minute"
"""How often a person may ask for help."""
SECONDS: Final = 90.0
"""How long a model may take."""


class Purpose(StrEnum):
    """What a call of a model was for, as it is recorded."""

    SUMMARY = "summary"
    SUGGESTION = "suggestion"
    REWRITE = "rewrite"
    TRANSLATE = "translate"


class How(StrEnum):
    """In which way a draft is rewritten."""

    SHORTER = "shorter"
    FRIENDLIER = "friendlier"
    FORMAL = "formal"
    FIX = "fix"


class To(StrEnum):
    """Whose language a text is translated into."""

    MINE = "mine"
    VISITOR = "visitor"


class Mode(StrEnum):
    """How a text came about. `quoted`: a passage word for word, without a model; `unknown`: the documents do not say."""

    MODEL = "model"
    QUOTED = "quoted"
    UNKNOWN = "unknown"


class Speaker(StrEnum):
    """Who said something in a dialog, as a model is told."""

    VISITOR = "Visitor"
    ASSISTANT = "Assistant"
    OPERATOR = "Operator"


@dataclass(frozen=True, slots=True)
class Line:
    """A message that the visitor sees, too."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A dialog as it is told to a model: what the visitor sees of it, the eldest first. `seq` and `mod` say how far."""

    dialog_id: ConversationId
    lines: tuple[Line, ...]
    seq: int
    mod: int
    locale: Locale


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that a suggestion stands on."""

    source_id: UUID
    chunk_id: UUID
    title: str
    quote: str
    url: str
    assistant_id: UUID


@dataclass(frozen=True, slots=True)
class Written:
    """A finished text; without `run_id` no model had a part in it."""

    text: str
    mode: Mode
    sources: tuple[Source, ...] = ()
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary as it is kept. `newer`: messages have come since."""

    body: str
    locale: str
    seq: int
    written_at: datetime
    newer: bool
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """All that a suggestion is made from; `provider` None: there is no model."""

    talk: Talk
    question: str
    who: Assistant
    provider: Provider | None
