"""An application: what was said and how it was weighed, what colleagues note, and the interview taken over live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import StringConstraints

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.ids import new_id
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.types import Message
from besedka.products.hiring.interview import ASKS, PAUSES
from besedka.products.hiring.pages.recruiter.board import VERDICTS
from besedka.products.hiring.pages.recruiter.common import (
    PATH,
    Chooser,
    Watcher,
    status_of,
    words_for,
)
from besedka.products.hiring.pages.recruiter.marks import Piece, pieces
from besedka.products.hiring.service import (
    applying,
    board,
    decisions,
    interviews,
    letters,
    responses,
)
from besedka.products.hiring.service.interviews import Deed
from besedka.products.hiring.types import (
    LONGEST_ANSWER,
    MANAGE,
    Entry,
    Outcome,
    Step,
)
from besedka.web import render

router = APIRouter(prefix=PATH + "/responses/{response_id}", route_class=LateRoute)

LIVE: Final = frozenset({Step.CREATED, Step.NOTICE, Step.HUMAN, Step.SCORING, *ASKS, *PAUSES})
"""Something may still be said, or come of it, by itself."""
RESUME: Final = ""
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_ANSWER), Form()
]


@dataclass(frozen=True, slots=True)
class Said:
    """A message of an interview; `question` is the key of that which it answers."""

    message: Message
    question: str | None
    pieces: Sequence[Piece]


async def find(conn: TenantConn, response_id: UUID) -> Mapping[str, object]:
    """Return all that the page of an application shows. Raises ResponseNotFound."""
    entry = await responses.get_entry(conn, response_id)
    decided = await decisions.list_decisions(conn, response_id)
    said = await responses.messages_of(conn, entry.response, after_seq=0)
    places = await board.places_of(conn, response_id)
    sent = await applying.sent_with(conn, response_id)
    return {
        "entry": entry, "response": entry.response, "person": entry.candidate.person,
        "talk": [_said(each, places, entry.response.outcome) for each in said],
        "resume": pieces(entry.candidate.person.resume_text, _quotes(entry.response.outcome, RESUME)),
        "resume_file": sent is not None and sent.file_id is not None,
        "decided": decided, "last": decided[-1] if decided else None,
        "contests": await decisions.list_contests(conn, response_id),
        "letters": await letters.list_letters(conn, response_id),
        "notes": await board.list_notes(conn, response_id),
        "history": await responses.course_of(conn, response_id),
        "asked": {each.key: each for each in entry.response.questions},
    }  # fmt: skip


def _said(message: Message, places: Mapping[int, str], outcome: Outcome | None) -> Said:
    question = places.get(message.seq)
    quotes = _quotes(outcome, question) if question else ()
    return Said(message, question, pieces(message.body, quotes))


def _quotes(outcome: Outcome | None, source: str) -> list[str]:
    """Return the evidence that stands in one place."""
    assessed = outcome.assessed if outcome else ()
    return [each.quote for found in assessed for each in found.evidence if each.source == source]


async def show(
    request: Request, runtime: Runtime, identity: Identity, *, response_id: UUID,
    failure: BesedkaError | None = None, typed: str = "",
) -> Response:  # fmt: skip
    """Show an application, with what went wrong where something did."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await find(conn, response_id)
    entry = found["entry"]
    assert isinstance(entry, Entry)
    step = entry.response.course.step
    return await render.page(
        request, "hiring/response.html", status=status_of(failure), path=PATH, may_manage=identity.may(MANAGE),
        failure=words_for(request, failure), typed=typed, live=step in LIVE, verdicts=VERDICTS,
        may_take_over=step in {Step.CREATED, Step.NOTICE, *ASKS, *PAUSES}, **found,
    )  # fmt: skip


def address(response_id: UUID) -> str:
    """Return the address of an application's page."""
    return f"{PATH}/responses/{response_id}"


@router.get("")
async def show_response(
    request: Request, runtime: CurrentRuntime, identity: Watcher, response_id: UUID
) -> Response:
    """Show an application."""
    return await show(request, runtime, identity, response_id=response_id)


@router.post("/notes")
async def add_note(
    request: Request, runtime: CurrentRuntime, identity: Chooser, response_id: UUID,
    body: Words,
) -> Response:  # fmt: skip
    """Tell colleagues something about an application."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await board.add_note(conn, response_id, body, by=identity.actor_id)
    return render.redirect(request, address(response_id) + "#notes", flash="recruiting.noted")


@router.post("/take-over")
async def take_over(
    request: Request, runtime: CurrentRuntime, identity: Chooser, response_id: UUID
) -> Response:
    """Let a person go on instead of the questions."""
    return await _act(request, runtime, identity, response_id, Deed.TAKE_OVER)


@router.post("/hand-back")
async def hand_back(
    request: Request, runtime: CurrentRuntime, identity: Chooser, response_id: UUID
) -> Response:
    """Let the questions go on where a person took over."""
    return await _act(request, runtime, identity, response_id, Deed.HAND_BACK)


async def _act(
    request: Request, runtime: Runtime, identity: Identity, response_id: UUID, deed: Deed
) -> Response:
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await interviews.act(conn, response_id, deed, by=str(identity.actor_id))
    except BesedkaError as error:
        return await _refused(request, runtime, identity, response_id, error)
    return render.redirect(request, address(response_id) + "#talk", flash=f"recruiting.done_{deed}")


@router.post("/say")
async def say(
    request: Request, runtime: CurrentRuntime, identity: Chooser, response_id: UUID,
    message: Words,
) -> Response:  # fmt: skip
    """Say something to the candidate as the person who took the interview over."""
    try:
        async with runtime.db.fast.acquire(identity.workspace_id) as conn:
            found = await responses.get_response(conn, response_id)
        await interviews.write(runtime, found, message, by=identity.actor_id, key=str(new_id()))
    except BesedkaError as error:
        return await _refused(request, runtime, identity, response_id, error, typed=message)
    return render.redirect(request, address(response_id) + "#talk")


@router.post("/reopen")
async def reopen(
    request: Request, runtime: CurrentRuntime, identity: Chooser, response_id: UUID, seen: Annotated[UUID, Form()]
) -> Response:  # fmt: skip
    """Take the last decision back before the candidate was told."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await decisions.reopen(conn, response_id, by=identity.actor_id, seen=seen)
    except BesedkaError as error:
        return await _refused(request, runtime, identity, response_id, error)
    return render.redirect(request, address(response_id), flash="recruiting.reopened")


@router.post("/letters/{hiring_letter_id}/take-back")
async def take_back(
    request: Request, runtime: CurrentRuntime, identity: Chooser, response_id: UUID, hiring_letter_id: UUID
) -> Response:  # fmt: skip
    """Take back a letter that has not left; the decision stays."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await letters.take_back(conn, response_id, hiring_letter_id)
    return render.redirect(
        request, address(response_id) + "#letters", flash="recruiting.letter_back"
    )


async def _refused(
    request: Request, runtime: Runtime, identity: Identity, response_id: UUID, error: BesedkaError, typed: str = ""
) -> Response:  # fmt: skip
    if error.status not in {409, 422}:
        raise error
    return await show(
        request, runtime, identity, response_id=response_id, failure=error, typed=typed
    )
