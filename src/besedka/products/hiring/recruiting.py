"""Vocabulary of the recruiter's side: the board, notes, how far applications come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Final
from uuid import UUID

from besedka.products.hiring.types import Entry, Status, Verdict

STATUSES: Final = (
    Status.NEW, Status.INTERVIEWING, Status.REVIEW, Status.INVITED, Status.HIRED, Status.REJECTED, Status.WITHDRAWN,
)  # fmt: skip
"""The columns of the board, in the order of the way."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board: its first applications, and how many there are of them."""

    status: Status
    entries: Sequence[Entry]
    count: int


@dataclass(frozen=True, slots=True)
class Note:
    """What a colleague wrote about an application."""

    id: UUID
    body: str
    author: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A decision that is not what was recommended."""

    response_id: UUID
    candidate: str
    verdict: Verdict
    recommended: bool
    reason: str
    decider: str
    created_at: datetime


class Stage(StrEnum):
    """How far an application came."""

    APPLIED = "applied"
    OPENED = "opened"
    AGREED = "agreed"
    FINISHED = "finished"
    INVITED = "invited"
    HIRED = "hired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """When an application came how far; what it has not reached is not there."""

    moments: Mapping[Stage, datetime]
    decided: datetime | None
    status: Status


@dataclass(frozen=True, slots=True)
class Stop:
    """A question, and how many interviews stand at it that are not finished."""

    at: int
    question: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How many came to a stage, what part of all and of the stage before that is, and how long the way there took (the median)."""

    stage: Stage
    count: int
    share: float | None
    kept: float | None
    took: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """What became of the applications for a vacancy."""

    reached: Sequence[Reached]
    statuses: Mapping[Status, int]
    decided_in: timedelta | None
    """From the end of the interview to the first decision, the median."""
    stops: Sequence[Stop]
    overrides: Sequence[Override]


def funnel_of(
    ways: Sequence[Way], *, stops: Sequence[Stop], overrides: Sequence[Override]
) -> Funnel:
    """Count how far applications came. Who was invited without an interview counts there, not at its end."""
    reached = []
    before = len(ways)
    for place, stage in enumerate(Stage):
        arrived = [way for way in ways if stage in way.moments]
        reached.append(
            Reached(
                stage=stage,
                count=len(arrived),
                share=len(arrived) / len(ways) if ways else None,
                kept=len(arrived) / before if before and place else None,
                took=_median([_since(way, stage) for way in arrived]),
            )
        )
        before = len(arrived)
    return Funnel(
        reached=reached,
        statuses={status: sum(way.status is status for way in ways) for status in STATUSES},
        decided_in=_median([_decided_in(way) for way in ways]),
        stops=stops,
        overrides=overrides,
    )  # fmt: skip


def _since(way: Way, stage: Stage) -> timedelta | None:
    """Return how long the way from the nearest stage before took."""
    before = [each for each in list(Stage)[: list(Stage).index(stage)] if each in way.moments]
    return way.moments[stage] - way.moments[before[-1]] if before else None


def _decided_in(way: Way) -> timedelta | None:
    finished = way.moments.get(Stage.FINISHED)
    if finished is None or way.decided is None or way.decided < finished:
        return None
    return way.decided - finished


def _median(times: Sequence[timedelta | None]) -> timedelta | None:
    seconds = [each.total_seconds() for each in times if each is not None]
    return timedelta(seconds=median(seconds)) if seconds else None
