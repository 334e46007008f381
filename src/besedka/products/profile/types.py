"""Words of the module as types."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

FactId = NewType("FactId", UUID)

LONGEST_NAME: Final = 200
LONGEST_MESSAGE: Final = 8000
MOST_FACTS: Final = 300
"""Facts and proposals together."""
USUAL_WEIGHT: Final = 0.5


class Kind(StrEnum):
    """What a fact is about."""

    VALUES = "values"
    BELIEFS = "beliefs"
    INTERESTS = "interests"
    SKILLS = "skills"
    DESIRES = "desires"
    INTENTIONS = "intentions"


class State(StrEnum):
    """Whether a fact belongs to the profile, or waits for the person's yes."""

    ACCEPTED = "accepted"
    PROPOSED = "proposed"


class Origin(StrEnum):
    """Who said it: the person themselves, or what read their message."""

    PERSON = "person"
    RULES = "rules"
    MODEL = "model"


class Deed(StrEnum):
    """What happened to a fact. `seen`: a later message said it, too."""

    ADDED = "added"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    CONFIRMED = "confirmed"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact that somebody states. Without a weight it has the usual one, or the one that it had."""

    kind: Kind
    name: str
    weight: float | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The words that a fact was read from."""

    quote: str
    reader: Origin
    at: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as it is kept; `strength` is what is left of its weight."""

    id: FactId
    kind: Kind
    name: str
    weight: float
    strength: float
    state: State
    origin: Origin
    confirmed_at: datetime
    created_at: datetime
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose: whether answers are suited to them, and whether proposals enter by themselves."""

    in_answers: bool = True
    accepts_itself: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the history: what a fact was called and weighed before, None when it is new, and after."""

    id: UUID
    fact_id: FactId
    kind: Kind
    deed: Deed
    by: Origin
    name: str
    weight: float
    name_before: str | None
    weight_before: float | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a message. `failure` is the code of the model's error, when rules stepped in for it."""

    reader: Origin
    drafts: tuple[Draft, ...]
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came of a message; `known` counts what the profile said already."""

    reader: Origin
    facts: tuple[Fact, ...]
    known: int
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told about a person: the exact text, empty when nothing is said, and the facts behind it."""

    text: str
    facts: tuple[Fact, ...]
    in_answers: bool
