"""What the API of analytics gives. Times are in seconds, shares between 0 and 1, costs in millionths of a currency."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from besedka.core.schemas import Read
from besedka.kernel.hours.types import LONGEST_DAYS
from besedka.products.analytics.types import RatingReport, Scores, Totals


class SpanQuery(BaseModel):
    """Which days are wanted, in the workspace's zone: from the first to the last, or the last so many."""

    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] = 30
    first: date | None = None
    last: date | None = None


class PeriodRead(Read):
    """Whole days of a zone, both included."""

    first: date
    last: date
    zone: str


class MoneyRead(Read):
    """What models took in one currency: millionths of it."""

    micro: int
    currency: str


class ScoresRead(Read):
    """Ratings: how many of 1, 2, 3, 4, 5, their average, and the share of 4 and 5."""

    counts: list[int]
    ratings: int
    average: float | None
    satisfaction: float | None

    @classmethod
    def of(cls, scores: Scores) -> "ScoresRead":
        """Show ratings."""
        return cls(
            counts=list(scores.counts), ratings=scores.ratings, average=scores.average,
            satisfaction=scores.satisfaction,
        )  # fmt: skip


class TotalsRead(Read):
    """The figures of a period. `first_reply_90` and `resolution_90` were not exceeded in nine of ten dialogs."""

    dialogs: int
    unaided: int
    unaided_share: float | None
    handed: int
    resolved: int
    reopened: int
    first_reply: float | None
    first_reply_90: float | None
    resolution: float | None
    resolution_90: float | None
    missed: int
    ratings: ScoresRead
    cost: list[MoneyRead]

    @classmethod
    def of(cls, totals: Totals) -> "TotalsRead":
        """Show totals."""
        return cls(
            dialogs=totals.dialogs, unaided=totals.unaided, unaided_share=totals.unaided_share, handed=totals.handed,
            resolved=totals.resolved, reopened=totals.reopened, first_reply=totals.first_reply,
            first_reply_90=totals.first_reply_90, resolution=totals.resolution, resolution_90=totals.resolution_90,
            missed=totals.missed, ratings=ScoresRead.of(totals.rated),
            cost=[MoneyRead.model_validate(each) for each in totals.cost],
        )  # fmt: skip


class DayRead(Read):
    """The dialogs that began on a day."""

    day: date
    dialogs: int
    unaided: int
    handed: int


class AssistantFiguresRead(Read):
    """What an assistant did, and what models took for its answers."""

    id: UUID
    name: str
    dialogs: int
    unaided: int
    handed: int
    unanswered: int
    ratings: int
    score: float | None
    cost: list[MoneyRead]


class TopicRead(Read):
    """A label or a word, and in how many dialogs or questions it was."""

    name: str
    count: int


class GapRead(Read):
    """A question that the assistant had no answer to, and the latest dialog that has it."""

    question: str
    count: int
    last_at: datetime
    chat: UUID


class OverviewRead(Read):
    """All of a period; `hours` are beginnings of dialogs by day of the week, Monday first, and hour.

    `other_cost` is what models took for no assistant: the help of operators, searches by meaning.
    """

    period: PeriodRead
    totals: TotalsRead
    before: TotalsRead
    days: list[DayRead]
    hours: list[list[int]]
    assistants: list[AssistantFiguresRead]
    other_cost: list[MoneyRead]
    labels: list[TopicRead]
    words: list[TopicRead]
    gaps: list[GapRead]


class CommentRead(Read):
    """A rating with words; `about` is who had the dialog."""

    chat: UUID
    score: int
    comment: str
    about: str
    given_at: datetime


class RatedRead(Read):
    """How somebody was rated, a person or an assistant (`kind`)."""

    id: UUID | None
    name: str
    kind: str
    ratings: int
    score: float


class RatingReportRead(Read):
    """How visitors rated during a period, and during the one before; at most 100 comments, the newest first."""

    period: PeriodRead
    now: ScoresRead
    before: ScoresRead
    resolved: int
    about: list[RatedRead]
    comments: list[CommentRead]

    @classmethod
    def of(cls, report: RatingReport) -> "RatingReportRead":
        """Show a report."""
        return cls(
            period=PeriodRead.model_validate(report.period), now=ScoresRead.of(report.now),
            before=ScoresRead.of(report.before), resolved=report.resolved,
            about=[RatedRead.model_validate(each) for each in report.about],
            comments=[CommentRead.model_validate(each) for each in report.comments],
        )  # fmt: skip


class OperatorRead(Read):
    """What a person did; `first_reply` is how long visitors waited for their first replies, on average."""

    id: UUID
    name: str
    replies: int
    handled: int
    first_reply: float | None
    ratings: int
    score: float | None


class OperatorsRead(Read):
    """What people did during a period; those who may not see all figures are given their own."""

    period: PeriodRead
    operators: list[OperatorRead]
