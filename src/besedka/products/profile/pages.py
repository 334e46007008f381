"""Settings: what one tells about oneself. Every page shows the caller's own profile, and nobody else's."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentRuntime, get_runtime
from besedka.core.errors import BesedkaError, NotFound
from besedka.core.i18n import locale_of, text
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import PageIdentity
from besedka.kernel.accounts.types import Identity
from besedka.kernel.llm import service as llm
from besedka.products.profile import service
from besedka.products.profile.types import (
    LONGEST_MESSAGE,
    LONGEST_NAME,
    Analysis,
    Choices,
    Draft,
    FactId,
    Kind,
    State,
)
from besedka.web import render

PAGE: Final = "/dashboard/settings/profile"
HISTORY: Final = 30
LATEST: Final = 5

router = APIRouter(prefix=PAGE, route_class=LateRoute)


class FactForm(BaseModel):
    """The form of a fact; the weight in percent. What is wrong with it is said on the page."""

    kind: Kind = Kind.VALUES
    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    weight: Annotated[int, Field(ge=0, le=100)] = 50


Given = Annotated[FactForm, Form()]


@router.get("")
async def show_profile(request: Request, identity: PageIdentity) -> Response:
    """Show what one told about oneself, what waits for a yes, and what models are told."""
    return await _profile(request, identity, FactForm())


async def _profile(
    request: Request, identity: Identity, form: FactForm, *, failure: BesedkaError | None = None,
    analysis: Analysis | None = None, message: str = "",
) -> Response:  # fmt: skip
    runtime = get_runtime(request)
    has_model = await llm.find_provider(runtime, identity.workspace_id) is not None
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        facts = await service.list_facts(conn, identity.actor_id)
        choices = await service.read_choices(conn, identity.actor_id)
        prompt = await service.prompt_about(runtime, conn, identity.actor_id)
        latest = await service.history(conn, identity.actor_id, limit=LATEST)
    accepted = [each for each in facts if each.state is State.ACCEPTED]
    locale = locale_of(request)
    return await render.page(
        request, "profile/profile.html", status=failure.status if failure else 200, here_tab=PAGE, path=PAGE,
        kinds=[(kind, [each for each in accepted if each.kind is kind]) for kind in Kind],
        is_empty=not facts, proposals=[each for each in facts if each.state is State.PROPOSED], form=form,
        choices=choices, prompt=prompt, latest=latest, has_model=has_model, analysis=analysis, message=message,
        longest=LONGEST_MESSAGE, failure=words_of(locale, failure) if failure else "",
        model_failure=text(locale, f"errors.{analysis.failure}") if analysis and analysis.failure else "",
    )  # fmt: skip


@router.post("/facts")
async def add_fact(
    request: Request, runtime: CurrentRuntime, identity: PageIdentity, form: Given
) -> Response:
    """Add a fact."""
    draft = Draft(form.kind, form.name, form.weight / 100)
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.add_fact(conn, identity.actor_id, draft)
    except BesedkaError as error:
        return await _profile(request, identity, form, failure=error)
    return render.redirect(request, PAGE, flash="profile.added")


@router.post("/analyze")
async def analyze(
    request: Request, identity: PageIdentity,
    message: Annotated[str, Form(max_length=LONGEST_MESSAGE)] = "",
) -> Response:  # fmt: skip
    """Read a message, and show what it says at the top of the page."""
    try:
        found = await service.analyse(get_runtime(request), identity, message)
    except BesedkaError as error:
        return await _profile(request, identity, FactForm(), failure=error, message=message)
    return await _profile(request, identity, FactForm(), analysis=found)


@router.post("/choices")
async def choose(
    request: Request, runtime: CurrentRuntime, identity: PageIdentity, *,
    in_answers: Annotated[bool, Form()] = False, accepts_itself: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """Choose how the profile is used and filled."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.choose(conn, identity.actor_id, Choices(in_answers, accepts_itself))
    return render.redirect(request, PAGE, flash="profile.saved")


@router.post("/forget")
async def forget_all(
    request: Request, runtime: CurrentRuntime, identity: PageIdentity, *,
    sure: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """Forget everything, if one is sure."""
    if not sure:
        return render.redirect(request, PAGE)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.forget_all(conn, identity.actor_id)
    return render.redirect(request, PAGE, flash="profile.all_forgotten")


@router.get("/history")
async def show_history(
    request: Request, runtime: CurrentRuntime, identity: PageIdentity,
    before: Annotated[UUID | None, Query()] = None,
) -> Response:  # fmt: skip
    """Show what happened to all facts."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.history(conn, identity.actor_id, before=before, limit=HISTORY + 1)
    shown = found[:HISTORY]
    further = f"{PAGE}/history?before={shown[-1].id}" if len(found) > HISTORY else ""
    return await render.page(
        request, "profile/history.html", here_tab=PAGE, path=PAGE, changes=shown, next_path=further
    )  # fmt: skip


@router.get("/facts/{fact_id}")
async def show_fact(request: Request, fact_id: FactId, identity: PageIdentity) -> Response:
    """Show a fact with the words behind it and its history."""
    return await _fact(request, fact_id, identity)


async def _fact(
    request: Request, fact_id: FactId, identity: Identity, form: FactForm | None = None,
    failure: BesedkaError | None = None,
) -> Response:  # fmt: skip
    async with get_runtime(request).db.fast.acquire(identity.workspace_id) as conn:
        fact = await service.get_fact(conn, identity.actor_id, fact_id)
        changes = await service.history(conn, identity.actor_id, fact=fact_id, limit=HISTORY)
    shown = form or FactForm(kind=fact.kind, name=fact.name, weight=round(fact.weight * 100))
    return await render.page(
        request, "profile/fact.html", status=failure.status if failure else 200, here_tab=PAGE, path=PAGE, fact=fact,
        form=shown, kinds=list(Kind), changes=changes, failure=words_of(locale_of(request), failure) if failure else "",
    )  # fmt: skip


@router.post("/facts/{fact_id}")
async def change_fact(
    request: Request, fact_id: FactId, runtime: CurrentRuntime, identity: PageIdentity, form: Given
) -> Response:  # fmt: skip
    """Change a fact, or stand by it."""
    wish = service.Wish(form.kind, form.name, form.weight / 100)
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.change_fact(conn, identity.actor_id, fact_id, wish=wish)
    except NotFound:
        raise
    except BesedkaError as error:
        return await _fact(request, fact_id, identity, form, error)
    return render.redirect(request, PAGE, flash="profile.saved")


@router.post("/facts/{fact_id}/{answer}")
async def decide(
    request: Request, fact_id: FactId, answer: Literal["accept", "reject", "forget"], runtime: CurrentRuntime,
    identity: PageIdentity,
) -> Response:  # fmt: skip
    """Say yes or no to a proposal, or forget a fact."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        match answer:
            case "accept":
                await service.accept_fact(conn, identity.actor_id, fact_id)
            case "reject":
                await service.reject_fact(conn, identity.actor_id, fact_id)
            case "forget":
                await service.forget_fact(conn, identity.actor_id, fact_id)
    return render.redirect(request, PAGE, flash=f"profile.did_{answer}")
