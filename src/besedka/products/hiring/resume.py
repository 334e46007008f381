"""What a résumé says of its owner: proposed, for them to confirm."""

import re
from typing import Final

from besedka.products.hiring import places
from besedka.products.hiring.types import LONGEST_RESUME, Person

_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE: Final = re.compile(r"\+?\d[\d\s()-]{8,20}\d")
_NAME: Final = re.compile(
    r"[A-ZА-ЯЁ][a-zа-яё'-]+(?: [A-ZА-ЯЁ][a-zа-яё'-]+){1,3}|[A-ZА-ЯЁ'-]{2,20}(?: [A-ZА-ЯЁ'-]{2,20}){1,3}"
)
_NO_NAME: Final = frozenset({"резюме", "resume", "résumé", "curriculum", "vitae", "cv", "контакты", "contacts", "россия", "russia"})  # fmt: skip
_HEAD_LINES: Final = 12
"""Where a name and a city stand; further below are those of employers."""
_DIGITS: Final = range(10, 16)


def propose(words: str) -> Person:
    """Return what a résumé's text says; "" for what it does not."""
    head = [line.strip(" #*•\t") for line in words.splitlines() if line.strip()][:_HEAD_LINES]
    found = _EMAIL.search(words)
    named, name = next(((line, name) for line in head if (name := _name_in(line))), ("", ""))
    cities = places.cities_in("\n".join(line for line in head if line != named))
    return Person(
        full_name=name,
        email=found.group().rstrip(".") if found else "",
        phone=_phone_in(words),
        city=cities[0] if cities else "",
        resume_text=words[:LONGEST_RESUME],
    )


def _name_in(line: str) -> str:
    """Return a line, or its part after a colon, that is a name and nothing else: Vladimir and Ivanov are people here."""
    said = " ".join(line.rpartition(":")[2].split())
    if (
        not _NAME.fullmatch(said)
        or _NO_NAME & set(said.lower().split())
        or places.has_long_name(said)
    ):
        return ""
    return said.title() if said.isupper() else said


def _phone_in(words: str) -> str:
    for found in _PHONE.finditer(words):
        number = " ".join(found.group().split())
        if sum(letter.isdigit() for letter in number) in _DIGITS:
            return number
    return ""
