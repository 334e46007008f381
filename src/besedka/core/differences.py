"""Differences of two texts, word by word. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

MOST_WORDS = 6_000
"""Longer texts are compared line by line: the time grows with the square."""

_WORD = re.compile(r"\s+|[^\s]+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of both texts, or of the earlier or the later one alone."""

    kind: Literal["same", "removed", "added"]
    text: str


def differences(before: str, after: str) -> list[Part]:
    """Return the parts of two texts in order: what was kept, removed and added."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) + len(new) > MOST_WORDS:
        old, new = _LINE.findall(before), _LINE.findall(after)
    return list(_parts(old, new))


def _parts(old: list[str], new: list[str]) -> Iterator[Part]:
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, start, stop, begin, end in matcher.get_opcodes():
        if kind == "equal":
            yield Part("same", "".join(old[start:stop]))
            continue
        if stop > start:
            yield Part("removed", "".join(old[start:stop]))
        if end > begin:
            yield Part("added", "".join(new[begin:end]))
