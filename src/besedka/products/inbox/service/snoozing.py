"""Until when a dialog is put off, as people say it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from besedka.core.errors import InvalidInput
from besedka.kernel.conversations.types import Snooze
from besedka.products.inbox.types import LONGEST_SNOOZE

MORNING = time(9)


def moment_of(choice: Snooze, *, zone: str, now: datetime) -> datetime:
    """Return the moment that a choice means in a person's zone (`Europe/Moscow`). Raises InvalidInput."""
    here = now.astimezone(zone_of(zone))
    match choice:
        case Snooze.HOUR:
            return now + timedelta(hours=1)
        case Snooze.TOMORROW:
            day = here.date() + timedelta(days=1)
        case Snooze.NEXT_WEEK:
            day = here.date() + timedelta(days=7 - here.weekday())
    return datetime.combine(day, MORNING, tzinfo=here.tzinfo).astimezone(UTC)


def zone_of(name: str) -> ZoneInfo:
    """Return a zone by its name, UTC for none. Raises InvalidInput."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(field="zone") from error


def check_until(until: datetime, *, now: datetime) -> None:
    """Refuse what is past, or more than a year away. Raises InvalidInput."""
    if not now < until <= now + LONGEST_SNOOZE:
        raise InvalidInput(field="until")
