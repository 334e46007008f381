"""The language of a question."""

import re

from besedka.core.i18n import Locale

_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)


def language_of(question: str, fallback: Locale) -> Locale:
    """Return the language that most letters of the question are of, else the fallback."""
    russian, english = len(_CYRILLIC.findall(question)), len(_LATIN.findall(question))
    if russian == english:
        return fallback
    return "ru" if russian > english else "en"
