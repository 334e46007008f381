"""Times to meet: offered by somebody who hires, chosen by the candidate, put into both calendars by letter."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from babel import dates
from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.i18n import as_locale, text
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.audit import service as audit
from besedka.kernel.conversations import service as conversations
from besedka.kernel.hours import service as hours
from besedka.kernel.mail import service as mail
from besedka.products.hiring.errors import (
    BadSlot,
    SlotGone,
    SlotNotFound,
    StepRefused,
    TooManySlots,
)
from besedka.products.hiring.meeting import (
    LAST_YEAR,
    MOST_OFFERED,
    Offer,
    Slot,
    SlotState,
    calendar,
)
from besedka.products.hiring.repository.candidates import CandidateRepository
from besedka.products.hiring.repository.slots import SlotRepository
from besedka.products.hiring.service import links
from besedka.products.hiring.service.interviews import locked
from besedka.products.hiring.service.vacancies import get_any
from besedka.products.hiring.types import Response, Status

PAGE: Final = "/dashboard/hiring/slots"
_CLOSED: Final = frozenset({Status.REJECTED, Status.WITHDRAWN})


async def list_slots(conn: TenantConn, response_id: UUID) -> list[Slot]:
    """Return the times of an application that were not withdrawn, in order."""
    return await SlotRepository(conn).of_response(response_id)


async def offer(
    runtime: Runtime, conn: TenantConn, response_id: UUID, offers: Sequence[Offer], *, zone: str, place: str, by: ActorId
) -> list[Slot]:  # fmt: skip
    """Offer times, and write to the candidate that there are some; returns all that wait or are taken.

    Raises ResponseNotFound, StepRefused when nobody is going to meet, BadSlot, TooManySlots.
    """
    conversations.check_text(place)
    response = await locked(conn, response_id)
    if response.status in _CLOSED:
        raise StepRefused(step=response.course.step)
    _check(offers, zone)
    slots = SlotRepository(conn)
    waiting = sum(each.is_open for each in await slots.of_response(response_id))
    if waiting + len(offers) > MOST_OFFERED:
        raise TooManySlots(most=MOST_OFFERED)
    for each in offers:
        await slots.insert(response_id, each, zone=zone, place=place, by=by)
    await _write(runtime, conn, response, "hiring_times")
    await audit.record(
        conn, actor_id=by, action="hiring.offer_times", target_type="response", target_id=response_id,
        detail={"count": len(offers)},
    )  # fmt: skip
    return await slots.of_response(response_id)


def _check(offers: Sequence[Offer], zone: str) -> None:
    if zone not in hours.zones():
        raise BadSlot(field="zone")
    if not offers or any(
        each.starts_at <= now() or each.starts_at.year > LAST_YEAR for each in offers
    ):
        raise BadSlot(field="starts_at")


async def withdraw(
    runtime: Runtime, conn: TenantConn, response_id: UUID, slot_id: UUID, *, by: ActorId
) -> None:
    """Offer a time no longer; a candidate who has chosen it is told. Raises ResponseNotFound, SlotNotFound."""
    response = await locked(conn, response_id)
    slot = await _find(conn, response_id, slot_id)
    await SlotRepository(conn).mark(slot_id, SlotState.WITHDRAWN, at=now())
    if slot.state is SlotState.TAKEN and response.status not in _CLOSED:
        await _write(runtime, conn, response, "hiring_meeting_off", slot=slot, cancelled=True)
    await audit.record(
        conn, actor_id=by, action="hiring.withdraw_time", target_type="response", target_id=response_id
    )  # fmt: skip


async def choose(
    runtime: Runtime, conn: TenantConn, response_id: UUID, slot_id: UUID
) -> list[Slot]:
    """Take a time for the candidate instead of the one that they had; both sides get a letter.

    Raises ResponseNotFound, SlotNotFound, SlotGone, StepRefused.
    """
    response = await locked(conn, response_id)
    if response.status in _CLOSED:
        raise StepRefused(step=response.course.step)
    slots, slot = SlotRepository(conn), await _find(conn, response_id, slot_id)
    if slot.state is not SlotState.TAKEN:
        await slots.hold(slot.offered_by)
        if not (await _find(conn, response_id, slot_id)).is_open:
            raise SlotGone
        for each in await slots.of_response(response_id):
            if each.state is SlotState.TAKEN:
                await slots.mark(each.id, SlotState.OFFERED, at=now())
        await slots.mark(slot_id, SlotState.TAKEN, at=now())
        await _write(runtime, conn, response, "hiring_meeting", slot=slot)
        await _tell(runtime, conn, response, slot)
    return await slots.of_response(response_id)


async def taken(conn: TenantConn, response_id: UUID) -> Slot:
    """Return the time that the candidate chose. Raises SlotNotFound."""
    for each in await list_slots(conn, response_id):
        if each.state is SlotState.TAKEN:
            return each
    raise SlotNotFound


async def _find(conn: TenantConn, response_id: UUID, slot_id: UUID) -> Slot:
    for each in await list_slots(conn, response_id):
        if each.id == slot_id:
            return each
    raise SlotNotFound


async def in_calendar(runtime: Runtime, conn: TenantConn, response: Response, slot: Slot) -> str:
    """Return a chosen time as the candidate's calendar reads it."""
    vacancy = await get_any(conn, response.vacancy_id)
    summary = text(response.language, "hiring.meeting_summary", company=vacancy.company, title=vacancy.terms.title)  # fmt: skip
    return _calendar(runtime, slot, summary=summary, link=links.link_of(runtime, response.id))


def _calendar(
    runtime: Runtime, slot: Slot, *, summary: str, link: str, cancelled: bool = False
) -> str:
    host = urlsplit(runtime.settings.base_url).hostname or "besedka"
    return calendar(slot, host=host, summary=summary, link=link, cancelled=cancelled)


def spelled(slot: Slot, locale: str) -> str:
    """Return when a meeting is, in the zone in which it was offered."""
    zone = dates.get_timezone(slot.zone)
    day = dates.format_date(slot.starts_at.astimezone(zone), "full", locale=locale)
    clock = dates.format_time(slot.starts_at, "short", tzinfo=zone, locale=locale)
    name = dates.get_timezone_location(zone, locale=locale, return_city=True)
    return f"{day}, {clock} ({name})"


async def _write(
    runtime: Runtime, conn: TenantConn, response: Response, letter: str, *, slot: Slot | None = None,
    cancelled: bool = False,
) -> None:  # fmt: skip
    """Write to the candidate."""
    candidate = await CandidateRepository(conn).find(response.candidate_id)
    vacancy = await get_any(conn, response.vacancy_id)
    if candidate is None:
        return
    locale, link, event = response.language, links.link_of(runtime, response.id), None
    params: dict[str, JsonValue] = {
        "name": candidate.person.full_name, "company": vacancy.company, "title": vacancy.terms.title, "link": link,
    }  # fmt: skip
    if slot is not None:
        params |= {"time": spelled(slot, locale), "place": slot.place, "minutes": slot.minutes}
        summary = text(
            locale, "hiring.meeting_summary", company=vacancy.company, title=vacancy.terms.title
        )
        event = _calendar(runtime, slot, summary=summary, link=link, cancelled=cancelled)
    await mail.send(
        conn,
        to=candidate.person.email,
        letter=letter,
        locale=locale,
        params=params,
        calendar=event,
    )


async def _tell(runtime: Runtime, conn: TenantConn, response: Response, slot: Slot) -> None:
    """Write to whoever offered the time."""
    people = [each for each in await accounts.people(conn) if each.actor_id == slot.offered_by]
    candidate = await CandidateRepository(conn).find(response.candidate_id)
    if not people or candidate is None:
        return
    vacancy, card = await get_any(conn, response.vacancy_id), await accounts.get_workspace(conn)
    person, name = people[0], candidate.person.full_name
    locale = as_locale(person.locale)
    page = f"{runtime.settings.base_url}/w/{card.slug}{PAGE}/{response.id}"
    summary = text(locale, "hiring.meeting_with", name=name, title=vacancy.terms.title)
    await mail.send(
        conn, to=person.email, letter="hiring_meeting_with", locale=locale,
        params={
            "name": name, "title": vacancy.terms.title, "link": page, "time": spelled(slot, locale),
            "place": slot.place, "minutes": slot.minutes,
        },
        calendar=_calendar(runtime, slot, summary=summary, link=page),
    )  # fmt: skip
