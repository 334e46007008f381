"""Reading a message without a model: what people say of themselves in plain Russian or English, by patterns.

It finds what is said outright ("I love …", "мне важно …") and nothing between the lines. Negations and questions say
nothing about a person here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from besedka.products.profile.types import LONGEST_NAME, Draft, Kind

MOST: Final = 20
PLAIN, STRONG, FAINT = 0.6, 0.8, 0.4
_MOST_WORDS: Final = 14
_LISTED_WORDS: Final = 4

_SENTENCE = re.compile(r"[^.!?…;\n]+[.!?…;]*")
_VERY = re.compile(
    r"\b(?:очень|обожаю|больше всего|превыше всего|важнее всего|главное|отлично|свободно|твёрдо|твердо|действительно|really|love"
    r"|adore|most|deeply|strongly|fluent|fluently|expert|firmly|above all)\b",
    re.IGNORECASE,
)
_HARDLY = re.compile(
    r"\b(?:немного|иногда|чуть|возможно|может быть|наверное|пожалуй|a bit|a little|sometimes|maybe|perhaps|somewhat|might)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\b(?:не|нет|никогда|ни|not|never|no longer|hardly)\b|n['’]t\b", re.IGNORECASE
)  # fmt: skip
_END = re.compile(
    r"\s+[—–-]\s+|[,:]?\s+(?:но|хотя|потому что|так как|поэтому|because|but|although|since|so that)\b"
    r"|,\s*(?:а|котор\w+|что|чтобы|если|когда|which|who|if|when|so)\b|,?\s+(?:и|and)\s+(?:я|мне|i|my)\b.*|[\"«»“”()]",
    re.IGNORECASE,
)  # fmt: skip
_BETWEEN = re.compile(r"\s*,\s*(?:и|and)?\s*|\s+(?:и|and)\s+", re.IGNORECASE)
_MY_ADVERB = r"(?:(?:очень|сам|сама|просто|тоже|всегда|иногда|немного|хорошо|отлично|неплохо|свободно|твёрдо|твердо|искренне|давно|теперь|скоро|больше всего|особенно|действительно)\s+)*"
_ADVERB = r"(?:(?:really|also|always|sometimes|deeply|strongly|firmly|truly|just|still|now)\s+)*"


@dataclass(frozen=True, slots=True)
class _Pattern:
    kind: Kind
    spoken: re.Pattern[str]
    is_list: bool = False


def _says(kind: Kind, words: str, *, is_list: bool = False) -> _Pattern:
    return _Pattern(kind, re.compile(rf"(?<!\w)(?:{words})\s+(?P<what>.+)", re.IGNORECASE), is_list)


_PATTERNS: Final = (
    # Russian.
    _says(Kind.VALUES, rf"(?:для меня|мне)\s+{_MY_ADVERB}важн[аоы]?(?:\s+всего)?|(?:я\s+)?{_MY_ADVERB}ценю|(?:самое\s+)?главное для меня\s*[—–-]", is_list=True),
    _says(Kind.BELIEFS, rf"я\s+{_MY_ADVERB}(?:верю|считаю|убежд[её]на?|уверена?|думаю),?\s+что|по-моему,|я\s+{_MY_ADVERB}верю в"),
    _says(Kind.INTERESTS, rf"(?:я\s+)?{_MY_ADVERB}(?:увлекаюсь|интересуюсь|люблю|обожаю)|мне\s+{_MY_ADVERB}(?:нравится|нравятся|интересн[аоы])|мо[её] хобби\s*[—–-]", is_list=True),
    _says(Kind.SKILLS, rf"(?:я\s+)?{_MY_ADVERB}(?:умею|владею)|я\s+{_MY_ADVERB}(?:программирую на|пишу на|разбираюсь в|говорю на)|у меня (?:есть |большой )?опыт(?: работы)?", is_list=True),
    _says(Kind.DESIRES, rf"(?:я\s+)?{_MY_ADVERB}(?:хочу|хотела? бы|мечтаю(?:\s+о)?)|мне\s+{_MY_ADVERB}(?:хочется|хотелось бы)|моя мечта\s*[—–-]"),
    _says(Kind.INTENTIONS, rf"(?:я\s+)?{_MY_ADVERB}(?:планирую|собираюсь|намерена?|решила?)|моя цель\s*[—–-]|мой план\s*[—–-]"),
    # English.
    _says(Kind.VALUES, rf"i\s+{_ADVERB}(?:value|care about)|what matters (?:most )?to me is|it(?:['’]s| is) (?:very |really )?important (?:to|for) me (?:that|to)", is_list=True),
    _says(Kind.BELIEFS, rf"i\s+{_ADVERB}(?:believe(?: that| in)?|think that)|i(?:['’]m| am) {_ADVERB}(?:convinced|sure) that|in my opinion,?"),
    _says(Kind.INTERESTS, rf"i\s+{_ADVERB}(?:love|like|enjoy|adore)(?!\s+to\s+have)|i(?:['’]m| am) {_ADVERB}(?:interested in|into|fond of|keen on)|my (?:hobby|hobbies) (?:is|are)", is_list=True),
    _says(Kind.SKILLS, rf"i(?:['’]m| am) {_ADVERB}(?:good at|fluent in|skilled in|experienced in|an expert in)|i know how to|i can speak|i speak|i have experience (?:in|with)|i (?:program|code|write) in", is_list=True),
    _says(Kind.DESIRES, rf"i\s+{_ADVERB}(?:want|wish|dream of|hope)(?:\s+to)?|i(?:['’]d| would) (?:really )?(?:like|love)(?:\s+to)?|my dream is(?:\s+to)?"),
    _says(Kind.INTENTIONS, rf"i(?:['’]m| am) {_ADVERB}(?:going|planning|about) to|i\s+{_ADVERB}(?:plan|intend|decided|have decided) to|my (?:goal|plan) is(?:\s+to)?"),
)  # fmt: skip


def read(message: str) -> tuple[Draft, ...]:
    """Return what a message says outright of whoever wrote it, each with the sentence that says it."""
    found: dict[tuple[Kind, str], Draft] = {}
    for said in _SENTENCE.findall(message):
        sentence = said.strip()
        if sentence.endswith("?"):
            continue
        for draft in _read_sentence(sentence):
            found.setdefault((draft.kind, draft.name.lower()), draft)
    return tuple(found.values())[:MOST]


def _read_sentence(sentence: str) -> Iterator[Draft]:
    for pattern in _PATTERNS:
        match = pattern.spoken.search(sentence)
        if match is None:
            continue
        lead = sentence[: match.start("what")]
        what = _END.split(match["what"], maxsplit=1)[0]
        clause = lead.rpartition(",")[2] if lead.count(",") else lead
        if _NO.search(clause[-60:]) or _NO.match(what):
            continue
        weight = _weigh(f"{lead} {what}")
        for name in _names(what, is_list=pattern.is_list):
            yield Draft(pattern.kind, name, weight, sentence)


def _weigh(words: str) -> float:
    if _HARDLY.search(words):
        return FAINT
    return STRONG if _VERY.search(words) else PLAIN


def _names(what: str, *, is_list: bool) -> Iterator[str]:
    whole = what.strip(" \t.,!?…;:—–-")
    parts = _BETWEEN.split(whole) if is_list else [whole]
    if any(len(each.split()) > _LISTED_WORDS for each in parts):
        parts = [whole]
    for each in parts:
        name = each.strip(" .,!…;:")
        if name and len(name.split()) <= _MOST_WORDS and len(name) <= LONGEST_NAME:
            yield name
