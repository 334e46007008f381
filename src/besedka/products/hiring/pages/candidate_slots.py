"""The recruiter's page of the times that are offered to a candidate."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import require_confirmed, require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.hours import service as hours
from besedka.products.hiring.errors import BadSlot
from besedka.products.hiring.meeting import LEAST_MINUTES, LONGEST_PLACE, MOST_MINUTES, Offer
from besedka.products.hiring.service import candidates, responses, slots, vacancies
from besedka.products.hiring.types import MANAGE, Status
from besedka.web import render

router = APIRouter(route_class=LateRoute)

PAGE: Final = f"{slots.PAGE}/{{response_id}}"
LINES: Final = 3
"""So many times fit into the form at once."""

Recruiter = Annotated[Identity, Depends(require_on_page(MANAGE))]


class OfferForm(BaseModel):
    """Times as a browser's fields give them: of the clock in `zone`."""

    starts_1: str = Field("", max_length=30)
    starts_2: str = Field("", max_length=30)
    starts_3: str = Field("", max_length=30)
    minutes: int = Field(30, ge=LEAST_MINUTES, le=MOST_MINUTES)
    place: str = Field("", max_length=LONGEST_PLACE)
    zone: str = Field("UTC", max_length=60)

    def offers(self) -> list[Offer]:
        """Return the times. Raises BadSlot."""
        if self.zone not in hours.zones():
            raise BadSlot(field="zone")
        zone = ZoneInfo(self.zone)
        typed = (each.strip() for each in (self.starts_1, self.starts_2, self.starts_3))
        try:
            found = [
                datetime.fromisoformat(each).replace(tzinfo=zone).astimezone(UTC)
                for each in typed
                if each
            ]
        except (ValueError, OverflowError) as error:
            raise BadSlot(field="starts_1") from error
        return [Offer(each, self.minutes) for each in found]


@router.get(PAGE)
async def show(
    response_id: UUID, request: Request, runtime: CurrentRuntime, identity: Recruiter
) -> Response:
    """Show which times a candidate can choose, and the one that they chose."""
    return await _page(request, runtime, identity, response_id)


async def _page(
    request: Request, runtime: Runtime, identity: Identity, response_id: UUID, *,
    typed: Mapping[str, object] | None = None, failure: BesedkaError | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await responses.get_response(conn, response_id)
        vacancy = await vacancies.get_any(conn, found.vacancy_id)
        who = await candidates.get_candidate(conn, found.candidate_id)
        offered, zone = await slots.list_slots(conn, response_id), await hours.zone_of(conn)
    said = words_of(locale_of(request), failure) if failure else ""
    wrong = str(failure.params.get("field", "")).replace("starts_at", "starts_1") if failure else ""
    return await render.page(
        request, "hiring/slots.html", status=failure.status if failure else 200, application=found, vacancy=vacancy,
        person=who.person, offered=offered, zones=hours.zones(), lines=range(1, LINES + 1),
        typed={"minutes": 30, "zone": zone, **(typed or {})}, errors={wrong: said} if wrong else {},
        failure="" if wrong else said, is_closed=found.status in {Status.REJECTED, Status.WITHDRAWN},
    )  # fmt: skip


@router.post(PAGE)
async def offer(
    response_id: UUID, request: Request, runtime: CurrentRuntime, identity: Recruiter,
    form: Annotated[OfferForm, Form()],
) -> Response:  # fmt: skip
    """Offer times; the candidate gets a letter."""
    require_confirmed(identity)
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await slots.offer(
                runtime, conn, response_id, form.offers(), zone=form.zone, place=form.place.strip(), by=identity.actor_id
            )  # fmt: skip
    except BesedkaError as error:
        if error.status == 404:
            raise
        return await _page(
            request, runtime, identity, response_id, typed=form.model_dump(), failure=error
        )
    return render.redirect(request, f"{slots.PAGE}/{response_id}", flash="hiring.times_offered")


@router.post(f"{PAGE}/{{slot_id}}/withdraw")
async def withdraw(
    response_id: UUID, slot_id: UUID, request: Request, runtime: CurrentRuntime, identity: Recruiter
) -> Response:
    """Offer a time no longer."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await slots.withdraw(runtime, conn, response_id, slot_id, by=identity.actor_id)
    return render.redirect(request, f"{slots.PAGE}/{response_id}", flash="hiring.time_withdrawn")
