"""Jinja filters that follow the page's language: dates, numbers, money, sizes."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from babel import dates, numbers, units
from jinja2 import pass_context
from jinja2.runtime import Context

from besedka.core import clock, phrases
from besedka.core.i18n import as_locale
from besedka.web.devices import device_name

MICRO = Decimal(1_000_000)
_AFTER_CODE = re.compile(r"(?<=[A-Z])(?=[0-9])")
"""Between a currency's code and the number; a symbol of its own stands close."""


@pass_context
def format_date(context: Context, value: date | datetime, length: str = "medium") -> str:
    """Show a day: `19 нояб. 2026 г.`."""
    return dates.format_date(value, format=length, locale=context["locale"])


@pass_context
def format_datetime(context: Context, value: datetime, length: str = "medium") -> str:
    """Show a moment in UTC; `<bsd-time>` turns it into the reader's own zone."""
    return dates.format_datetime(value, format=length, locale=context["locale"])


@pass_context
def format_zoned(context: Context, value: datetime, zone: str) -> str:
    """Show a moment where a zone is, with the zone's name: `вт, 1 дек., 09:00 (Москва)`."""
    place, locale = ZoneInfo(zone), context["locale"]
    day = dates.format_skeleton("MMMEd", value, tzinfo=place, locale=locale)
    clock_there = dates.format_time(value, "short", tzinfo=place, locale=locale)
    name = dates.get_timezone_location(place, locale=locale, return_city=True)
    return f"{day}, {clock_there} ({name})"


@pass_context
def format_ago(context: Context, value: datetime) -> str:
    """Show how long ago a moment was: `5 минут назад`."""
    return dates.format_timedelta(value - clock.now(), add_direction=True, locale=context["locale"])


@pass_context
def format_duration(context: Context, value: timedelta | float, length: Literal["long", "short", "narrow"] = "short") -> str:  # fmt: skip
    """Show how long something took, given as such or in seconds, in at most two units: `2 ч 5 мин`."""
    minutes, seconds = divmod(
        int(value.total_seconds() if isinstance(value, timedelta) else value), 60
    )
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [("day", days), ("hour", hours), ("minute", minutes), ("second", seconds)]
    first = next((n for n, (_, amount) in enumerate(parts) if amount), len(parts) - 1)
    return " ".join(
        units.format_unit(amount, f"duration-{unit}", length=length, locale=context["locale"])
        for unit, amount in parts[first : first + 2]
        if amount or (unit == "second" and first == len(parts) - 1)
    )


@pass_context
def format_number(context: Context, value: float | Decimal, digits: int | None = None) -> str:
    """Show a number with the language's separators, rounded to `digits` when given."""
    pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return numbers.format_decimal(value, format=pattern, locale=context["locale"])


@pass_context
def format_percent(context: Context, value: float) -> str:
    """Show a share 0..1 as percent."""
    return numbers.format_percent(value, locale=context["locale"])


@pass_context
def format_money(context: Context, micro: int, currency: str = "USD") -> str:
    """Show micro-units as money; amounts under a cent keep the digits that tell them from nothing."""
    amount = Decimal(micro) / MICRO
    small = amount != 0 and abs(amount) < Decimal("0.01")
    shown = numbers.format_currency(
        amount, currency, locale=context["locale"], currency_digits=not small
    )
    if small:
        shown = numbers.format_currency(
            amount, currency, "¤#,##0.00####" if context["locale"] == "en" else "#,##0.00#### ¤",
            locale=context["locale"], currency_digits=False,
        )  # fmt: skip
    return _AFTER_CODE.sub("\N{NO-BREAK SPACE}", shown)


@pass_context
def format_size(context: Context, value: int) -> str:
    """Show a number of bytes: `1,4 МБ`."""
    return phrases.size(value, as_locale(context["locale"]))


def initials(name: str) -> str:
    """Return one or two letters that stand for a name."""
    words = [word for word in name.replace("@", " ").split() if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


FILTERS: Mapping[str, Callable[..., str]] = {
    "date": format_date,
    "datetime": format_datetime,
    "zoned": format_zoned,
    "ago": format_ago,
    "duration": format_duration,
    "number": format_number,
    "percent": format_percent,
    "money": format_money,
    "size": format_size,
    "device": device_name,
    "initials": initials,
}
