"""Jinja filters that follow the page's language: dates, numbers, money, sizes."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from babel import dates, numbers
from jinja2 import pass_context
from jinja2.runtime import Context

from besedka.core import clock, phrases
from besedka.core.i18n import as_locale
from besedka.web.devices import device_name

MICRO = Decimal(1_000_000)


@pass_context
def format_date(context: Context, value: date | datetime, length: str = "medium") -> str:
    """Show a day: `19 нояб. 2026 г.`."""
    return dates.format_date(value, format=length, locale=context["locale"])


@pass_context
def format_datetime(context: Context, value: datetime, length: str = "medium") -> str:
    """Show a moment in UTC; `<bsd-time>` turns it into the reader's own zone."""
    return dates.format_datetime(value, format=length, locale=context["locale"])


@pass_context
def format_ago(context: Context, value: datetime) -> str:
    """Show how long ago a moment was: `5 минут назад`."""
    return dates.format_timedelta(value - clock.now(), add_direction=True, locale=context["locale"])


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
    if not small:
        return shown
    return numbers.format_currency(
        amount, currency, "¤ #,##0.00####" if context["locale"] == "en" else "#,##0.00#### ¤",
        locale=context["locale"], currency_digits=False,
    )  # fmt: skip


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
    "ago": format_ago,
    "number": format_number,
    "percent": format_percent,
    "money": format_money,
    "size": format_size,
    "device": device_name,
    "initials": initials,
}
