"""Who wrote something, as it shows in their words: taken out before a model reads them, or put in another's place.

Names are found with their Russian endings. What only grammar tells (the gender of a Russian verb) stays when words are hidden:
a model is told that it does not matter, and the name-swap test checks that it did not.
"""

import re
from collections.abc import Mapping
from typing import Final

from besedka.products.hiring.types import Person

HIDDEN: Final = "[…]"
_SHORTEST_NAME: Final = 3
_SHORTEST_STEM: Final = 3
_ENDING: Final = "аеёиоуыэюяйь"
_ENDINGS: Final = r"(?:[а-яё]{0,3}|a|'?s)"
_SHORT_ENDINGS: Final = "(?:а|я|е|у|ю|ы|и|ой|ей|ою|ею)"

_ADDRESS: Final = re.compile(
    r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b|\bhttps?://\S+|\b(?:www\.|t\.me/|vk\.com/|linkedin\.com/|github\.com/)\S+|(?<!\w)@\w{3,}",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?<![\w+])(?:\+\d|8[\s(-]*9)(?:[\s()-]*\d){8,12}(?!\w)")
_AGE: Final = re.compile(
    r"\b(?:мне|возраст\w*|age|aged|i am|i'm)\s*:?\s*\d{2}\b(?:\s*(?:лет|год\w*|years?(?:\s+old)?))?"
    r"|\b(?:мужчин\w*|женщин\w*|девушк\w*|парень|парня|male|female|man|woman)\W{1,3}\d{2}\s*(?:лет|год\w*|years?(?:\s+old)?|y\.?o\.?)?"
    r"|\b\d{2}\s*(?:years?[- ]old|лет от роду)\b|\b\d{2}-летн\w+|\b(?:19|20)\d\d\s*(?:г\.?\s*р\.?|года?\s+рождения)(?!\w)"
    r"|\b(?:родил\w+|born|дата рождения|date of birth|год рождения)\b[^.\n]{0,40}",
    re.IGNORECASE,
)
_GENDER: Final = re.compile(
    r"\b(?:мужчин\w*|женщин\w*|девушк\w*|парень|парня|мужской|женский|пол\s*:|замужем|женат\w*|жен[аыеу]|женой|муж(?:а|у|ем)?"
    r"|супруг\w*|декрет\w*|беременн\w*|male|female|man|woman|mr|mrs|ms|he|she|him|her|his|hers|husband|wife|pregnan\w*"
    r"|maternity|paternity)\b",
    re.IGNORECASE,
)
_PAIRS: Final[Mapping[str, str]] = {
    "мужчина": "женщина", "мужской": "женский", "парень": "девушка", "женат": "замужем", "жена": "муж",
    "male": "female", "man": "woman", "he": "she", "him": "her", "his": "hers", "mr": "ms", "husband": "wife",
}  # fmt: skip
_OTHER_SEX: Final[Mapping[str, str]] = {**_PAIRS, **{second: first for first, second in _PAIRS.items()}}  # fmt: skip
_SEX: Final = re.compile(rf"\b(?:{'|'.join(_OTHER_SEX)})\b", re.IGNORECASE)
_DID: Final = re.compile(r"(?<=\bя )(\w{2,}[аеиоуыя]л)(а?)(с[ья])?\b", re.IGNORECASE)


def hide(words: str, person: Person) -> str:
    """Return words without what tells who wrote them: name, addresses, age, gender, family."""
    hidden = words
    for known in (person.email, person.phone):
        hidden = re.sub(re.escape(known), HIDDEN, hidden, flags=re.IGNORECASE) if known else hidden
    hidden = _PHONE.sub(HIDDEN, _ADDRESS.sub(HIDDEN, hidden))
    for name in person.full_name.split():
        hidden = _forms(name).sub(HIDDEN, hidden) if len(name) >= _SHORTEST_NAME else hidden
    return _GENDER.sub(HIDDEN, _AGE.sub(HIDDEN, hidden))


def swap(words: str, person: Person, other: Person, *, is_same_sex: bool) -> str:
    """Return words as another person would have written them: the names, and the words that tell the sex."""
    names, others = person.full_name.split(), other.full_name.split()
    swapped = words
    for name, instead in zip(names, others, strict=False):
        swapped = _forms(name).sub(instead, swapped)
    if is_same_sex:
        return swapped
    swapped = _SEX.sub(lambda found: _OTHER_SEX[found.group().lower()], swapped)
    return _DID.sub(_did_otherwise, swapped)


def _did_otherwise(found: re.Match[str]) -> str:
    verb, ending, reflexive = found.group(1), found.group(2), found.group(3)
    if ending:
        return verb + ("ся" if reflexive else "")
    return f"{verb}а" + ("сь" if reflexive else "")


def _forms(name: str) -> re.Pattern[str]:
    """Match a name in any case: «Анна» is also found in «Анне» and «Анной»."""
    stem = name.rstrip(_ENDING)
    if len(stem) >= _SHORTEST_STEM:
        return re.compile(rf"\b{re.escape(stem)}{_ENDINGS}\b", re.IGNORECASE)
    ends = _SHORT_ENDINGS if stem and stem != name else ""
    return re.compile(rf"\b(?:{re.escape(name)}|{re.escape(stem or name)}{ends})\b", re.IGNORECASE)
