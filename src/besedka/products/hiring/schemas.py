"""What hiring takes and gives."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, TypeAdapter

from besedka.core.errors import InvalidInput
from besedka.core.i18n import Locale, text
from besedka.core.pagination import MAX_LIMIT, read_moment
from besedka.core.schemas import Read, Write
from besedka.products.hiring.types import (
    KEEP_DAYS,
    LONGEST_RESUME,
    MOST_CRITERIA,
    MOST_QUESTIONS,
    UNKNOWN,
    Assessed,
    Candidate,
    Checked,
    Employment,
    Entry,
    Evidence,
    Outcome,
    Person,
    Question,
    QuestionKind,
    Reader,
    Reason,
    Response,
    ResponseFilter,
    ResponseSort,
    Rubric,
    RubricKind,
    Sort,
    Status,
    Step,
    Terms,
    Transition,
    Vacancy,
    VacancyFilter,
    VacancySort,
    VacancyStatus,
    WorkFormat,
)

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
Line = Annotated[str, StringConstraints(max_length=200)]
PageLimit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
Long = Annotated[str, StringConstraints(max_length=20_000)]
Money = Annotated[int, Field(ge=0, le=10**12)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Points = Annotated[int, Field(ge=0, le=4)]


class QuestionBody(Write):
    """A question of an interview."""

    key: Key
    text: Words
    kind: QuestionKind = QuestionKind.TEXT
    options: list[Short] = Field(default_factory=list, max_length=20)
    clarify: bool = True


class CriterionBody(Write):
    """What is weighed: `points` by option, `steps` in months, `skills`, or `anchors` in words for a model."""

    key: Key
    name: Short
    weight: Annotated[float, Field(gt=0, le=100)] = 1.0
    reader: Reader
    reason: Words
    question: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{0,40}$")] = ""
    points: dict[Short, Points] = Field(default_factory=dict, max_length=20)
    steps: list[Annotated[int, Field(ge=0, le=720)]] = Field(default_factory=list, max_length=4)
    skills: list[Short] = Field(default_factory=list, max_length=30)
    anchors: list[Words] = Field(default_factory=list, max_length=5)


class KnockoutBody(Write):
    """A closed question that the job cannot do without; `accepts` are options that pass, or yes and no."""

    key: Key
    name: Short
    question: Key
    accepts: Annotated[list[Short], Field(min_length=1, max_length=20)]
    reason: Words


class RubricBody(Write):
    """How answers are weighed."""

    kind: RubricKind = RubricKind.SIMPLE
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    criteria: list[CriterionBody] = Field(default_factory=list, max_length=MOST_CRITERIA)
    knockouts: list[KnockoutBody] = Field(default_factory=list, max_length=MOST_CRITERIA)


_QUESTIONS = TypeAdapter(tuple[Question, ...])
_RUBRIC = TypeAdapter(Rubric)


class _VacancyFields(Write):
    location: Annotated[str, StringConstraints(max_length=200)] = ""
    work_format: WorkFormat | None = None
    employment: Employment | None = None
    salary_min: Money | None = None
    salary_max: Money | None = None
    currency: Currency = "RUB"
    skills: list[Short] = Field(default_factory=list, max_length=50)
    language: Locale | None = None
    status: VacancyStatus = VacancyStatus.OPEN
    questions: list[QuestionBody] = Field(default_factory=list, max_length=MOST_QUESTIONS)
    rubric: RubricBody = Field(default_factory=RubricBody)
    keep_days: Annotated[int, Field(ge=1, le=3650)] = KEEP_DAYS


class VacancyCreate(_VacancyFields):
    """A new vacancy, open unless it says otherwise. Without questions the interview asks for city, experience, remote work."""

    title: Short
    description: Long = ""

    def terms(self) -> Terms:
        """Return what the vacancy says."""
        spoken = self.language or _language_of(self.title + self.description)
        return changed(Terms(title=self.title, description=self.description, language=spoken), self)


class VacancyUpdate(_VacancyFields):
    """What changes of a vacancy; the rest stays."""

    title: Short | None = None
    description: Long | None = None


def _language_of(words: str) -> Locale:
    return "ru" if any("а" <= letter <= "я" for letter in words.lower()) else "en"


def changed(terms: Terms, body: VacancyCreate | VacancyUpdate) -> Terms:
    """Return a vacancy's terms with what a body gives."""
    given = body.model_dump(exclude_unset=True)
    for name in ("title", "description", "language"):
        if given.get(name, "") is None:
            del given[name]
    if "skills" in given:
        given["skills"] = tuple(given["skills"])
    if "questions" in given:
        given["questions"] = _QUESTIONS.validate_python(
            [each.model_dump() for each in body.questions]
        )
    if "rubric" in given:
        given["rubric"] = _RUBRIC.validate_python(body.rubric.model_dump())
    return replace(terms, **given)


class VacancyRead(Read):
    """A vacancy as everybody sees it."""

    id: UUID
    company: str
    title: str
    description: str
    status: VacancyStatus
    location: str
    work_format: WorkFormat | None
    employment: Employment | None
    salary_min: int | None
    salary_max: int | None
    currency: str
    skills: list[str]
    language: Locale
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, vacancy: Vacancy) -> "VacancyRead":
        """Show a vacancy."""
        return cls.model_validate(_shown(vacancy))


class OwnVacancyRead(VacancyRead):
    """A vacancy as those see it who hire: with its questions and rubric."""

    questions: list[Question]
    rubric: Rubric
    keep_days: int

    @classmethod
    def of(cls, vacancy: Vacancy) -> "OwnVacancyRead":
        """Show a vacancy."""
        terms = vacancy.terms
        return cls.model_validate(
            {
                **_shown(vacancy),
                "questions": list(terms.questions),
                "rubric": terms.rubric,
                "keep_days": terms.keep_days,
            }
        )


def _shown(vacancy: Vacancy) -> dict[str, object]:
    terms = vacancy.terms
    return {
        "id": vacancy.id, "company": vacancy.company, "title": terms.title, "description": terms.description,
        "status": terms.status, "location": terms.location, "work_format": terms.work_format,
        "employment": terms.employment, "salary_min": terms.salary_min, "salary_max": terms.salary_max,
        "currency": terms.currency, "skills": list(terms.skills), "language": terms.language,
        "created_at": vacancy.created_at, "updated_at": vacancy.updated_at,
    }  # fmt: skip


class CandidateCreate(Write):
    """Who a candidate is."""

    full_name: Short
    email: Email
    phone: Annotated[str, StringConstraints(max_length=40)] = ""
    city: Annotated[str, StringConstraints(max_length=200)] = ""
    resume_text: Annotated[str, StringConstraints(max_length=LONGEST_RESUME)] = ""

    def person(self) -> Person:
        """Return what the candidate tells."""
        return Person(**self.model_dump())


class CandidateRead(Read):
    """A candidate, for themselves and for those to whom they applied."""

    id: UUID
    full_name: str
    email: str
    phone: str
    city: str
    resume_text: str
    created_at: datetime

    @classmethod
    def of(cls, candidate: Candidate) -> "CandidateRead":
        """Show a candidate."""
        return cls.model_validate(_told(candidate))


class CandidateMade(CandidateRead):
    """A new candidate. `token` is told this once: it opens what is theirs."""

    token: str

    @classmethod
    def made(cls, candidate: Candidate, token: str) -> "CandidateMade":
        """Show a new candidate."""
        return cls.model_validate({**_told(candidate), "token": token})


def _told(candidate: Candidate) -> dict[str, object]:
    person = candidate.person
    return {
        "id": candidate.id, "full_name": person.full_name, "email": person.email, "phone": person.phone,
        "city": person.city, "resume_text": person.resume_text, "created_at": candidate.created_at,
    }  # fmt: skip


class VacancyQuery(Write):
    """Which open vacancies are wanted: `company` is a company's address, `q` words of title, description or skills,
    `location` a city in Russian or English; `before` is the last one of the page before. Salaries are compared as numbers:
    give a `currency`.
    """

    company: Line = ""
    q: Line = ""
    location: Line = ""
    work_format: WorkFormat | None = None
    employment: Employment | None = None
    language: Locale | None = None
    salary_from: Money | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = ""
    sort: VacancySort = VacancySort.NEWEST
    before: UUID | None = None
    limit: PageLimit = 50

    def wanted(self) -> VacancyFilter:
        """Return which vacancies are wanted."""
        return VacancyFilter(**self.model_dump(exclude={"q"}), text=self.q)


class OwnVacancyQuery(Write):
    """Which vacancies of the company are wanted."""

    status: VacancyStatus | None = None
    q: Line = ""
    sort: VacancySort = VacancySort.NEWEST
    before: UUID | None = None
    limit: PageLimit = 50

    def wanted(self) -> VacancyFilter:
        """Return which vacancies are wanted."""
        statuses = (self.status,) if self.status else tuple(VacancyStatus)
        given = self.model_dump(include={"sort", "before", "limit"})
        return VacancyFilter(**given, statuses=statuses, text=self.q)


class CandidateQuery(Write):
    """Which candidates are wanted; `before` is `<created_at>~<id>` of the last one of the page before."""

    q: Line = ""
    city: Line = ""
    sort: Sort = Sort.NEWEST
    before: Line = ""
    limit: PageLimit = 50


class ResponseQuery(Write):
    """Which applications are wanted, `q` being words of name or e-mail address. `before` is `<created_at>~<id>` of the last
    one of the page before, or `<score>~<id>` or `<coverage>~<id>` where that is the order.
    """

    vacancy_id: UUID | None = None
    candidate_id: UUID | None = None
    status: Status | None = None
    approved: bool | None = None
    q: Line = ""
    sort: ResponseSort = ResponseSort.NEWEST
    before: Line = ""
    limit: PageLimit = 50

    def wanted(self) -> ResponseFilter:
        """Return which applications are wanted. Raises InvalidInput."""
        return ResponseFilter(
            vacancy=self.vacancy_id, candidate=self.candidate_id, status=self.status, approved=self.approved,
            text=self.q, sort=self.sort, limit=self.limit, before=self._cursor(),
        )  # fmt: skip

    def _cursor(self) -> tuple[datetime | float, UUID] | None:
        if not self.before:
            return None
        if self.sort in {ResponseSort.NEWEST, ResponseSort.OLDEST}:
            return read_moment(self.before, field="before")
        return read_figure(self.before)


def read_figure(cursor: str) -> tuple[float, UUID]:
    """Return the figure and the id that a cursor `<figure>~<id>` names. Raises InvalidInput."""
    figure, _, row = cursor.partition("~")
    try:
        return float(figure), UUID(row)
    except ValueError as error:
        raise InvalidInput(field="before") from error


def cursor_after(entry: Entry, sort: ResponseSort) -> str:
    """Return the cursor of what follows an application."""
    response, outcome = entry.response, entry.response.outcome
    match sort:
        case ResponseSort.SCORE:
            figure = str(UNKNOWN if outcome is None or outcome.score is None else outcome.score)
        case ResponseSort.COVERAGE:
            figure = str(UNKNOWN if outcome is None else outcome.coverage)
        case _:
            figure = response.created_at.isoformat()
    return f"{figure}~{response.id}"


class ResponseCreate(Write):
    """An application. `language`: that of the interview, the vacancy's unless it is given."""

    vacancy_id: UUID
    candidate_id: UUID
    language: Locale | None = None


class ResponseRead(Read):
    """An application as its id alone shows it."""

    id: UUID
    vacancy_id: UUID
    candidate_id: UUID
    status: Status
    step: Step
    created_at: datetime

    @classmethod
    def of(cls, response: Response) -> "ResponseRead":
        """Show an application."""
        return cls.model_validate(_known(response))


class ResponseMade(ResponseRead):
    """A new application. `token` is told this once; it is absent when the candidate had applied already."""

    token: str | None

    @classmethod
    def made(cls, response: Response, token: str | None) -> "ResponseMade":
        """Show a new application."""
        return cls.model_validate({**_known(response), "token": token})


def _known(response: Response) -> dict[str, object]:
    return {
        "id": response.id, "vacancy_id": response.vacancy_id, "candidate_id": response.candidate_id,
        "status": response.status, "step": response.course.step, "created_at": response.created_at,
    }  # fmt: skip


class ReasonRead(Read):
    """Why something is recommended, as a code and in words."""

    code: str
    about: str
    text: str

    @classmethod
    def of(cls, reason: Reason, locale: Locale) -> "ReasonRead":
        """Show a reason."""
        said = text(locale, f"hiring.reason_{reason.code}", about=reason.about)
        return cls(code=reason.code, about=reason.about, text=said)


class EvidenceRead(Read):
    """The candidate's own words; `source` is a question's key, "" the résumé."""

    source: str
    quote: str

    @classmethod
    def of(cls, evidence: Evidence) -> "EvidenceRead":
        """Show evidence."""
        return cls(source=evidence.source, quote=evidence.quote)


class AssessedRead(Read):
    """What came of a criterion; `points` is null when the evidence is insufficient."""

    key: str
    name: str
    weight: float
    points: int | None
    by: str
    reason: str
    evidence: list[EvidenceRead]

    @classmethod
    def of(cls, assessed: Assessed) -> "AssessedRead":
        """Show what came of a criterion."""
        return cls(
            key=assessed.key, name=assessed.name, weight=assessed.weight, points=assessed.points, by=assessed.by,
            reason=assessed.reason, evidence=[EvidenceRead.of(each) for each in assessed.evidence],
        )  # fmt: skip


class CheckedRead(Read):
    """Whether a knock-out was passed, null without an answer."""

    key: str
    name: str
    passed: bool | None
    reason: str

    @classmethod
    def of(cls, checked: Checked) -> "CheckedRead":
        """Show a knock-out."""
        return cls(key=checked.key, name=checked.name, passed=checked.passed, reason=checked.reason)


class OutcomeRead(Read):
    """What is recommended, and why: a person decides. `score` is null when too little is known."""

    approved: bool | None
    score: float | None
    coverage: float
    by: str
    reasons: list[ReasonRead]
    criteria: list[AssessedRead]
    knockouts: list[CheckedRead]

    @classmethod
    def of(cls, outcome: Outcome, locale: Locale) -> "OutcomeRead":
        """Show an outcome."""
        return cls(
            approved=outcome.approved, score=outcome.score, coverage=outcome.coverage, by=outcome.by,
            reasons=[ReasonRead.of(each, locale) for each in outcome.reasons],
            criteria=[AssessedRead.of(each) for each in outcome.assessed],
            knockouts=[CheckedRead.of(each) for each in outcome.knockouts],
        )  # fmt: skip


class AnswerRead(Read):
    """An answer to a question."""

    question: str
    text: str


class StepRead(Read):
    """A step that an interview took."""

    step: Step
    at: int
    by: str
    created_at: datetime


class OwnResponseRead(ResponseRead):
    """An application as those see it who hire. `relevance_score` and `rejection_reasons` are a recommendation."""

    candidate: CandidateRead
    vacancy_title: str
    language: Locale
    relevance_score: float | None
    rejection_reasons: list[ReasonRead]
    outcome: OutcomeRead | None

    @classmethod
    def shown(cls, entry: Entry, locale: Locale) -> "OwnResponseRead":
        """Show an application."""
        return cls.model_validate(_full(entry, locale))


class ResponseDetails(OwnResponseRead):
    """An application with its interview."""

    answers: list[AnswerRead]
    history: list[StepRead]

    @classmethod
    def whole(
        cls, entry: Entry, locale: Locale, *, answers: list[AnswerRead], history: list[Transition]
    ) -> "ResponseDetails":
        """Show an application with its interview."""
        steps = [StepRead.model_validate(each) for each in history]
        return cls.model_validate({**_full(entry, locale), "answers": answers, "history": steps})


def _full(entry: Entry, locale: Locale) -> Mapping[str, object]:
    response, outcome = entry.response, entry.response.outcome
    refused = outcome.reasons if outcome and outcome.approved is False else ()
    return {
        **_known(response),
        "candidate": CandidateRead.of(entry.candidate), "vacancy_title": entry.vacancy_title,
        "language": response.language, "relevance_score": outcome.score if outcome else None,
        "rejection_reasons": [ReasonRead.of(each, locale) for each in refused],
        "outcome": OutcomeRead.of(outcome, locale) if outcome else None,
    }  # fmt: skip
