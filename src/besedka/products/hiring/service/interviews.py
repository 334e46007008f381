"""Interviews: the course of each, written in the transaction that stores the candidate's message.

The question that is open follows from the course, and is posted under a key of its own: after a crash, on a second socket
or when the candidate comes back it is the same message.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Final, TypedDict, Unpack
from uuid import UUID

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.i18n import text
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import Message, Post, Viewer
from besedka.kernel.jobs import service as jobs
from besedka.products.hiring import interview, scoring
from besedka.products.hiring.errors import (
    InterviewOver,
    ResponseNotFound,
    StepRefused,
    VacancyShut,
)
from besedka.products.hiring.interview import Move
from besedka.products.hiring.repository.candidates import CandidateRepository
from besedka.products.hiring.repository.responses import (
    Change,
    ResponseRepository,
    last_answers,
)
from besedka.products.hiring.repository.vacancies import VacancyRepository
from besedka.products.hiring.service import following
from besedka.products.hiring.service.following import Gap
from besedka.products.hiring.types import (
    CONSENT_VERSION,
    JUDGE_JOB,
    Answer,
    Course,
    Criterion,
    Outcome,
    Question,
    QuestionKind,
    Reader,
    Response,
    Rubric,
    Status,
    Step,
    VacancyStatus,
)


class Deed(StrEnum):
    """What can be done with an interview from outside of it."""

    TAKE_OVER = "take_over"
    HAND_BACK = "hand_back"
    PAUSE = "pause"
    WITHDRAW = "withdraw"


DEEDS: Final[Mapping[Deed, Callable[[Course], Move]]] = {
    Deed.TAKE_OVER: interview.take_over,
    Deed.HAND_BACK: interview.hand_back,
    Deed.PAUSE: interview.pause,
    Deed.WITHDRAW: interview.withdraw,
}
_CLARIFIED: Final = {each: each.value for each in (QuestionKind.CITY, QuestionKind.CHOICE, QuestionKind.NUMBER)}  # fmt: skip
MOST_HEARD: Final = 50
PUBLIC: Final = Viewer(actor_id=ActorId(UUID(int=0)), internal=False)
CANDIDATE: Final = "candidate"
SAYS: Final = "60 per minute"
SYSTEM: Final = "system"
_PERSON: Final = re.compile(r"\W*(?:позовите |позвать |хочу |нужен )?(?:человека?|person|human)\W*", re.IGNORECASE)  # fmt: skip


class More(TypedDict, total=False):
    """What may belong to a move."""

    outcome: Outcome | None
    answer: Answer | None
    seq: int | None
    consent_version: str
    consent_text: str


@dataclass(slots=True)
class Interview:
    """An interview that a channel carries: where it is, and what belongs to it and does not change."""

    workspace: WorkspaceId
    response: Response
    bot: ActorId
    notice: str
    follows: bool = False
    """A model may ask about answers that only a model will weigh."""
    told: set[str] = field(default_factory=set)
    heard: int = 0
    """The last message of a person inside that the channel has passed on."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The interview is over; `approved` is what was recommended, None when a person has to look."""

    approved: bool | None


async def begin(runtime: Runtime, workspace: WorkspaceId, response_id: UUID) -> Interview:
    """Open an interview, or come back to it. Raises ResponseNotFound, VacancyShut."""
    async with runtime.db.fast.transaction(workspace) as conn:
        response = await locked(conn, response_id)
        vacancy = await VacancyRepository(conn).find(response.vacancy_id)
        if vacancy is None or vacancy.terms.status is VacancyStatus.CLOSED:
            raise VacancyShut
        bot = await accounts.ensure_system_actor(conn)
        response = await store(conn, response, interview.open_up(response.course), by=CANDIDATE)
    notice = text(
        response.language, "hiring.notice", company=vacancy.company, title=vacancy.terms.title,
        count=len(response.questions),
    )  # fmt: skip
    follows = needs_model(response.rubric) and await following.is_possible(runtime, workspace)
    return Interview(workspace, response, bot, notice, follows)


async def locked(conn: TenantConn, response_id: UUID) -> Response:
    """Lock an application, so that its interview has one writer at a time. Raises ResponseNotFound."""
    found = await ResponseRepository(conn).lock(response_id)
    if found is None:
        raise ResponseNotFound
    return found


def status_of(step: Step, before: Status) -> Status:
    """Return how an application is shown whose interview took a step; a decision says it by itself."""
    match step:
        case (
            Step.CREATED
            | Step.DECIDED
            | Step.NOTIFIED
            | Step.PAUSED
            | Step.REMINDED
            | Step.ABANDONED
        ):
            return before
        case Step.COMPLETED | Step.SCORING | Step.DEGRADED | Step.REVIEW:
            return Status.REVIEW
        case Step.WITHDRAWN:
            return Status.WITHDRAWN
        case _:
            return Status.INTERVIEWING


async def store(
    conn: TenantConn, response: Response, move: Move, *, by: str, status: Status | None = None, **more: Unpack[More]
) -> Response:  # fmt: skip
    """Store a move with what belongs to it, and return the application as it is then."""
    if not move.passed:
        return response
    shown = status or status_of(move.course.step, response.status)
    await ResponseRepository(conn).move(
        response.id, move, change=Change(by=by, status=shown, **more)
    )
    outcome = more.get("outcome") or response.outcome
    return replace(response, course=move.course, status=shown, outcome=outcome)


def prompt_of(talk: Interview) -> tuple[str, str] | None:
    """Return the key and the words of the question that is open, None when none is."""
    response, course = talk.response, talk.response.course
    if course.step not in interview.GOING:
        return None
    question = response.questions[course.at]
    words = question.text
    if question.options:
        words += "\n" + "\n".join(f"{n}. {each}" for n, each in enumerate(question.options, 1))
    if course.step == Step.CLARIFY:
        asked = text(response.language, f"hiring.clarify_{_CLARIFIED.get(question.kind, 'more')}")
        return f"clarify:{question.key}", f"{asked}\n{words}" if question.options else asked
    return f"ask:{question.key}", words if course.at else f"{talk.notice}\n\n{words}"


async def ask(runtime: Runtime, talk: Interview) -> str | None:
    """Post the question that is open, once, and return its words; None when none is open."""
    prompt = prompt_of(talk)
    if prompt is None:
        return None
    key, words = prompt
    if talk.follows and talk.response.course.step is Step.CLARIFY and key not in talk.told:
        followed = await _follow_up(runtime, talk, words)
        if followed is None:
            await _skip(runtime, talk)
            return await ask(runtime, talk)
        words = followed
    await say(runtime, talk, key=key, words=words)
    return words


async def _follow_up(runtime: Runtime, talk: Interview, words: str) -> str | None:
    """Return what to ask about the last answer: `words` when it could not be read, else what a model does not find in it."""
    response = talk.response
    question = response.questions[response.course.at]
    async with runtime.db.fast.acquire(talk.workspace) as conn:
        newest = await conversations.page(conn, response.conversation_id, viewer=PUBLIC, limit=1)
        answers = last_answers(await ResponseRepository(conn).answers(response.id))
        candidate = await CandidateRepository(conn).find(response.candidate_id)
    if newest and newest[0].sender.id == talk.bot:
        return newest[0].body
    said = answers.get(question.key, "")
    criteria = [each for each in response.rubric.criteria if is_followed(each, question)]
    if (
        candidate is None
        or not criteria
        or not scoring.is_readable(question, said, location=response.location)
    ):
        return words
    gap = Gap(question.text, said, criteria, candidate.person, response.language)
    return await following.ask(runtime, talk.workspace, gap)


async def _skip(runtime: Runtime, talk: Interview) -> None:
    """Go on from an answer about which there is nothing to ask."""
    async with runtime.db.fast.transaction(talk.workspace) as conn:
        response = await locked(conn, talk.response.id)
        move = interview.skip(response.course, response.questions)
        move, more = await _close(conn, response, move, None)
        talk.response = await store(conn, response, move, by=SYSTEM, **more)


async def say(runtime: Runtime, talk: Interview, *, key: str, words: str) -> None:
    """Post words of the bot under a key, once."""
    if key in talk.told:
        return
    await conversations.post(
        runtime,
        Post(
            workspace_id=talk.workspace, conversation_id=talk.response.conversation_id, sender_id=talk.bot,
            client_key=key, body=words, as_member=False,
        ),
    )  # fmt: skip
    talk.told.add(key)


async def take(runtime: Runtime, talk: Interview, words: str, *, key: str) -> None:
    """Take what the candidate says, with all that follows from it; the same key again changes nothing.

    Raises InterviewOver, and what posting raises.
    """
    if interview.is_over(talk.response.course):
        raise InterviewOver
    reached: list[Response] = []
    posted = await conversations.post(
        runtime,
        Post(
            workspace_id=talk.workspace, conversation_id=talk.response.conversation_id,
            sender_id=talk.response.contact_id, client_key=key, body=words,
            companion=partial(_advance, talk, reached),
        ),
    )  # fmt: skip
    if posted.duplicate or not reached:
        await look(runtime, talk)
    else:
        talk.response = reached[-1]


async def go_on(runtime: Runtime, talk: Interview, *, before: Step) -> str | None:
    """Say what follows, once, and return it: the question that is open now, or that a person goes on from here."""
    if talk.response.course.step is not Step.HUMAN:
        return await ask(runtime, talk)
    if before is Step.HUMAN:
        return None
    words = text(talk.response.language, "hiring.person_called")
    await say(runtime, talk, key=f"person:{talk.response.course.at}", words=words)
    return words


async def look(runtime: Runtime, talk: Interview) -> None:
    """Look where the interview is now. Raises ResponseNotFound."""
    async with runtime.db.fast.acquire(talk.workspace) as conn:
        found = await ResponseRepository(conn).find(talk.response.id)
    if found is None:
        raise ResponseNotFound
    talk.response = found


async def _advance(
    talk: Interview, reached: list[Response], conn: TenantConn, message: Message
) -> None:
    """Move the interview on, in the transaction that stores the candidate's message."""
    response = await locked(conn, talk.response.id)
    course, more, said = response.course, More(), None
    if wants_person(message.body):
        move = interview.take_over(course)
    else:
        question = response.questions[course.at]
        readable = scoring.is_readable(question, message.body, location=response.location)
        follow = talk.follows and any(
            is_followed(each, question) for each in response.rubric.criteria
        )
        move = interview.answer(course, response.questions, readable=readable, follow=follow)
        said = Answer(question.key, message.body)
        more = More(answer=said, seq=message.seq)
    move, closing = await _close(conn, response, move, said)
    more |= closing
    if Step.CONSENTED in move.passed:
        more |= More(consent_version=CONSENT_VERSION, consent_text=talk.notice)
    reached.append(await store(conn, response, move, by=CANDIDATE, **more))


async def _close(
    conn: TenantConn, response: Response, move: Move, said: Answer | None
) -> tuple[Move, More]:
    """Weigh the answers when a move ends the questions; a model does it later. `said` is not stored yet."""
    if Step.SCORING not in move.passed:
        return move, More()
    if needs_model(response.rubric):
        await jobs.defer(conn, JUDGE_JOB, {"response_id": str(response.id)})
        return move, More()
    answers = await ResponseRepository(conn).answers(response.id)
    outcome = await weigh(conn, response, [*answers, *([said] if said else [])])
    return interview.followed(move, interview.score(move.course)), More(outcome=outcome)


def is_followed(criterion: Criterion, question: Question) -> bool:
    """Whether a model weighs a criterion by the answer to a question."""
    return criterion.reader is Reader.MODEL and criterion.question == question.key


def needs_model(rubric: Rubric) -> bool:
    """Whether only a model can read all of a rubric's criteria."""
    return any(each.reader is Reader.MODEL for each in rubric.criteria)


def wants_person(words: str) -> bool:
    """Whether somebody asks for a person, and says nothing else."""
    return _PERSON.fullmatch(words) is not None


async def weigh(conn: TenantConn, response: Response, answers: list[Answer]) -> Outcome:
    """Weigh an interview's answers by rules."""
    candidate = await CandidateRepository(conn).find(response.candidate_id)
    resume = candidate.person.resume_text if candidate else ""
    texts = {**last_answers(answers), scoring.RESUME: resume}
    return scoring.weigh(
        response.rubric,
        response.questions,
        texts=texts,
        location=response.location,
        year=now().year,
    )


def ended(talk: Interview) -> Ended | None:
    """Return how an interview ended, None while it goes on."""
    if not interview.is_over(talk.response.course):
        return None
    outcome = talk.response.outcome
    return Ended(outcome.approved if outcome else None)


async def heard(runtime: Runtime, talk: Interview) -> list[str]:
    """Return what people inside have said since the channel last asked, and look where the interview is."""
    await look(runtime, talk)
    async with runtime.db.fast.acquire(talk.workspace) as conn:
        found = await conversations.page(
            conn,
            talk.response.conversation_id,
            viewer=PUBLIC,
            after_seq=talk.heard,
            limit=MOST_HEARD,
        )
    talk.heard = max((each.seq for each in found), default=talk.heard)
    return [each.body for each in found if each.sender.kind == ActorKind.USER]


async def act(conn: TenantConn, response_id: UUID, deed: Deed, *, by: str) -> Response:
    """Do something with an interview from outside of it. Raises ResponseNotFound, StepRefused when it does not fit."""
    response = await locked(conn, response_id)
    move = DEEDS[deed](response.course)
    if not move.passed:
        raise StepRefused(step=response.course.step)
    return await store(conn, response, move, by=by)


async def write(
    runtime: Runtime, response: Response, words: str, *, by: ActorId, key: str
) -> Message:
    """Say something to the candidate as a person who took the interview over. Raises StepRefused."""
    if response.course.step is not Step.HUMAN:
        raise StepRefused(step=response.course.step)
    return await conversations.post(
        runtime,
        Post(
            workspace_id=response.workspace_id, conversation_id=response.conversation_id, sender_id=by,
            client_key=key, body=words, as_member=False,
        ),
    )  # fmt: skip
