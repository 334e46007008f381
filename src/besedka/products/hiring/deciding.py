"""What decisions, letters and explanations take and give."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from besedka.core.i18n import Locale
from besedka.core.ids import ActorId
from besedka.core.schemas import Read, Write
from besedka.products.hiring.recruiting import Funnel, Note, Reached, Stage
from besedka.products.hiring.schemas import AnswerRead, OutcomeRead
from besedka.products.hiring.types import (
    Contest,
    Decision,
    Draft,
    Letter,
    LetterKind,
    LetterState,
    Status,
    Verdict,
)

Words = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\r\n]+$")]


class DecisionCreate(Write):
    """A decision and its reason, which the candidate reads too. `seen`: the last decision that one knows of."""

    decision: Literal[Verdict.INVITED, Verdict.REJECTED, Verdict.HIRED]
    reason: Words
    seen: UUID | None = None


class DecisionRead(Read):
    """A decision of a person. `is_override`: it is not what was recommended."""

    id: UUID
    decision: Verdict
    reason: str
    decided_by: ActorId
    decider: str
    recommended: bool | None
    is_override: bool
    created_at: datetime

    @classmethod
    def of(cls, decision: Decision) -> "DecisionRead":
        """Show a decision."""
        return cls(
            id=decision.id, decision=decision.verdict, reason=decision.reason, decided_by=decision.decided_by,
            decider=decision.decider, recommended=decision.recommended, is_override=decision.is_override,
            created_at=decision.created_at,
        )  # fmt: skip


class ContestCreate(Write):
    """What a candidate says against a decision."""

    text: Words


class ContestRead(Read):
    """What a candidate said against a decision."""

    id: UUID
    text: str
    created_at: datetime

    @classmethod
    def of(cls, contest: Contest) -> "ContestRead":
        """Show it."""
        return cls(id=contest.id, text=contest.body, created_at=contest.created_at)


class ToldDecision(Read):
    """A decision as the candidate reads it: by whom, and why."""

    decision: Verdict
    reason: str
    decider: str
    created_at: datetime

    @classmethod
    def told(cls, decision: Decision) -> "ToldDecision":
        """Show a decision."""
        return cls(
            decision=decision.verdict, reason=decision.reason, decider=decision.decider,
            created_at=decision.created_at,
        )  # fmt: skip


class ExplanationRead(Read):
    """How an application was assessed, which facts counted, and what a person decided."""

    status: Status
    language: Locale
    consent_text: str
    consented_at: datetime | None
    answers: list[AnswerRead]
    outcome: OutcomeRead | None
    decisions: list[ToldDecision]
    may_contest: bool


class LetterCreate(Write):
    """A letter, and after how many minutes it leaves."""

    kind: LetterKind
    subject: Subject
    body: Words
    delay_minutes: Annotated[int, Field(ge=0, le=7 * 24 * 60)] = 60

    def draft(self) -> Draft:
        """Return its words."""
        return Draft(kind=self.kind, subject=self.subject, body=self.body)


class DraftRead(Read):
    """The words that a letter may have."""

    kind: LetterKind
    subject: str
    body: str


class LetterRead(DraftRead):
    """A letter to a candidate."""

    id: UUID
    state: LetterState
    send_at: datetime
    written_by: ActorId

    @classmethod
    def of(cls, letter: Letter) -> "LetterRead":
        """Show a letter."""
        draft = letter.draft
        return cls(
            id=letter.id, kind=draft.kind, subject=draft.subject, body=draft.body, state=letter.state,
            send_at=letter.send_at, written_by=letter.written_by,
        )  # fmt: skip


class NoteCreate(Write):
    """A note for colleagues."""

    text: Words


class NoteRead(Read):
    """A note of a colleague."""

    id: UUID
    text: str
    author: str
    created_at: datetime

    @classmethod
    def of(cls, note: Note) -> "NoteRead":
        """Show a note."""
        return cls(id=note.id, text=note.body, author=note.author, created_at=note.created_at)


class ReachedRead(Read):
    """How many came to a stage, as parts of all and of the stage before, and the median of seconds from there."""

    stage: Stage
    count: int
    share: float | None
    kept: float | None
    seconds: float | None

    @classmethod
    def of(cls, reached: Reached) -> "ReachedRead":
        """Show a stage."""
        seconds = reached.took.total_seconds() if reached.took is not None else None
        return cls(
            stage=reached.stage, count=reached.count, share=reached.share, kept=reached.kept, seconds=seconds
        )  # fmt: skip


class StopRead(Read):
    """A question, and how many unfinished interviews stand at it."""

    at: int
    question: str
    count: int


class FunnelRead(Read):
    """What became of the applications for a vacancy."""

    stages: list[ReachedRead]
    statuses: dict[Status, int]
    stops: list[StopRead]

    @classmethod
    def of(cls, funnel: Funnel) -> "FunnelRead":
        """Show it."""
        return cls(
            stages=[ReachedRead.of(each) for each in funnel.reached], statuses=dict(funnel.statuses),
            stops=[StopRead(at=each.at, question=each.question, count=each.count) for each in funnel.stops],
        )  # fmt: skip
