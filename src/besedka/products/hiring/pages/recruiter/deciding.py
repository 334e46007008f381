"""Deciding on an application: a reason by a named person, with the letter that tells it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field, ValidationError

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of, text
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import require_confirmed
from besedka.kernel.accounts.types import Identity
from besedka.products.hiring.deciding import DecisionCreate, LetterCreate
from besedka.products.hiring.errors import DecidedMeanwhile
from besedka.products.hiring.pages.recruiter.board import VERDICTS
from besedka.products.hiring.pages.recruiter.common import (
    PATH,
    Chooser,
    Failure,
    status_of,
    words_for,
)
from besedka.products.hiring.pages.recruiter.response import address
from besedka.products.hiring.service import decisions, letters, responses
from besedka.products.hiring.types import LetterKind, Verdict
from besedka.web import render

router = APIRouter(prefix=PATH + "/responses/{response_id}/decide", route_class=LateRoute)

Asked = Literal[Verdict.INVITED, Verdict.REJECTED, Verdict.HIRED]
Back = Literal["", "board"]
LETTERS: Final[Mapping[Verdict, LetterKind]] = {
    Verdict.INVITED: LetterKind.INVITATION,
    Verdict.REJECTED: LetterKind.REJECTION,
    Verdict.HIRED: LetterKind.OFFER,
}
DELAYS: Final = (0, 15, 60, 240, 1440)
"""Minutes after which a letter leaves."""
USUAL_DELAY: Final = 60


class DecisionForm(BaseModel):
    """A decision as it is typed, with its letter. `seen`: the last decision that stood on the page."""

    verdict: Asked = Verdict.INVITED
    reason: str = Field("", max_length=20_000)
    seen: str = Field("", max_length=40)
    letter: bool = False
    subject: str = Field("", max_length=2_000)
    body: str = Field("", max_length=20_000)
    delay: int = Field(USUAL_DELAY, ge=0, le=7 * 24 * 60)
    back: Back = ""

    def decision(self) -> DecisionCreate:
        """Return the decision. Raises ValidationError."""
        return DecisionCreate.model_validate(
            {"decision": self.verdict, "reason": self.reason.strip(), "seen": self.seen or None}
        )

    def written(self) -> LetterCreate | None:
        """Return the letter, None when none is wanted. Raises ValidationError."""
        if not self.letter:
            return None
        return LetterCreate.model_validate(
            {
                "kind": LETTERS[self.verdict], "subject": self.subject.strip(), "body": self.body.strip(),
                "delay_minutes": self.delay,
            }
        )  # fmt: skip


@router.get("")
async def ask(
    request: Request, runtime: CurrentRuntime, identity: Chooser, response_id: UUID, verdict: Asked = Verdict.INVITED,
    back: Back = "",
) -> Response:  # fmt: skip
    """Ask for the reason, and show the letter that it may come with."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        draft = await letters.propose(conn, response_id, LETTERS[verdict])
        decided = await decisions.list_decisions(conn, response_id)
    form = DecisionForm(
        verdict=verdict, seen=str(decided[-1].id) if decided else "", letter=identity.email_confirmed,
        subject=draft.subject, body=draft.body, back=back,
    )  # fmt: skip
    return await _page(request, runtime, identity, response_id, form)


async def _page(
    request: Request, runtime: Runtime, identity: Identity, response_id: UUID, form: DecisionForm,
    failure: Failure | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        entry = await responses.get_entry(conn, response_id)
        decided = await decisions.list_decisions(conn, response_id)
    return await render.page(
        request, "hiring/decide.html", status=status_of(failure), path=PATH, here=address(response_id), entry=entry,
        last=decided[-1] if decided else None, typed=form, verdicts=VERDICTS, delays=DELAYS,
        confirmed=identity.email_confirmed, failure=_words(request, failure),
        is_late=isinstance(failure, DecidedMeanwhile),
    )  # fmt: skip


def _words(request: Request, failure: Failure | None) -> str:
    """Say what went wrong; who was too late reads what was decided in words."""
    if not isinstance(failure, DecidedMeanwhile):
        return words_for(request, failure)
    locale = locale_of(request)
    decision = text(locale, f"recruiting.verdict_{failure.params['decision']}")
    return text(
        locale, "recruiting.decided_meanwhile", by=str(failure.params["by"]), decision=decision
    )


@router.post("")
async def decide(
    request: Request, runtime: CurrentRuntime, identity: Chooser, response_id: UUID,
    form: Annotated[DecisionForm, Form()],
) -> Response:  # fmt: skip
    """Decide, and write the letter; both or neither."""
    try:
        vacancy = await _settle(runtime, identity, response_id, form.decision(), form.written())
    except ValidationError as error:
        return await _page(request, runtime, identity, response_id, form, failure=error)
    except BesedkaError as error:
        if error.status not in {403, 409, 422}:
            raise
        return await _page(request, runtime, identity, response_id, form, failure=error)
    place = f"{PATH}/vacancies/{vacancy}" if form.back else address(response_id)
    return render.redirect(request, place, flash=f"recruiting.now_{form.verdict}")


async def _settle(
    runtime: Runtime, identity: Identity, response_id: UUID, decision: DecisionCreate, letter: LetterCreate | None
) -> UUID:  # fmt: skip
    """Store a decision with its letter, both or neither; returns for which vacancy it is."""
    if letter is not None:
        require_confirmed(identity)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        response = await responses.get_response(conn, response_id)
        await decisions.decide(
            conn, response_id, decision.decision, reason=decision.reason, by=identity.actor_id, seen=decision.seen
        )  # fmt: skip
        if letter is not None:
            await letters.write(
                conn, response_id, letter.draft(), by=identity.actor_id,
                delay=timedelta(minutes=letter.delay_minutes),
            )  # fmt: skip
    return response.vacancy_id
