"""What the API of training takes and gives."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from besedka.core.schemas import Read, Write
from besedka.products.training.types import (
    FACT_CHARACTERS,
    MOST_FACTS,
    QUESTION_CHARACTERS,
    Expect,
    GapState,
    TestState,
)

Question = Annotated[str, Field(min_length=1, max_length=QUESTION_CHARACTERS)]
Fact = Annotated[str, Field(min_length=1, max_length=FACT_CHARACTERS)]


class GapUpdate(Write):
    """The pair that is to close a gap; without a question the visitors' last one is taken."""

    question: Annotated[str, Field(max_length=QUESTION_CHARACTERS)] = ""
    answer: Annotated[str, Field(max_length=20_000)]


class GapRead(Read):
    """A group of alike questions without an answer. `title` is the last of them."""

    id: UUID
    state: GapState
    title: str
    asked: int
    created_at: datetime
    last_asked: datetime
    question: str
    answer: str
    source_id: UUID | None


class ExampleRead(Read):
    """A question of a gap as a visitor asked it."""

    run_id: UUID
    conversation_id: UUID
    question: str
    confidence: float
    created_at: datetime


class SuggestionRead(Read):
    """A first wording of an answer; empty when nothing is near."""

    answer: str


class ReplayedRead(Read):
    """What became of a question with the draft; confidence `before` and `after`."""

    question: str
    before: float
    after: float
    is_answered: bool
    is_cited: bool
    answer: str


class CaseCreate(Write):
    """A test question. `facts` are phrases whose words must stand in the answer; `source` must be cited."""

    question: Question
    expects: Expect = Expect.ANSWER
    facts: Annotated[tuple[Fact, ...], Field(max_length=MOST_FACTS)] = ()
    source: Annotated[str, Field(max_length=FACT_CHARACTERS)] = ""


class CaseRead(Read):
    """A test question with what is expected of its answer."""

    id: UUID
    question: str
    expects: Expect
    facts: list[str]
    source: str


class CaseTable(Write):
    """Cases as CSV: `question,expects,facts,source`, the facts parted by `|`."""

    table: Annotated[str, Field(min_length=1, max_length=500_000)]


class ImportedRead(Read):
    """How many cases were added."""

    added: int


class TestRunRead(Read):
    """A run of all cases; `of_draft` says that settings were tested that are not published."""

    __test__ = False

    id: UUID
    state: TestState
    of_draft: bool
    total: int
    done: int
    passed: int
    created_at: datetime
    finished_at: datetime | None


class ProblemRead(Read):
    """Why a case did not pass: refused, answered, fact, source or model, with what it is about."""

    code: str
    about: str


class ResultRead(Read):
    """What came of a case; `before` is its answer in the run before."""

    case_id: UUID
    question: str
    answer: str
    mode: str
    confidence: float
    passed: bool
    problems: list[ProblemRead]
    before: str | None
    before_passed: bool | None


class ReportRead(TestRunRead):
    """A run with its results, those that did not pass first."""

    results: list[ResultRead]
