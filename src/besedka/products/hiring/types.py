"""Vocabulary of hiring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from besedka.core.i18n import Locale
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.types import ConversationId

READ: Final = "hiring.read"
MANAGE: Final = "hiring.manage"

INTAKE: Final = WorkspaceId(UUID("00000000-0000-8000-8000-00000000e001"))
"""Where candidates wait who have applied nowhere yet. Nobody belongs to it."""
INTAKE_DAYS: Final = 30

KEEP_DAYS: Final = 365
"""How long an application is kept after its last step, unless the vacancy says otherwise."""
JUDGE_JOB: Final = "hiring.judge"
SEND_JOB: Final = "hiring.send_letter"
DROP_JOB: Final = "hiring.drop_resume"

CONSENT_VERSION: Final = "1"
LONGEST_ANSWER: Final = 4_000
LONGEST_RESUME: Final = 50_000
MOST_QUESTIONS: Final = 30
MOST_CRITERIA: Final = 20
UNKNOWN: Final = -1.0
"""Stands for a figure that there is none of, where lists are ordered by it."""


class VacancyStatus(StrEnum):
    """Whether a vacancy is shown and can be applied for."""

    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class WorkFormat(StrEnum):
    """Where the work is done."""

    ONSITE = "onsite"
    HYBRID = "hybrid"
    REMOTE = "remote"


class Employment(StrEnum):
    """How much work it is."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    CONTRACT = "contract"
    TEMPORARY = "temporary"
    INTERNSHIP = "internship"


class Sort(StrEnum):
    """In which order lists come."""

    NEWEST = "newest"
    OLDEST = "oldest"


class VacancySort(StrEnum):
    """In which order vacancies come; those without a salary last."""

    NEWEST = "newest"
    OLDEST = "oldest"
    SALARY_HIGH = "salary_high"
    SALARY_LOW = "salary_low"


class ResponseSort(StrEnum):
    """In which order applications come; those that were not weighed last."""

    NEWEST = "newest"
    OLDEST = "oldest"
    SCORE = "score"
    COVERAGE = "coverage"


class QuestionKind(StrEnum):
    """What a question asks for, and so how its answer is read."""

    CITY = "city"
    EXPERIENCE = "experience"
    YES_NO = "yes_no"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Question:
    """A question of an interview. `clarify`: an answer that cannot be read is asked about once."""

    key: str
    text: str
    kind: QuestionKind
    options: tuple[str, ...] = ()
    clarify: bool = True


class Reader(StrEnum):
    """How a criterion finds its facts: by rules, or with a model."""

    CHOICE = "choice"
    MONTHS = "months"
    SKILLS = "skills"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is weighed, and why it matters for the job.

    `question` is the key of the question that answers it, "" for the résumé. CHOICE: `points` by option; MONTHS: `steps`,
    the months from which an answer is worth 1, 2, 3, 4; SKILLS: `skills`; MODEL: `anchors`, in words for 0 to 4.
    """

    key: str
    name: str
    weight: float
    reader: Reader
    reason: str
    question: str = ""
    points: Mapping[str, int] = field(default_factory=dict)
    steps: tuple[int, ...] = ()
    skills: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knockout:
    """A closed question that the job cannot do without, and the options that pass."""

    key: str
    name: str
    question: str
    accepts: tuple[str, ...]
    reason: str


class RubricKind(StrEnum):
    """The documented rule, or criteria with weights."""

    SIMPLE = "simple"
    WEIGHTED = "weighted"


@dataclass(frozen=True, slots=True)
class Rubric:
    """How answers are weighed. A score at or above `threshold` is recommended."""

    kind: RubricKind = RubricKind.SIMPLE
    threshold: float = 0.5
    criteria: tuple[Criterion, ...] = ()
    knockouts: tuple[Knockout, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a vacancy says."""

    title: str
    description: str
    status: VacancyStatus = VacancyStatus.OPEN
    location: str = ""
    work_format: WorkFormat | None = None
    employment: Employment | None = None
    salary_min: int | None = None
    salary_max: int | None = None
    currency: str = "RUB"
    skills: tuple[str, ...] = ()
    language: Locale = "en"
    questions: tuple[Question, ...] = ()
    rubric: Rubric = field(default_factory=Rubric)
    keep_days: int = KEEP_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacancy:
    """A vacancy of a company."""

    workspace_id: WorkspaceId
    id: UUID
    company: str
    terms: Terms
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyFilter:
    """Which vacancies are wanted; `before` is the last one of the page before."""

    statuses: tuple[VacancyStatus, ...] = (VacancyStatus.OPEN,)
    company: str = ""
    text: str = ""
    location: str = ""
    work_format: WorkFormat | None = None
    employment: Employment | None = None
    language: Locale | None = None
    salary_from: int | None = None
    currency: str = ""
    sort: VacancySort = VacancySort.NEWEST
    before: UUID | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a candidate tells of themselves."""

    full_name: str
    email: str
    phone: str = ""
    city: str = ""
    resume_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who looks for work. `contact_id` is who they are in the conversations of the company."""

    id: UUID
    person: Person
    contact_id: ActorId | None
    created_at: datetime


class Status(StrEnum):
    """Where an application is, as it is shown."""

    NEW = "new"
    INTERVIEWING = "interviewing"
    REVIEW = "review"
    INVITED = "invited"
    REJECTED = "rejected"
    HIRED = "hired"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """Where an interview is."""

    CREATED = "created"
    NOTICE = "notice"
    CONSENTED = "consented"
    ASKING = "asking"
    ANSWERED = "answered"
    CLARIFY = "clarify"
    COMPLETED = "completed"
    SCORING = "scoring"
    REVIEW = "review"
    DECIDED = "decided"
    NOTIFIED = "notified"
    PAUSED = "paused"
    REMINDED = "reminded"
    ABANDONED = "abandoned"
    WITHDRAWN = "withdrawn"
    HUMAN = "human"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class Course:
    """How far an interview is: at which question, whether it was asked about already, what a side state interrupted."""

    step: Step = Step.CREATED
    at: int = 0
    clarified: bool = False
    interrupted: Step | None = None
    reminders: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was recommended: a code with what it is about."""

    code: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The candidate's own words: where they stand (a question's key, or "" for the résumé), letter by letter."""

    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """What came of a criterion. `points` from 0 to 4, None when the evidence is insufficient; `by` says who read."""

    key: str
    name: str
    weight: float
    points: int | None
    by: str
    reason: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a knock-out was passed; None without an answer."""

    key: str
    name: str
    passed: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is recommended, and why. `score` is None when too little could be assessed."""

    approved: bool | None
    score: float | None
    coverage: float
    reasons: tuple[Reason, ...] = ()
    assessed: tuple[Assessed, ...] = ()
    knockouts: tuple[Checked, ...] = ()
    by: str = "rules"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came with the form of the careers page: the words that were agreed to, and the résumé as a file."""

    consent_version: str
    consent_text: str
    file_id: UUID | None = None
    agreed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """A company that hires, as strangers see it."""

    id: WorkspaceId
    slug: str
    name: str
    accent: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a question."""

    question: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An application, with the questions and the rubric as they were when its interview began."""

    workspace_id: WorkspaceId
    id: UUID
    vacancy_id: UUID
    candidate_id: UUID
    contact_id: ActorId
    conversation_id: ConversationId
    status: Status
    course: Course
    language: Locale
    location: str
    questions: Sequence[Question]
    rubric: Rubric
    outcome: Outcome | None
    consented_at: datetime | None
    consent_version: str
    created_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Transition:
    """A step that an interview took."""

    step: Step
    at: int
    by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseFilter:
    """Which applications are wanted; `before` is the last one of the page before."""

    vacancy: UUID | None = None
    candidate: UUID | None = None
    status: Status | None = None
    approved: bool | None = None
    text: str = ""
    sort: ResponseSort = ResponseSort.NEWEST
    before: tuple[datetime | float, UUID] | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An application as a list shows it: with whose and for what it is."""

    response: Response
    candidate: Candidate
    vacancy_title: str


class Verdict(StrEnum):
    """What a person can decide. REOPENED takes a decision back that the candidate was not told of."""

    INVITED = "invited"
    REJECTED = "rejected"
    HIRED = "hired"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided, and why. `recommended` is what stood there at that moment."""

    id: UUID
    verdict: Verdict
    reason: str
    decided_by: ActorId
    decider: str
    recommended: bool | None
    created_at: datetime

    @property
    def is_override(self) -> bool:
        """Whether it is not what was recommended."""
        if self.recommended is None or self.verdict is Verdict.REOPENED:
            return False
        return self.recommended is (self.verdict is Verdict.REJECTED)


@dataclass(frozen=True, slots=True)
class Contest:
    """What a candidate says against a decision."""

    id: UUID
    body: str
    created_at: datetime


class LetterKind(StrEnum):
    """What a letter to a candidate tells."""

    INVITATION = "invitation"
    REJECTION = "rejection"
    OFFER = "offer"


class LetterState(StrEnum):
    """Whether a letter has left."""

    WAITING = "waiting"
    SENT = "sent"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The words of a letter."""

    kind: LetterKind
    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter to a candidate."""

    id: UUID
    response_id: UUID
    draft: Draft
    state: LetterState
    send_at: datetime
    written_by: ActorId
