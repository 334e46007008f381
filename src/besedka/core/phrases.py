"""Numbers inside sentences: the word forms that go with them, sizes, and how long to wait.

A text of the catalogue asks for these after a colon: `{n:one=знак|few=знака|other=знаков}`, `{limit:size}`,
`{retry_after:later}`.
"""

import math
from datetime import timedelta
from typing import Final

from babel import Locale, dates, numbers

_UNITS: Final = {"ru": ("Б", "КБ", "МБ", "ГБ"), "en": ("B", "KB", "MB", "GB")}
_SECONDS_UP_TO: Final = 90


class Number(int):
    """A whole number that a sentence may show in one of the ways above, besides the ordinary ones."""

    locale: str

    @classmethod
    def of(cls, value: int, locale: str) -> "Number":
        """Return a number as sentences of a locale show it."""
        made = cls(value)
        made.locale = locale
        return made

    def __format__(self, spec: str) -> str:
        if "other=" in spec:
            return word_form(self, spec, locale=self.locale)
        if spec == "size":
            return size(self, self.locale)
        if spec == "later":
            return later(self, self.locale)
        return super().__format__(spec)


def word_form(count: int, forms: str, *, locale: str) -> str:
    """Return the form that goes with a count, by the plural rules of CLDR: `one=знак|few=знака|other=знаков`."""
    known = dict(form.split("=", 1) for form in forms.split("|"))
    return known.get(Locale(locale).plural_form(count), known["other"])


def size(count: int, locale: str) -> str:
    """Return a number of bytes as people write it: `1,4 МБ`."""
    units, amount, place = _UNITS[locale], float(count), 0
    while amount >= 1024 and place < len(units) - 1:
        amount, place = amount / 1024, place + 1
    rounded = round(amount, 0 if amount >= 10 or place == 0 else 1)
    return f"{numbers.format_decimal(rounded, locale=locale)}\u00a0{units[place]}"


def later(seconds: int, locale: str) -> str:
    """Return when to come back: `через 30 секунд`, or in whole minutes when it takes longer."""
    if seconds > _SECONDS_UP_TO:
        seconds = math.ceil(seconds / 60) * 60
    return dates.format_timedelta(
        timedelta(seconds=seconds), threshold=1.5, add_direction=True, locale=locale
    )
