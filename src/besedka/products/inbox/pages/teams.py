"""Settings: teams, who is in them, and how much each person takes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of
from besedka.core.ids import ActorId, new_id
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import LONGEST_TEAM, Team, TeamMode
from besedka.products.inbox import service
from besedka.products.inbox.pages.common import Manager
from besedka.products.inbox.types import MOST_CAPACITY
from besedka.web import render

PAGE = "/dashboard/settings/teams"

router = APIRouter(prefix=PAGE, route_class=LateRoute)


class TeamForm(BaseModel):
    """A team as its form sends it."""

    name: str = Field("", max_length=LONGEST_TEAM)
    mode: TeamMode = TeamMode.MANUAL
    is_default: bool = False
    members: list[ActorId] = Field(default_factory=list, max_length=500)

    def team(self, team: UUID) -> Team:
        """Return the team."""
        return Team(id=team, name=self.name.strip(), mode=self.mode, is_default=self.is_default)


class PersonForm(BaseModel):
    """How many open dialogs a person takes, and whether they are away."""

    capacity: int = Field(ge=1, le=MOST_CAPACITY)
    is_away: bool = False


@router.get("")
async def show_teams(request: Request, runtime: CurrentRuntime, identity: Manager) -> Response:
    """Show the teams and the people, with a form for another team."""
    return await _page(request, runtime, identity)


@router.post("")
async def add_team(
    request: Request, runtime: CurrentRuntime, identity: Manager, form: Annotated[TeamForm, Form()]
) -> Response:
    """Make a team."""
    return await _save(request, runtime, identity, form.team(new_id()), form)


@router.post("/{team_id}")
async def save_team(
    request: Request, team_id: UUID, runtime: CurrentRuntime, identity: Manager, form: Annotated[TeamForm, Form()]
) -> Response:  # fmt: skip
    """Change a team."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        await conversations.get_team(conn, team_id)
    return await _save(request, runtime, identity, form.team(team_id), form, asked=team_id)


@router.post("/{team_id}/delete")
async def delete_team(
    request: Request, team_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Delete a team."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await conversations.delete_team(runtime, conn, team_id)
    return render.redirect(request, PAGE, flash="inbox.team_deleted")


@router.post("/people/{actor}")
async def save_person(
    request: Request, actor: UUID, runtime: CurrentRuntime, identity: Manager,
    form: Annotated[PersonForm, Form()],
) -> Response:  # fmt: skip
    """Say how many open dialogs a person takes, and whether they are away."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.save_operator(
            runtime, conn, ActorId(actor), is_away=form.is_away, capacity=form.capacity
        )
    return render.redirect(request, PAGE, flash="inbox.saved")


async def _save(
    request: Request, runtime: Runtime, identity: Identity, team: Team, form: TeamForm, *, asked: UUID | None = None
) -> Response:  # fmt: skip
    if not team.name:
        return render.redirect(request, PAGE, flash="inbox.team_unnamed")
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.save_team(conn, team, members=form.members)
    except BesedkaError as error:
        if error.status not in {409, 422}:
            raise
        return await _page(request, runtime, identity, error, typed=form, asked=asked)
    return render.redirect(request, PAGE, flash="inbox.saved")


async def _page(
    request: Request, runtime: Runtime, identity: Identity, failure: BesedkaError | None = None, *,
    typed: TeamForm | None = None, asked: UUID | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        teams = await conversations.list_teams(conn)
        people = await service.list_operators(conn)
    return await render.page(
        request, "inbox/teams.html", status=failure.status if failure else 200, here_tab=PAGE, path=PAGE, teams=teams,
        people=people, modes=tuple(TeamMode), most=MOST_CAPACITY, typed=typed, asked=asked,
        failure=words_of(locale_of(request), failure) if failure else "",
    )  # fmt: skip
