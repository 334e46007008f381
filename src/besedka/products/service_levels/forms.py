"""Forms of hours and promises, as they are typed."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from besedka.core.i18n import Locale, text
from besedka.kernel.conversations.types import Priority
from besedka.kernel.hours.types import Holiday, Schedule, ScheduleDraft, Span
from besedka.kernel.promises.types import LONGEST_TARGET, Policy, PolicyDraft

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2})(?::(\d\d))?\s*[-–—]\s*(\d{1,2})(?::(\d\d))?")
_AMOUNT = re.compile(r"(\d+)\s*(d|h|m|д|ч|м)?[a-zа-я.]*", re.IGNORECASE)
_UNITS = {"d": 1440, "д": 1440, "h": 60, "ч": 60, "m": 1, "м": 1, "": 1}


class Unreadable(ValueError):
    """What was typed cannot be read."""


def read_day(typed: str) -> tuple[Span, ...]:
    """Read the hours of a day: `9:00-13:00, 14-18`. Raises Unreadable."""
    spans = []
    for part in filter(None, (part.strip() for part in typed.split(","))):
        found = _SPAN.fullmatch(part)
        if found is None:
            raise Unreadable(part)
        opens, opens_at, closes, closes_at = (int(each or 0) for each in found.groups())
        spans.append((opens * 60 + opens_at, closes * 60 + closes_at))
    return tuple(spans)


def spell_day(spans: tuple[Span, ...]) -> str:
    """Spell the hours of a day as they are typed."""
    return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in spans)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def read_holidays(typed: str) -> tuple[Holiday, ...]:
    """Read days off, one per line: a date, and a name if one likes. Raises Unreadable."""
    lines = (line.strip() for line in typed.splitlines())
    return tuple(_holiday(line) for line in lines if line)


def _holiday(line: str) -> Holiday:
    day, _, name = line.partition(" ")
    return Holiday(_date(day), name.strip()[:80])


def _date(typed: str) -> date:
    """Read `2027-01-31` or `31.01.2027`."""
    parts = typed.split(".")
    try:
        return date.fromisoformat("-".join(reversed(parts)) if len(parts) == 3 else typed)
    except ValueError as error:
        raise Unreadable(typed) from error


def read_minutes(typed: str) -> int | None:
    """Read a time: `15`, `1 h 30 min`, `2 д`; nothing promises nothing. Raises Unreadable."""
    typed = typed.strip()
    if not typed:
        return None
    parts = _AMOUNT.findall(typed)
    total = sum(int(amount) * _UNITS[unit.lower()] for amount, unit in parts)
    if _AMOUNT.sub("", typed).strip() or not 0 < total <= LONGEST_TARGET:
        raise Unreadable(typed)
    return total


def spell_minutes(locale: Locale, minutes: int | None) -> str:
    """Spell a time as it is typed."""
    if minutes is None:
        return ""
    days, rest = divmod(minutes, 1440)
    hours, rest = divmod(rest, 60)
    parts = (("d", days), ("h", hours), ("m", rest))
    return " ".join(text(locale, f"service_levels.{unit}", n=n) for unit, n in parts if n)


class ScheduleForm(BaseModel):
    """A schedule; the hours of each day in a line."""

    name: str = Field("", max_length=80)
    zone: str = Field("", max_length=64)
    mon: str = Field("", max_length=100)
    tue: str = Field("", max_length=100)
    wed: str = Field("", max_length=100)
    thu: str = Field("", max_length=100)
    fri: str = Field("", max_length=100)
    sat: str = Field("", max_length=100)
    sun: str = Field("", max_length=100)
    holidays: str = Field("", max_length=20_000)

    @classmethod
    def of(cls, schedule: Schedule | ScheduleDraft) -> "ScheduleForm":
        """Fill the form."""
        days = dict(zip(DAY_NAMES, map(spell_day, schedule.week), strict=True))
        lines = [f"{each.day.isoformat()} {each.name}".strip() for each in schedule.holidays]
        return cls(name=schedule.name, zone=schedule.zone, holidays="\n".join(lines), **days)

    def read(self, locale: Locale) -> tuple[ScheduleDraft | None, dict[str, str]]:
        """Return the schedule, or what is wrong."""
        errors: dict[str, str] = {}
        week = []
        for name in DAY_NAMES:
            try:
                week.append(read_day(getattr(self, name)))
            except Unreadable:
                errors[name] = text(locale, "service_levels.day_unreadable")
        holidays: tuple[Holiday, ...] = ()
        try:
            holidays = read_holidays(self.holidays)
        except Unreadable as error:
            errors["holidays"] = text(
                locale, "service_levels.date_unreadable", line=str(error)[:40]
            )
        if not self.name.strip():
            errors["name"] = text(locale, "validation.missing")
        if errors:
            return None, errors
        return ScheduleDraft(
            name=self.name.strip(), zone=self.zone, week=tuple(week), holidays=holidays
        ), {}


class PolicyForm(BaseModel):
    """A policy; times are typed as people say them."""

    name: str = Field("", max_length=80)
    enabled: bool = False
    label_id: UUID | Literal[""] = ""
    priority: Priority | Literal[""] = ""
    first: str = Field("", max_length=40)
    reply: str = Field("", max_length=40)
    resolution: str = Field("", max_length=40)
    warning: str = Field("", max_length=40)
    by_hours: bool = False
    schedule_id: UUID | Literal[""] = ""

    @classmethod
    def of(cls, policy: Policy | PolicyDraft, locale: Locale) -> "PolicyForm":
        """Fill the form."""
        return cls(
            name=policy.name, enabled=policy.enabled, label_id=policy.label_id or "", priority=policy.priority or "",
            first=spell_minutes(locale, policy.first), reply=spell_minutes(locale, policy.reply),
            resolution=spell_minutes(locale, policy.resolution), warning=spell_minutes(locale, policy.warning),
            by_hours=policy.by_hours, schedule_id=policy.schedule_id or "",
        )  # fmt: skip

    def read(
        self, locale: Locale, *, is_default: bool
    ) -> tuple[Mapping[str, object] | None, dict[str, str]]:
        """Return what the API would take, or what is wrong."""
        errors: dict[str, str] = {}
        times: dict[str, int | None] = {}
        for name in ("first", "reply", "resolution", "warning"):
            try:
                times[name] = read_minutes(getattr(self, name))
            except Unreadable:
                errors[name] = text(locale, "service_levels.time_unreadable")
        if not is_default and not self.name.strip():
            errors["name"] = text(locale, "validation.missing")
        if not is_default and not self.label_id and not self.priority:
            errors["label_id"] = text(locale, "errors.policy_for_all")
        if errors:
            return None, errors
        whom = {"label_id": self.label_id or None, "priority": self.priority or None}
        return {
            "name": self.name.strip(), "enabled": self.enabled, **({} if is_default else whom),
            "by_hours": self.by_hours, "schedule_id": self.schedule_id or None, **times,
            "warning": times["warning"] or 0,
        }, {}  # fmt: skip
