"""The language of a question."""

import re
from collections.abc import Sequence

from besedka.core.i18n import Locale
from besedka.kernel.answers.service.smalltalk import small_talk
from besedka.kernel.answers.types import Turn

_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def language_of(question: str, fallback: Locale) -> Locale:
    """Return the language that most letters of the question are of, else the fallback."""
    russian, english = len(_CYRILLIC.findall(question)), len(_LATIN.findall(question))
    if russian == english:
        return fallback
    return "ru" if russian > english else "en"


def language_in(question: str, history: Sequence[Turn], *, fallback: Locale) -> Locale:
    """Return the language of a question in a dialog.

    One that mixes alphabets ("а Samsung Galaxy?") is in the language of what the visitor wrote before, and so is a
    single Latin word in a Russian dialog: the name of a thing rather than English.
    """
    earlier = next((turn.text for turn in reversed(history) if not turn.by_assistant), "")
    before = language_of(earlier, fallback)
    is_russian, is_english = bool(_CYRILLIC.search(question)), bool(_LATIN.search(question))
    is_single = len(_WORD.findall(question)) == 1 and small_talk(question) is None
    is_name = is_single and is_english and bool(_CYRILLIC.search(earlier))
    return before if (is_russian and is_english) or is_name else language_of(question, before)
