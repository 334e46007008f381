"""Settings: when people work."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from besedka.core.clock import now
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import UTC_ZONE, Schedule, ScheduleDraft, ScheduleId
from besedka.kernel.promises.types import PROMISES_MANAGE
from besedka.products.service_levels import service
from besedka.products.service_levels.forms import DAY_NAMES, ScheduleForm
from besedka.web import render

PAGE: Final = "/dashboard/settings/hours"

router = APIRouter(prefix=PAGE, route_class=LateRoute)

Manager = Annotated[Identity, Depends(require_on_page(PROMISES_MANAGE))]
Given = Annotated[ScheduleForm, Form()]


@router.get("")
async def show_schedules(request: Request, runtime: CurrentRuntime, identity: Manager) -> Response:
    """Show the workspace's schedules, and whether people work now."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await hours.list_schedules(conn)
    moment = now()
    openings = {each.id: hours.opening_of(each, moment) for each in found}
    return await render.page(
        request, "service_levels/schedules.html", here_tab=PAGE, path=PAGE, schedules=found, openings=openings
    )  # fmt: skip


@router.get("/new")
async def show_new(request: Request, runtime: CurrentRuntime, identity: Manager) -> Response:
    """Show the form of another schedule."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        zone = await hours.zone_of(conn)
    draft = ScheduleDraft(name="", zone=zone if zone != UTC_ZONE else "Europe/Moscow")
    return await _form(request, ScheduleForm.of(draft), None)


@router.post("")
async def add_schedule(
    request: Request, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale, form: Given
) -> Response:
    """Add a schedule."""
    draft, errors = form.read(locale)
    if draft is None:
        return await _form(request, form, None, errors)
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.add_schedule(conn, draft, by=identity.actor_id)
    except BesedkaError as error:
        return await _form(request, form, None, said(locale, error))
    return render.redirect(request, PAGE, flash="service_levels.saved")


@router.get("/{schedule_id}")
async def show_schedule(
    request: Request, schedule_id: ScheduleId, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Show a schedule's form."""
    found = await _find(runtime, identity, schedule_id)
    return await _form(request, ScheduleForm.of(found), found)


@router.post("/{schedule_id}")
async def save_schedule(
    request: Request, schedule_id: ScheduleId, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale,
    form: Given,
) -> Response:  # fmt: skip
    """Change a schedule."""
    found = await _find(runtime, identity, schedule_id)
    draft, errors = form.read(locale)
    if draft is None:
        return await _form(request, form, found, errors)
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.change_schedule(conn, schedule_id, draft, by=identity.actor_id)
    except BesedkaError as error:
        return await _form(request, form, found, said(locale, error))
    return render.redirect(request, PAGE, flash="service_levels.saved")


@router.post("/{schedule_id}/default")
async def make_default(
    request: Request, schedule_id: ScheduleId, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Make a schedule the default."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.make_default(conn, schedule_id, by=identity.actor_id)
    return render.redirect(request, PAGE, flash="service_levels.saved")


@router.post("/{schedule_id}/delete")
async def delete_schedule(
    request: Request, schedule_id: ScheduleId, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Delete a schedule."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_schedule(conn, schedule_id, by=identity.actor_id)
    return render.redirect(request, PAGE, flash="service_levels.deleted")


async def _find(runtime: Runtime, identity: Identity, schedule: ScheduleId) -> Schedule:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return await hours.get_schedule(conn, schedule)


async def _form(
    request: Request, form: ScheduleForm, schedule: Schedule | None, errors: Mapping[str, str] | None = None
) -> Response:  # fmt: skip
    return await render.page(
        request, "service_levels/schedule.html", status=422 if errors else 200, here_tab=PAGE, path=PAGE,
        schedule=schedule, form=form, errors=errors or {}, days=DAY_NAMES, zones=hours.zones(),
    )  # fmt: skip


def said(locale: str, error: BesedkaError) -> dict[str, str]:
    """Say what is wrong beside the field that it is about."""
    field = str(error.params.get("field", "name"))
    if field == "week":
        day = error.params.get("day")
        field = DAY_NAMES[day - 1] if isinstance(day, int) and 0 < day <= len(DAY_NAMES) else "name"
    return {field: words_of(locale, error)}
