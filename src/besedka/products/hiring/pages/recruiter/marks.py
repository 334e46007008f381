"""Marking the words that count in what a candidate wrote."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `marked`: it is evidence."""

    text: str
    marked: bool


def pieces(words: str, quotes: Sequence[str]) -> list[Piece]:
    """Return a text in pieces, the quotes that stand in it marked; those that overlap are one."""
    spans = sorted((words.index(each), words.index(each) + len(each)) for each in quotes if each and each in words)  # fmt: skip
    found: list[Piece] = []
    at = 0
    for begin, end in _joined(spans):
        found += [Piece(words[at:begin], marked=False), Piece(words[begin:end], marked=True)]
        at = end
    found.append(Piece(words[at:], marked=False))
    return [each for each in found if each.text]


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
