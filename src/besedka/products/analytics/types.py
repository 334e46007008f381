"""Words of the module as types."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias
from uuid import UUID

from besedka.kernel.hours.types import Period

ANALYTICS_READ: Final = "analytics.read"
"""The permission to see the figures of a whole workspace; everybody who helps sees their own."""
MOST_QUESTIONS = 2000
"""Questions of a period whose words are counted: the newest."""
MOST_WORDS = 20
MOST_GAPS = 50
MOST_COMMENTS = 100
HOURS = 24


@dataclass(frozen=True, slots=True)
class Money:
    """What models cost; `calls` that have no known price are not in it."""

    micro: int
    currency: str


Costs: TypeAlias = Mapping[UUID | None, tuple[Money, ...]]
"""By assistant; under None what was for no assistant, or for one that is not known."""


def sums(costs: Iterable[Money]) -> tuple[Money, ...]:
    """Add up costs, each currency by itself."""
    micro: dict[str, int] = {}
    for each in costs:
        micro[each.currency] = micro.get(each.currency, 0) + each.micro
    return tuple(Money(micro[currency], currency) for currency in sorted(micro))


@dataclass(frozen=True, slots=True)
class Scores:
    """How many ratings of 1, 2, 3, 4, 5 were given."""

    counts: Sequence[int]

    @property
    def ratings(self) -> int:
        """How many there are."""
        return sum(self.counts)

    @property
    def average(self) -> float | None:
        """The average."""
        weighed = sum(score * count for score, count in enumerate(self.counts, 1))
        return weighed / self.ratings if self.ratings else None

    @property
    def satisfaction(self) -> float | None:
        """Which share is 4 or 5 (CSAT)."""
        return sum(self.counts[3:]) / self.ratings if self.ratings else None


@dataclass(frozen=True, slots=True)
class Counted:
    """The dialogs of an assistant that began within an hour of a day."""

    assistant_id: UUID | None
    day: date
    hour: int
    dialogs: int
    unaided: int
    handed: int
    resolved: int
    reopened: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The figures of a period. Times in seconds, None where nothing was to be measured."""

    dialogs: int
    unaided: int
    """Answered by the assistant and never handed to people."""
    handed: int
    resolved: int
    reopened: int
    first_reply: float | None
    first_reply_90: float | None
    resolution: float | None
    resolution_90: float | None
    missed: int
    scores: tuple[int, ...]
    cost: tuple[Money, ...]

    @property
    def unaided_share(self) -> float | None:
        """Which share of dialogs did without people."""
        return self.unaided / self.dialogs if self.dialogs else None

    @property
    def rated(self) -> "Scores":
        """The ratings."""
        return Scores(self.scores)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The dialogs that began on a day."""

    day: date
    dialogs: int
    unaided: int
    handed: int


@dataclass(frozen=True, slots=True)
class AssistantFigures:
    """What an assistant did."""

    id: UUID
    name: str
    dialogs: int
    unaided: int
    handed: int
    unanswered: int
    ratings: int
    score: float | None
    cost: tuple[Money, ...] = ()
    """What models took for its answers."""


@dataclass(frozen=True, slots=True)
class OperatorFigures:
    """What a person did: replies, dialogs with a reply of theirs, how long visitors waited for their first replies."""

    id: UUID
    name: str
    replies: int
    handled: int
    first_reply: float | None
    ratings: int
    score: float | None


@dataclass(frozen=True, slots=True)
class Topic:
    """A label or a word, and in how many dialogs or questions it was."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that the assistant had no answer to."""

    question: str
    count: int
    last_at: datetime
    chat: UUID


@dataclass(frozen=True, slots=True)
class Comment:
    """A rating as it was given."""

    chat: UUID
    score: int
    comment: str
    about: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class RatedFigures:
    """How somebody was rated."""

    id: UUID | None
    name: str
    kind: str
    ratings: int
    score: float


@dataclass(frozen=True, slots=True)
class Overview:
    """All of a period."""

    period: Period
    totals: Totals
    before: Totals
    days: Sequence[DayFigures]
    hours: Sequence[Sequence[int]]
    """Beginnings of dialogs by day of the week, Monday first, and hour."""
    assistants: Sequence[AssistantFigures]
    other_cost: tuple[Money, ...]
    """What models took for no assistant: the help of operators, searches by meaning."""
    labels: Sequence[Topic]
    words: Sequence[Topic]
    gaps: Sequence[Gap]


@dataclass(frozen=True, slots=True)
class RatingReport:
    """How visitors rated during a period."""

    period: Period
    now: Scores
    before: Scores
    resolved: int
    about: Sequence[RatedFigures]
    comments: Sequence[Comment]
