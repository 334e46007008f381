"""Which old encoding some bytes are in, judged by how much the decoded letters look like words.

Russian is in five encodings and every one of them decodes the others' bytes to letters; what tells them
apart is the frequency of the letters and whether small and capital letters follow each other as in words.
"""

import re

_SINGLE = (
    "cp1251",
    "koi8-u",
    "cp866",
    "iso8859-5",
    "mac-cyrillic",
    "cp1252",
    "cp1250",
    "iso8859-2",
)
_SAMPLE_BYTES = 4000
_WORST = -0.2

_FREQUENT = re.compile("[оеаинтсрвлкмдпуяь]")
_FREQUENT_CAPITAL = re.compile("[ОЕАИНТСРВЛКМДПУ]")
_CYRILLIC = re.compile("[а-яёіїєґўА-ЯЁІЇЄҐЎ]")
_FLIP = re.compile("[а-яёіїєґ][А-ЯЁІЇЄҐ]|[A-Za-zÀ-ž][а-яёА-ЯЁ]|[а-яёА-ЯЁ][A-Za-zÀ-ž]")
_ACCENTED_WITHIN = re.compile("(?:(?<=[A-Za-z])[À-ÖØ-öø-ž]|[À-ÖØ-öø-ž](?=[A-Za-z]))")
_ACCENTED_PAIR = re.compile("[À-ÖØ-öø-ž]{2}")
_TYPOGRAPHY = re.compile("[«»“”„‘’–—…№§°©®€\xa0•]")
_ODD = re.compile("[^\x00-\x7fа-яёіїєґўА-ЯЁІЇЄҐЎÀ-ÖØ-öø-ž«»“”„‘’–—…№§°©®€\xa0•]")
_CONTROL = re.compile("[\x80-\x9f\ufffd]")

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
    scored = [(_score(sample.decode(name, "replace")) / beyond, name) for name in _SINGLE]
    best, encoding = max(scored, key=lambda pair: pair[0])
    return encoding if best > _WORST else None


def _sample(data: bytes) -> bytes:
    first = next((place for place, byte in enumerate(data) if byte > 127), 0)
    start = max(0, first - 20)
    return data[start : start + _SAMPLE_BYTES]


def _score(text: str) -> float:
    accents = len(_ACCENTED_WITHIN.findall(text)) - 2 * len(_ACCENTED_PAIR.findall(text))
    return (
        1.0 * len(_FREQUENT.findall(text))
        + 0.7 * len(_FREQUENT_CAPITAL.findall(text))
        + 0.3 * len(_CYRILLIC.findall(text))
        - 2.0 * len(_FLIP.findall(text))
        + 0.9 * accents
        + 0.3 * len(_TYPOGRAPHY.findall(text))
        - 1.0 * len(_ODD.findall(text))
        - 2.0 * len(_CONTROL.findall(text))
    )


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
