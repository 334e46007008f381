"""Times to meet, and what a calendar reads of the one that was chosen (iCalendar, RFC 5545)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from besedka.core.clock import now
from besedka.core.ids import ActorId

MOST_OFFERED: Final = 20
"""So many times of one application may wait to be chosen."""
LAST_YEAR: Final = 2199
LONGEST_PLACE: Final = 500
LEAST_MINUTES, MOST_MINUTES = 5, 480
MEDIA_TYPE: Final = "text/calendar"
_LONGEST_LINE: Final = 74
"""In bytes, before the line is folded."""


class SlotState(StrEnum):
    """Whether a time can be chosen, is chosen, or is no longer offered."""

    OFFERED = "offered"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Offer:
    """A time that somebody offers."""

    starts_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time to meet about an application, where, and in which time zone it was offered."""

    id: UUID
    response_id: UUID
    starts_at: datetime
    minutes: int
    zone: str
    place: str
    state: SlotState
    offered_by: ActorId
    is_busy: bool = False
    """Whether who offers it meets somebody else then."""

    @property
    def ends_at(self) -> datetime:
        """When it is over."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def is_open(self) -> bool:
        """Whether it can be chosen."""
        return self.state is SlotState.OFFERED and not self.is_busy and self.starts_at > now()


def calendar(slot: Slot, *, host: str, summary: str, link: str, cancelled: bool = False) -> str:
    """Return a meeting as a calendar of one event; a cancelled one takes the event away where it was added."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Besedka//Hiring//EN",
        f"METHOD:{'CANCEL' if cancelled else 'PUBLISH'}", "BEGIN:VEVENT", f"UID:{slot.id}@{host}",
        f"DTSTAMP:{_moment(now())}", f"SEQUENCE:{int(cancelled)}", f"DTSTART:{_moment(slot.starts_at)}",
        f"DTEND:{_moment(slot.ends_at)}", f"SUMMARY:{_escaped(summary)}", f"LOCATION:{_escaped(slot.place)}",
        f"DESCRIPTION:{_escaped(link)}", f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(words: str) -> str:
    plain = " ".join(words.split("\r"))
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Cut a line where it is too long, never within a letter."""
    pieces, size = [""], 0
    for letter in line:
        size += len(letter.encode())
        if size > _LONGEST_LINE:
            pieces.append(" ")
            size = 1 + len(letter.encode())
        pieces[-1] += letter
    return "\r\n".join(pieces)
