"""SQL of applications and of the course of their interviews."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from pydantic import JsonValue, TypeAdapter

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.i18n import Locale, as_locale
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.kernel.conversations.types import ConversationId
from besedka.products.hiring.interview import GOING, MOST_REMINDERS, Move
from besedka.products.hiring.repository.candidates import person_of
from besedka.products.hiring.repository.vacancies import QUESTIONS, RUBRIC
from besedka.products.hiring.types import (
    UNKNOWN,
    Answer,
    Candidate,
    Course,
    Entry,
    Outcome,
    Question,
    Response,
    ResponseFilter,
    ResponseSort,
    Rubric,
    Status,
    Step,
    Transition,
)

_OUTCOME: Final = TypeAdapter(Outcome)
_RESPONSE: Final = """
r.workspace_id, r.id, r.vacancy_id, r.candidate_id, c.contact_id, r.conversation_id, r.status, r.step, r.at, r.clarified,
r.interrupted, r.reminders, r.language, r.location, r.questions, r.rubric, r.outcome, r.consented_at, r.consent_version,
r.created_at, r.moved_at
"""
_FROM: Final = " FROM candidate_response r JOIN candidate c ON c.workspace_id = r.workspace_id AND c.id = r.candidate_id"
ENTRY: Final = (
    f"{_RESPONSE}, v.title AS vacancy_title, c.full_name, c.email, c.phone, c.city, c.resume_text,"
    " c.created_at AS known_at"
)
FROM_ENTRIES: Final = (
    f"{_FROM} JOIN vacancy v ON v.workspace_id = r.workspace_id AND v.id = r.vacancy_id"
)
ORDERS: Final = {
    ResponseSort.NEWEST: ("r.created_at", "timestamptz"),
    ResponseSort.OLDEST: ("r.created_at", "timestamptz"),
    ResponseSort.SCORE: (f"coalesce((r.outcome->>'score')::float8, {UNKNOWN})", "float8"),
    ResponseSort.COVERAGE: (f"coalesce((r.outcome->>'coverage')::float8, {UNKNOWN})", "float8"),
}
"""What lists are ordered by, and its type."""
CHOSEN: Final = """
WHERE r.workspace_id = $1 AND ($2::uuid IS NULL OR r.vacancy_id = $2) AND ($3::uuid IS NULL OR r.candidate_id = $3)
  AND ($4::text IS NULL OR r.status = $4) AND ($5::boolean IS NULL OR (r.outcome->>'approved')::boolean = $5)
  AND ($6 = '' OR position($6 IN lower(c.full_name || ' ' || c.email)) > 0) AND c.tried_by IS NULL
"""
_MOVE: Final = """
WITH moved AS (
  UPDATE candidate_response SET step = $3, at = $4, clarified = $5, interrupted = $6, reminders = $7, status = $8,
    outcome = coalesce($9, outcome), moved_at = now(),
    consented_at = CASE WHEN $10 <> '' THEN now() ELSE consented_at END,
    consent_version = CASE WHEN $10 <> '' THEN $10 ELSE consent_version END,
    consent_text = CASE WHEN $10 <> '' THEN $11 ELSE consent_text END
  WHERE workspace_id = $1 AND id = $2
), said AS (
  INSERT INTO interview_answer (workspace_id, id, response_id, question, seq, body)
  SELECT $1, $15, $2, $16, $17, $18 WHERE $17::bigint IS NOT NULL
)
INSERT INTO interview_transition (workspace_id, id, response_id, step, at, by)
SELECT $1, step_id, $2, step, $13, $14 FROM unnest($12::uuid[], $19::text[]) passed(step_id, step)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResponse:
    """An application that is to be stored."""

    id: UUID
    vacancy_id: UUID
    candidate_id: UUID
    conversation_id: ConversationId
    token_hash: bytes
    language: Locale
    location: str
    questions: tuple[Question, ...]
    rubric: Rubric


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What else changes with a move: who did it, what came of it, what was answered and agreed to."""

    by: str
    status: Status
    outcome: Outcome | None = None
    answer: Answer | None = None
    seq: int | None = None
    consent_version: str = ""
    consent_text: str = ""


def chosen(conn: TenantConn, wanted: ResponseFilter) -> tuple[object, ...]:
    """Return the arguments of CHOSEN."""
    return (
        conn.workspace, wanted.vacancy, wanted.candidate, wanted.status, wanted.approved, wanted.text.lower(),
    )  # fmt: skip


class PublicResponses:
    """Applications by their random id alone, which opens the interview."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def find_workspace(self, response_id: UUID) -> WorkspaceId | None:
        """Return where an application is."""
        found = await self._conn.fetchval(
            "SELECT workspace_id FROM candidate_response WHERE id = $1", response_id
        )
        return WorkspaceId(found) if found else None

    async def quiet(self, *, limit: int) -> list[tuple[WorkspaceId, UUID]]:
        """Return interviews of open vacancies that nobody went on with for a day, or for three after the last reminder."""
        rows = await self._conn.fetch(
            "SELECT r.workspace_id, r.id FROM candidate_response r"
            " JOIN vacancy v ON v.workspace_id = r.workspace_id AND v.id = r.vacancy_id"
            " JOIN candidate c ON c.workspace_id = r.workspace_id AND c.id = r.candidate_id AND c.tried_by IS NULL"
            " WHERE r.status IN ('new', 'interviewing') AND r.step = ANY($1::text[]) AND v.status <> 'closed'"
            " AND r.moved_at < now() - make_interval(hours => CASE WHEN r.reminders < $2 THEN 24 ELSE 72 END)"
            " ORDER BY r.moved_at LIMIT $3",
            [*GOING, Step.PAUSED, Step.REMINDED], MOST_REMINDERS, limit,
        )  # fmt: skip
        return [(WorkspaceId(row["workspace_id"]), row["id"]) for row in rows]


class ResponseRepository:
    """Applications of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(self, new: NewResponse) -> bool:
        """Add an application; False when the candidate has applied for the vacancy already."""
        return bool(
            await self._conn.fetchval(
                "INSERT INTO candidate_response (workspace_id, id, vacancy_id, candidate_id, conversation_id, token_hash,"
                " status, step, at, language, location, questions, rubric)"
                " VALUES ($1, $2, $3, $4, $5, $6, 'new', 'created', 0, $7, $8, $9, $10)"
                " ON CONFLICT (workspace_id, vacancy_id, candidate_id) DO NOTHING RETURNING true",
                self._conn.workspace, new.id, new.vacancy_id, new.candidate_id, new.conversation_id, new.token_hash,
                new.language, new.location, QUESTIONS.dump_python(new.questions, mode="json"),
                RUBRIC.dump_python(new.rubric, mode="json"),
            )
        )  # fmt: skip

    async def find(self, response_id: UUID) -> Response | None:
        """Return an application."""
        row = await self._conn.fetchrow(
            f"SELECT {_RESPONSE}{_FROM} WHERE r.workspace_id = $1 AND r.id = $2",
            self._conn.workspace, response_id,
        )  # fmt: skip
        return _response(row) if row else None

    async def find_of(self, vacancy_id: UUID, candidate_id: UUID) -> Response | None:
        """Return a candidate's application for a vacancy."""
        row = await self._conn.fetchrow(
            f"SELECT {_RESPONSE}{_FROM} WHERE r.workspace_id = $1 AND r.vacancy_id = $2 AND r.candidate_id = $3",
            self._conn.workspace, vacancy_id, candidate_id,
        )  # fmt: skip
        return _response(row) if row else None

    async def lock(self, response_id: UUID) -> Response | None:
        """Lock an application, so that its interview has one writer at a time."""
        row = await self._conn.fetchrow(
            f"SELECT {_RESPONSE}{_FROM} WHERE r.workspace_id = $1 AND r.id = $2 FOR NO KEY UPDATE OF r",
            self._conn.workspace, response_id,
        )  # fmt: skip
        return _response(row) if row else None

    async def has_token(self, response_id: UUID, token_hash: bytes) -> bool:
        """Whether a token is that of the application, or of its candidate."""
        return bool(
            await self._conn.fetchval(
                f"SELECT true{_FROM} WHERE r.workspace_id = $1 AND r.id = $2 AND $3 IN (r.token_hash, c.token_hash)",
                self._conn.workspace, response_id, token_hash,
            )
        )  # fmt: skip

    async def move(self, response_id: UUID, move: Move, *, change: Change) -> None:
        """Store where an interview is now, the steps that it took, and what was answered: one statement."""
        course, answer = move.course, change.answer
        await self._conn.execute(
            _MOVE, self._conn.workspace, response_id, course.step, course.at, course.clarified, course.interrupted,
            course.reminders, change.status,
            None if change.outcome is None else _OUTCOME.dump_python(change.outcome, mode="json"),
            change.consent_version, change.consent_text, [new_id() for _ in move.passed], course.at, change.by, new_id(),
            answer.question if answer else "", change.seq if answer else None, answer.text if answer else "",
            list(move.passed),
        )  # fmt: skip

    async def answers(self, response_id: UUID) -> list[Answer]:
        """Return what was answered, in order."""
        rows = await self._conn.fetch(
            "SELECT question, body FROM interview_answer WHERE workspace_id = $1 AND response_id = $2 ORDER BY seq",
            self._conn.workspace, response_id,
        )  # fmt: skip
        return [Answer(row["question"], row["body"]) for row in rows]

    async def consent(self, response_id: UUID) -> str:
        """Return the words that the candidate agreed to."""
        return str(
            await self._conn.fetchval(
                "SELECT consent_text FROM candidate_response WHERE workspace_id = $1 AND id = $2",
                self._conn.workspace, response_id,
            )
            or ""
        )  # fmt: skip

    async def outcome(self, response_id: UUID) -> JsonValue:
        """Return how the answers were weighed, as it is stored."""
        found: JsonValue = await self._conn.fetchval(
            "SELECT outcome FROM candidate_response WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, response_id,
        )  # fmt: skip
        return found

    async def transitions(self, response_id: UUID) -> list[Transition]:
        """Return the steps of an interview, in order."""
        rows = await self._conn.fetch(
            "SELECT step, at, by, created_at FROM interview_transition WHERE workspace_id = $1 AND response_id = $2"
            " ORDER BY id",
            self._conn.workspace, response_id,
        )  # fmt: skip
        return [
            Transition(Step(row["step"]), row["at"], row["by"], row["created_at"]) for row in rows
        ]

    async def page(self, wanted: ResponseFilter) -> list[Entry]:
        """Return applications with their candidates."""
        figure, kind = ORDERS[wanted.sort]
        sign, order = (">", "ASC") if wanted.sort is ResponseSort.OLDEST else ("<", "DESC")
        value, last = wanted.before or (None, None)
        rows = await self._conn.fetch(
            f"SELECT {ENTRY}{FROM_ENTRIES}{CHOSEN} AND ($7::{kind} IS NULL OR ({figure}, r.id) {sign} ($7, $8))"
            f" ORDER BY {figure} {order}, r.id {order} LIMIT $9",
            *chosen(self._conn, wanted), value, last, wanted.limit,
        )  # fmt: skip
        return [entry_of(row) for row in rows]

    async def find_entry(self, response_id: UUID) -> Entry | None:
        """Return an application with its candidate, one that tries an interview out too."""
        row = await self._conn.fetchrow(
            f"SELECT {ENTRY}{FROM_ENTRIES} WHERE r.workspace_id = $1 AND r.id = $2",
            self._conn.workspace, response_id,
        )  # fmt: skip
        return entry_of(row) if row else None

    async def places(self, response_id: UUID) -> dict[int, str]:
        """Return to which question each message of the candidate answers."""
        rows = await self._conn.fetch(
            "SELECT seq, question FROM interview_answer WHERE workspace_id = $1 AND response_id = $2",
            self._conn.workspace, response_id,
        )  # fmt: skip
        return {row["seq"]: row["question"] for row in rows}


def entry_of(row: Row) -> Entry:
    """Return the application of a row of ENTRY."""
    candidate = Candidate(
        id=row["candidate_id"], contact_id=row["contact_id"], created_at=row["known_at"], person=person_of(row)
    )  # fmt: skip
    return Entry(response=_response(row), candidate=candidate, vacancy_title=row["vacancy_title"])


def _response(row: Row) -> Response:
    return Response(
        workspace_id=WorkspaceId(row["workspace_id"]), id=row["id"], vacancy_id=row["vacancy_id"],
        candidate_id=row["candidate_id"], contact_id=ActorId(row["contact_id"]),
        conversation_id=ConversationId(row["conversation_id"]), status=Status(row["status"]),
        course=Course(
            step=Step(row["step"]), at=row["at"], clarified=row["clarified"],
            interrupted=Step(row["interrupted"]) if row["interrupted"] else None, reminders=row["reminders"],
        ),
        language=as_locale(row["language"]), location=row["location"],
        questions=QUESTIONS.validate_python(row["questions"]), rubric=RUBRIC.validate_python(row["rubric"]),
        outcome=None if row["outcome"] is None else _OUTCOME.validate_python(row["outcome"]),
        consented_at=row["consented_at"], consent_version=row["consent_version"], created_at=row["created_at"],
        moved_at=row["moved_at"],
    )  # fmt: skip


def last_answers(answers: Sequence[Answer]) -> dict[str, str]:
    """Return what counts of each question: the answer, with its clarification below."""
    found: dict[str, str] = {}
    for each in answers:
        found[each.question] = f"{found[each.question]}\n{each.text}" if each.question in found else each.text  # fmt: skip
    return found
