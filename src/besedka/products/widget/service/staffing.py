"""The hours of people as the setup asks for them: always, or on working days. Any other schedule is left alone."""

from dataclasses import dataclass, replace
from enum import StrEnum

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import DAY_MINUTES, DAYS, USUAL_WEEK, Schedule, ScheduleDraft, Week
from besedka.kernel.promises import service as promises

ALL_WEEK: Week = (((0, DAY_MINUTES),),) * DAYS


class Staffed(StrEnum):
    """When people are there."""

    ALWAYS = "always"
    WORKDAYS = "workdays"
    OWN = "own"
    """By a schedule that says more than the setup asks for."""


@dataclass(frozen=True, slots=True)
class Staffing:
    """When the people of a workspace are there; `zone` and `name` are empty where it has no schedule."""

    staffed: Staffed = Staffed.ALWAYS
    zone: str = ""
    name: str = ""


async def staffing_of(conn: TenantConn) -> Staffing:
    """Return when people are there by the workspace's default schedule."""
    found = await hours.find_default(conn)
    return Staffing() if found is None else Staffing(_staffed(found), found.zone, found.name)


def _staffed(schedule: Schedule) -> Staffed:
    if schedule.holidays:
        return Staffed.OWN
    return {ALL_WEEK: Staffed.ALWAYS, USUAL_WEEK: Staffed.WORKDAYS}.get(schedule.week, Staffed.OWN)


async def set_staffing(conn: TenantConn, wanted: Staffing, *, by: ActorId) -> None:
    """Keep when people are there as the default schedule. Raises UnknownZone.

    A schedule of one's own stays as it is, and people who are always there need none.
    """
    found = await hours.find_default(conn)
    is_own = Staffed.OWN in (wanted.staffed, Staffed.ALWAYS if found is None else _staffed(found))
    is_always = wanted.staffed is Staffed.ALWAYS
    if is_own or (found is None and is_always):
        return
    draft = ScheduleDraft(
        name=wanted.name, zone=wanted.zone, week=ALL_WEEK if is_always else USUAL_WEEK
    )
    if found is None:
        await hours.create_schedule(conn, draft, by=by)
    elif (found.week, is_always or found.zone) != (draft.week, is_always or draft.zone):
        kept = replace(draft, name=found.name, zone=found.zone if is_always else draft.zone)
        await hours.change_schedule(conn, found.id, kept, by=by)
    else:
        return
    await promises.reckon_later(conn)
