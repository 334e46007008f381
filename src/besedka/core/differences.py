"""Differences of two texts, word by word. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

MOST_WORDS = 6_000
"""Longer texts are compared line by line: the time grows with the square."""
FEWEST_KEPT = 0.3

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


def _is_alike(matcher: SequenceMatcher[str], old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether enough words were kept for the eye to follow; texts that share a few are shown one after the other."""
    kept = sum(
        not word.isspace()
        for block in matcher.get_matching_blocks()
        for word in old[block.a : block.a + block.size]
    )
    words = min(sum(not word.isspace() for word in each) for each in (old, new))
    return kept >= words * FEWEST_KEPT


def _parts(old: list[str], new: list[str]) -> Iterator[Part]:
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    if not _is_alike(matcher, old, new):
        yield from (Part("removed", "".join(old)), Part("added", "".join(new)))
        return
    for kind, start, stop, begin, end in matcher.get_opcodes():
        if kind == "equal":
            yield Part("same", "".join(old[start:stop]))
            continue
        if stop > start:
            yield Part("removed", "".join(old[start:stop]))
        if end > begin:
            yield Part("added", "".join(new[begin:end]))
