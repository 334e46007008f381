"""Whether a visitor wants a person rather than an answer: said plainly, by a keyword, or by asking again."""

import re
from collections.abc import Sequence

from besedka.kernel.answers.service.smalltalk import small_talk
from besedka.kernel.answers.types import HandoffReason, Mode, Question

_PLAIN = re.compile(
    r"\b(?:(?:позов|соедин|переключ|переведи|дай|хочу|можно|нужен|нужна)\w*\s+(?:\w+\s+){0,3}"
    r"(?:оператор|человек|менеджер|сотрудник|специалист)\w*"
    r"|(?:живой|живого|живым)\s+(?:человек|оператор|сотрудник)\w*"
    r"|(?:talk|speak|connect|transfer|get|want|need|call)\s+(?:\w+\s+){0,4}(?:human|person|operator|agent|someone|representative)\b"
    r"|(?:real|live)\s+(?:human|person|agent|operator)\b)",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"^\W*(?:оператор|человек|менеджер|human|operator|agent|person)\W*$", re.IGNORECASE
)
_WORD = re.compile(r"\w+")


def wish_for_person(question: Question, keywords: Sequence[str]) -> HandoffReason | None:
    """Return why a person should answer, or None."""
    if _is_plain(question.text):
        return HandoffReason.ASKED
    folded = question.text.casefold()
    if any(keyword and keyword.casefold() in folded for keyword in keywords):
        return HandoffReason.KEYWORD
    return HandoffReason.REPEATED if _repeats(question) else None


def _is_plain(text: str) -> bool:
    """Whether a text asks for a person; "are you a real person?" does not."""
    return bool(_PLAIN.search(text) or _ALONE.match(text)) and small_talk(text) is None


def _repeats(question: Question) -> bool:
    """The same words as the question before, although that one was answered."""
    earlier = [turn.text for turn in question.history if not turn.by_assistant]
    answered = [turn.mode for turn in question.history if turn.by_assistant and turn.mode]
    if not earlier or not answered or answered[-1] not in {Mode.EXTRACTIVE, Mode.MODEL}:
        return False
    words = _words(question.text)
    return bool(words) and words == _words(earlier[-1])


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("ё", "е"))
