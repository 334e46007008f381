"""Vocabulary of training."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import JsonValue

from besedka.core.ids import ActorId

GROUP_JOB: Final = "training.group"
RUN_JOB: Final = "training.run_tests"

QUESTION_CHARACTERS: Final = 2_000
FACT_CHARACTERS: Final = 300
MOST_FACTS: Final = 20


class GapState(StrEnum):
    """What became of a gap."""

    OPEN = "open"
    PUBLISHED = "published"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Gap:
    """A group of questions without an answer. `question` and `answer` are the draft of a pair."""

    id: UUID
    assistant_id: ActorId
    state: GapState
    title: str
    asked: int
    created_at: datetime
    last_asked: datetime
    question: str
    answer: str
    source_id: UUID | None


@dataclass(frozen=True, slots=True)
class Example:
    """A question of a gap as a visitor asked it."""

    run_id: UUID
    conversation_id: UUID
    question: str
    confidence: float
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a question with the draft: `is_answered`, and whether the draft itself `is_cited`."""

    question: str
    before: float
    after: float
    is_answered: bool
    is_cited: bool
    answer: str


class Expect(StrEnum):
    """What is expected of an answer."""

    ANSWER = "answer"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Case:
    """A test question. `facts` must stand in its answer, and a source named like `source` must be cited."""

    id: UUID
    question: str
    expects: Expect
    facts: tuple[str, ...] = ()
    source: str = ""


class TestState(StrEnum):
    """Where a test run is."""

    __test__ = False

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class TestRun:
    """A run of all cases, of a draft's settings when there is one."""

    __test__ = False

    id: UUID
    assistant_id: ActorId
    state: TestState
    draft: dict[str, JsonValue] | None
    total: int
    done: int
    passed: int
    created_at: datetime
    finished_at: datetime | None

    @property
    def failed(self) -> int:
        """How many cases did not pass so far."""
        return self.done - self.passed


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a case did not pass: a code with what it is about."""

    code: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case."""

    case_id: UUID
    question: str
    answer: str
    mode: str
    confidence: float
    passed: bool
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """A result beside that of the run before; `before` is None for a new case."""

    result: Result
    before: Result | None

    @property
    def is_changed(self) -> bool:
        """Whether the answer is another one."""
        return self.before is not None and self.before.answer != self.result.answer
