"""Rules that find facts in an answer without a model: months of experience, yes and no, numbers, options, skills."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

YEAR: Final = 12
MOST_MONTHS: Final = 60 * YEAR

_NUMBERS: Final = {
    "один": 1, "одного": 1, "одна": 1, "два": 2, "две": 2, "двух": 2, "три": 3, "трех": 3, "четыре": 4, "четырех": 4,
    "пять": 5, "пяти": 5, "шесть": 6, "шести": 6, "семь": 7, "семи": 7, "восемь": 8, "восьми": 8, "девять": 9,
    "девяти": 9, "десять": 10, "десяти": 10, "пятнадцать": 15, "двадцать": 20,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "fifteen": 15, "twenty": 20, "a": 1, "an": 1,
}  # fmt: skip
_NUMBER: Final = (
    rf"(?P<number>\d{{1,3}}(?:[.,]\d{{1,2}})?|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
)
_YEARS: Final = r"(?:years?|yrs?|лет|год(?:а|у|ов|ами)?|г\.)"
_MONTHS: Final = r"(?:months?|mos?|месяц(?:а|ев|ами)?|мес\.?)"
_PERIOD: Final = re.compile(
    rf"(?<![\w.,]){_NUMBER}\s*(?:\+|plus|с\s+лишним)?\s*[-–]?\s*(?P<half>and a half|с половиной)?\s*"
    rf"(?:(?P<years>{_YEARS})|(?P<months>{_MONTHS}))(?!\w)",
    re.IGNORECASE,
)
_RANGE: Final = re.compile(
    r"(\d{1,2})\s*(?:-|–|—|до|to)\s*(?=\d{1,2}\s*(?:\+\s*)?[a-zа-я])", re.IGNORECASE
)
_WORDED: Final = (
    (re.compile(r"\bполтора\s+года\b|\bgod and a half\b", re.IGNORECASE), 18),
    (re.compile(r"\bполгода\b|\bhalf a year\b|\bпол\s+года\b", re.IGNORECASE), 6),
    (re.compile(r"\bгод\s+с\s+половиной\b|\b(?:a )?year and a half\b", re.IGNORECASE), 18),
)  # fmt: skip
_LONE_YEAR: Final = re.compile(
    r"^\W*(?:около\s+|почти\s+|about\s+|almost\s+)?(?:год|a year)\b", re.IGNORECASE
)
_NONE: Final = re.compile(
    r"\b(?:без\s+опыта|нет\s+опыта|опыта\s+(?:работы\s+)?нет|нет\s+никакого\s+опыта|no\s+(?:work\s+)?experience|without\s+experience)\b",
    re.IGNORECASE,
)
_AGE: Final = re.compile(
    r"(?:мне|возраст\w*|aged?|i\s*am|i'm)\s*:?\s*(?:\d{1,2})\s*(?:years?\s*old|лет|год(?:а)?)?(?!\s*(?:of\b|years?\s+of|опыт))"
    r"|\d{1,2}\s*[- ]?\s*years?[- ]old|\d{1,2}-летн\w+",
    re.IGNORECASE,
)
_SPAN: Final = re.compile(
    r"(?:с|from|since)\s+(?P<since>(?:19|20)\d\d)(?:\s*(?:г\.|года?))?(?:\s*(?:по|до|-|–|to|till|until)\s*(?P<until>(?:19|20)\d\d))?"
    r"|(?P<first>(?:19|20)\d\d)\s*(?:-|–|—)\s*(?P<last>(?:19|20)\d\d)",
    re.IGNORECASE,
)
_YES: Final = re.compile(
    r"^\W*(?:да|ага|конечно|готов\w*|могу|хочу|согласен|согласна|безусловно|разумеется|yes|yep|yeah|sure|of course|ready|i can|i am|definitely|absolutely)\b",
    re.IGNORECASE,
)
_NO: Final = re.compile(
    r"^\W*(?:нет|не\s|no\b|nope|not\b|never|i can't|i cannot|i can not|не\sготов|не\sмогу)",
    re.IGNORECASE,
)


def months_in(text: str, *, year: int) -> tuple[int, str] | None:
    """Return the months of experience that a text tells of, with the words that do; None when it tells of none.

    Years and months that stand together add up; of several periods the longest counts, for they overlap more often than
    not. `year` is the present one, for "since 2019". An age is no experience.
    """
    plain = text.replace("ё", "е").replace("Ё", "Е")
    plain = _AGE.sub(lambda found: " " * len(found.group()), plain)
    plain = _RANGE.sub(lambda found: " " * len(found.group()), plain)
    found = [*_periods(plain), *_spans(plain, year), *_worded(plain)]
    usable = [each for each in found if 0 <= each[0] <= MOST_MONTHS]
    if not usable:
        return _nothing(text, plain)
    months, start, end = max(usable, key=lambda each: (each[0], -each[1]))
    return months, text[start:end].strip()


def _nothing(text: str, plain: str) -> tuple[int, str] | None:
    none = _NONE.search(plain)
    return (0, text[none.start() : none.end()]) if none else None


def _periods(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield months with their place; "2 years and 3 months" is one period."""
    before: tuple[int, int, int] | None = None
    for found in _PERIOD.finditer(text):
        value = _value(found["number"]) + (0.5 if found["half"] else 0)
        months = round(value * YEAR) if found["years"] else round(value)
        joins = (
            before
            and found["months"]
            and re.fullmatch(r"[\s,]*(?:и|and)?[\s,]*", text[before[2] : found.start()])
        )
        if before and joins:
            before = (before[0] + months, before[1], found.end())
        else:
            if before:
                yield before
            before = (months, found.start(), found.end())
    if before:
        yield before


def _value(word: str) -> float:
    return float(_NUMBERS.get(word.lower()) or word.replace(",", "."))


def _spans(text: str, year: int) -> Iterator[tuple[int, int, int]]:
    for found in _SPAN.finditer(text):
        begun = int(found["since"] or found["first"])
        ended = int(found["until"] or found["last"] or year)
        if begun <= ended <= year:
            yield (ended - begun) * YEAR, found.start(), found.end()


def _worded(text: str) -> Iterator[tuple[int, int, int]]:
    for words, months in _WORDED:
        for found in words.finditer(text):
            yield months, found.start(), found.end()
    lone = _LONE_YEAR.search(text)
    if lone:
        yield YEAR, lone.start(), lone.end()


def yes_or_no(text: str) -> bool | None:
    """Whether an answer says yes or no; None when it says neither at its beginning."""
    if _NO.search(text):
        return False
    return True if _YES.search(text) else None


def number_in(text: str) -> float | None:
    """Return the only number of an answer, None without one or with several. Thousands may be set apart."""
    found = re.findall(r"\d+(?:[\s\u00a0]\d{3})*(?:[.,]\d+)?", text)
    if len(found) != 1:
        return None
    return float(re.sub(r"[\s\u00a0]", "", found[0]).replace(",", "."))


def option_in(text: str, options: Sequence[str]) -> str | None:
    """Return the option that an answer names: by its words, or by its number; None when it is none or several."""
    plain = _plain(text)
    if plain.isdigit() and 1 <= int(plain) <= len(options):
        return options[int(plain) - 1]
    exact = [option for option in options if _plain(option) == plain]
    named = exact or [option for option in options if _has_words(plain, _plain(option))]
    longest = [
        one
        for one in named
        if not any(one != other and _plain(one) in _plain(other) for other in named)
    ]
    return longest[0] if len(longest) == 1 else None


def _plain(text: str) -> str:
    return re.sub(r"[^\w+#]+", " ", text.lower().replace("ё", "е")).strip()


def _has_words(text: str, words: str) -> bool:
    return bool(words) and re.search(rf"(?<![\w+#]){re.escape(words)}(?![\w+#])", text) is not None


ALIASES: Final[Sequence[frozenset[str]]] = tuple(
    frozenset(line.split("|"))
    for line in (
        "python|питон|пайтон", "javascript|js|джаваскрипт", "typescript|ts", "golang|go|го", "c++|cpp|с++", "c#|csharp|с#",
        "postgresql|postgres|постгрес|psql", "kubernetes|k8s|кубернетес", "docker|докер", "react|reactjs|react.js|реакт",
        "vue|vuejs|vue.js", "node|nodejs|node.js", "java|джава", "kotlin|котлин", "php|пхп", "1c|1с", "excel|эксель",
        "sql|скл", "git|гит", "linux|линукс", "django|джанго", "fastapi|fast api", "machine learning|ml|машинное обучение",
        "english|английский|английского|английским", "sales|продажи|продаж", "photoshop|фотошоп", "figma|фигма",
        "aws|amazon web services", "ci/cd|cicd|ci cd", "rest|rest api", "spring|spring boot",
    )
)  # fmt: skip
"""Names of the same skill."""


def skills_in(text: str, skills: Sequence[str]) -> dict[str, str]:
    """Return which skills a text names, each with the words that do, as they stand there."""
    found = {}
    for skill in skills:
        for name in _names(skill):
            place = re.search(rf"(?<![\w+#]){re.escape(name)}(?![\w+#])", text, re.IGNORECASE)
            if place:
                found[skill] = place.group()
                break
    return found


def _names(skill: str) -> tuple[str, ...]:
    plain = skill.strip().lower()
    others = [
        name for group in ALIASES if plain in group for name in sorted(group) if name != plain
    ]
    return (plain, *others)
