"""What a visitor is told when a person is called and nobody works."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import dates

from besedka.core.clock import now
from besedka.core.i18n import text
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers.types import HandoffReason
from besedka.kernel.hours import service as hours


async def said_when(
    runtime: Runtime, workspace: WorkspaceId, reason: HandoffReason, *, locale: str
) -> str:
    """Return the words of a hand-off; outside working hours they say when people are back."""
    words = text(locale, f"answers.handoff_{reason}")
    moment = now()
    async with runtime.db.fast.acquire(workspace) as conn:
        opening = await hours.opening(conn, moment)
    if opening.is_open:
        return words
    if opening.next is None:
        return f"{words} {text(locale, 'answers.closed')}"
    when = spell_moment(opening.next, moment, zone=opening.zone, locale=locale)
    return f"{words} {text(locale, 'answers.closed_until', when=when)}"


def spell_moment(moment: datetime, today: datetime, *, zone: str, locale: str) -> str:
    """Spell a moment by the clock of a zone, with the day unless it is today: `1 декабря, 09:00 (GMT+3)`."""
    there = ZoneInfo(zone)
    local = moment.astimezone(there)
    clock = dates.format_time(local, "HH:mm (ZZZZ)", tzinfo=there, locale=locale)
    if local.date() == today.astimezone(there).date():
        return clock
    return f"{dates.format_date(local.date(), text(locale, 'answers.day_format'), locale=locale)}, {clock}"
