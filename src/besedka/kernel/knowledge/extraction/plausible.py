"""Whether the text layer of a PDF says what its pages show.

Fonts without a right map to Unicode, and bad recognition, give letters that make no words: `dh^_dk` for
«кодекс», `СгеаЕ` for "Great". Such text is worse than none, since it would be searched and quoted.
"""

import re

_TOKEN = re.compile(r"\S*[^\W\d_]\S*")
_ADDRESS = re.compile(r"://|@|www\.|\.\w{2,4}/", re.IGNORECASE)
_ODD = re.compile(
    r"[a-zа-яё][A-ZА-ЯЁ](?![^\W\d_])"  # a capital at the end of a word (within one: camelCase)
    r"|[A-Za-z][а-яёА-ЯЁ]|[а-яёА-ЯЁ][A-Za-z]"  # two scripts in one word
    r"|[^\W\d_][\\\]\[^{}|~<>$=][^\W\d_]"  # a sign inside a word
    r"|[{}|$~^][^\W\d_]|[^\W\d_][{}|$~^]"
    r"|[a-zа-яё]\d+[a-zа-яё]"
    r"|[\ue000-\uf8ff\ufffd]"
)
_LATIN = re.compile(r"[a-z]")
_CYRILLIC = re.compile(r"[а-яё]")
_LATIN_FREQUENT = re.compile(r"[etaoins]")
_CYRILLIC_FREQUENT = re.compile(r"[оеаинтс]")

_LOOK_AT_CHARS = 20_000
_FEWEST_TOKENS = 15
_ODD_SHARE = 0.25
_FEWEST_LETTERS = 150
# Every language of the two scripts that we looked at has 45 % or more, a shifted alphabet about 10 %.
_FREQUENT_SHARE = 0.28


def is_garbled(text: str) -> bool:
    """Whether a text does not read as words. Short texts get the benefit of the doubt."""
    sample = text[:_LOOK_AT_CHARS]
    return _has_odd_words(sample) or _has_odd_letters(sample.lower())


def _has_odd_words(text: str) -> bool:
    tokens = [token for token in _TOKEN.findall(text) if not _ADDRESS.search(token)]
    odd = sum(_ODD.search(token) is not None for token in tokens)
    return len(tokens) >= _FEWEST_TOKENS and odd > _ODD_SHARE * len(tokens)


def _has_odd_letters(text: str) -> bool:
    for letters, frequent in ((_LATIN, _LATIN_FREQUENT), (_CYRILLIC, _CYRILLIC_FREQUENT)):
        count = len(letters.findall(text))
        if count >= _FEWEST_LETTERS and count > 0.6 * sum(map(str.isalpha, text)):
            return len(frequent.findall(text)) < _FREQUENT_SHARE * count
    return False
