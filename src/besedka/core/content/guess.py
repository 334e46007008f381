"""Which old encoding some bytes are in, judged by how much the decoded letters look like words.

Russian is in five encodings and every one of them decodes the others' bytes to letters; what tells them
apart is the frequency of the letters and whether small and capital letters follow each other as in words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SAMPLE_BYTES = 4000
_WORST = -0.2
_TYPOGRAPHY = "«»“”„‘’–—…№§°©®€\xa0•"
_TYPOGRAPHIC = re.compile(f"[{_TYPOGRAPHY}]")
_CONTROL = re.compile("[\x80-\x9f\ufffd]")
_ACCENTED = "À-ÖØ-öø-ž"
_ACCENTED_WITHIN = re.compile(f"(?<=[A-Za-z])[{_ACCENTED}]|[{_ACCENTED}](?=[A-Za-z])")
_ACCENTED_PAIR = re.compile(f"[{_ACCENTED}]{{2}}")


@dataclass(frozen=True, slots=True)
class _Script:
    """A script with capitals or without, and the encodings that old texts in it are in.

    `handicap` is per character: Russian is what our users write, so another script has to be convincing.
    """

    encodings: tuple[str, ...]
    small: str
    capital: str
    frequent: str
    handicap: float = 0.25

    def score(self, text: str) -> float:
        """Return how much a decoded text looks like words of the script, about 1 per character if it does."""
        letters = self.small + self.capital
        flips = f"[{self.small}][{self.capital}]|[A-Za-z][{letters}]|[{letters}][A-Za-z]"
        return (
            1.0 * _count(f"[{self.frequent}]", text)
            + 0.7 * _count(f"[{self.frequent.upper()}]", text) * bool(self.capital)
            + (0.3 - self.handicap) * _count(f"[{letters}]", text)
            + 0.3 * len(_TYPOGRAPHIC.findall(text))
            - 2.0 * _count(flips, text) * bool(self.capital)
            - 1.0 * _count(f"[^\x00-\x7f{letters}{_TYPOGRAPHY}]", text)
            - 2.0 * len(_CONTROL.findall(text))
        )


_SCRIPTS = (
    _Script(
        ("cp1251", "koi8-u", "cp866", "iso8859-5", "mac-cyrillic"),
        small="а-яёіїєґў",
        capital="А-ЯЁІЇЄҐЎ",
        frequent="оеаинтсрвлкмдпуяь",
        handicap=0.0,
    ),
    _Script(("cp1253", "iso8859-7"), "ά-ώΐΰ", "Α-ΫΆΈ-Ώ", "αοιετσνηυρςίόάέή"),
    _Script(("cp1255",), "א-ת", "", "ויהלאמתרבש"),
    _Script(("cp1256", "iso8859-6"), "ء-ي", "", "اليمونرتبةعد"),
    _Script(("cp874",), "ก-๎", "", "านรอกเงมยลวดท่"),
)
_LATIN = ("cp1252", "cp1250", "iso8859-2", "cp1254")

# What texts in these encodings cannot do without, as a share of their characters beyond ASCII.
_WIDE = (
    ("shift_jis", re.compile("[ぁ-んァ-ヶ]"), 0.2),
    ("euc_jp", re.compile("[ぁ-んァ-ヶ]"), 0.2),
    ("euc_kr", re.compile("[이다는을의에가고하]"), 0.08),
    ("gb18030", re.compile("[的一是不了人我在有他这中大来上国个到说们]"), 0.04),
    ("big5", re.compile("[的一是不了人我在有他這中大來上國個到說們]"), 0.04),
)


def guess_encoding(data: bytes) -> str | None:
    """Return the most likely encoding of bytes that are not Unicode, or None when none makes words."""
    sample = _sample(data)
    beyond = sum(byte > 127 for byte in sample)
    if not beyond:
        return "ascii"
    wide = _wide_encoding(data)
    if wide:
        return wide
    best, encoding = max(_scored(sample), key=lambda pair: pair[0])
    return encoding if best > _WORST * beyond else None


def _sample(data: bytes) -> bytes:
    first = next((place for place, byte in enumerate(data) if byte > 127), 0)
    start = max(0, first - 20)
    return data[start : start + _SAMPLE_BYTES]


def _scored(sample: bytes) -> Iterator[tuple[float, str]]:
    for script in _SCRIPTS:
        for name in script.encodings:
            yield script.score(sample.decode(name, "replace")), name
    for name in _LATIN:
        yield _latin_score(sample.decode(name, "replace")), name


def _latin_score(text: str) -> float:
    """Letters with accents stand alone among plain ones, in every language that we looked at."""
    return (
        1.0 * len(_ACCENTED_WITHIN.findall(text))
        - 1.0 * len(_ACCENTED_PAIR.findall(text))
        + 0.3 * len(_TYPOGRAPHIC.findall(text))
        - 1.0 * _count(f"[^\x00-\x7f{_ACCENTED}{_TYPOGRAPHY}]", text)
        - 2.0 * len(_CONTROL.findall(text))
    )


def _count(pattern: str, text: str) -> int:
    return len(re.findall(pattern, text))


def _wide_encoding(data: bytes) -> str | None:
    for name, hallmark, share in _WIDE:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        beyond = sum(character > "\x7f" for character in text[:_SAMPLE_BYTES])
        if beyond and len(hallmark.findall(text[:_SAMPLE_BYTES])) >= share * beyond:
            return name
    return None
