"""Lines of a printed page as paragraphs and headings.

A PDF has no paragraphs: where one ends is seen from gaps, indents, short lines and letter sizes.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from besedka.kernel.knowledge.extraction.types import Block, BlockKind

_HEADING_RATIO = 1.15
_HEADING_CHARS = 150
_HEADING_LEVELS = 3
_HEADING_SHARE = 0.25
_PROSE_CHARS = 45
_HYPHENS = ("-", "\u2010", "\u00ad", "\x02", "\ufffe")
_HIDDEN_HYPHENS = ("\u00ad", "\x02", "\ufffe")
_ITEM = re.compile(r"(?:[•●▪◦‣·–—*-]|\(?\d{1,3}(?:\.\d{1,3})*[.)]|\(?[a-zа-я][.)])\s")
_SENTENCE_END = re.compile(r"[.!?…:;][\"»”')\]]*$")
_HAS_WORD = re.compile(r"[^\W\d_]{2}")
_DIGITS = re.compile(r"\d+")
_REPEATED_SHARE = 0.6
_REPEATED_PAGES = 4
_REPEATED_LINES = 8
_PAGE_NUMBER_CHARS = 20


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; the measures are in points, `bottom` counts upwards."""

    text: str
    left: float
    right: float
    bottom: float
    size: float


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page, in reading order."""

    number: int
    lines: Sequence[Line]


def blocks_of_pages(pages: Sequence[Page]) -> list[Block]:
    """Return the blocks of a printed document."""
    pages = without_running_titles(pages)
    levels = _heading_levels(line for page in pages for line in page.lines)
    return [block for page in pages for block in _blocks_of_page(page, levels)]


def without_running_titles(pages: Sequence[Page]) -> list[Page]:
    """Leave the lines that stand at the top or bottom of most pages on the first of them only.

    Only page numbers may differ; a page of few lines is left alone, since these may be its content.
    """
    if len(pages) < _REPEATED_PAGES:
        return list(pages)
    edges = Counter(key for page in pages for key in {_key(line) for line in _edges(page)})
    running = {key for key, count in edges.items() if count >= _REPEATED_SHARE * len(pages)}
    seen: set[str] = set()
    return [_without(page, running=running, seen=seen) for page in pages]


def _edges(page: Page) -> list[Line]:
    return [*page.lines[:2], *page.lines[-2:]] if len(page.lines) >= _REPEATED_LINES else []


def _key(line: Line) -> str:
    text = line.text.strip()
    return _DIGITS.sub("#", text) if len(text) <= _PAGE_NUMBER_CHARS else text


def _without(page: Page, *, running: set[str], seen: set[str]) -> Page:
    edges = {id(line) for line in _edges(page)}
    kept = []
    for line in page.lines:
        key = _key(line)
        if id(line) in edges and key in running:
            if key in seen:
                continue
            seen.add(key)
        kept.append(line)
    return Page(page.number, kept)


def _heading_levels(lines: Iterable[Line]) -> dict[float, int]:
    """Return the level of every letter size that is clearly larger than the body's."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    if not sizes:
        return {}
    body = sizes.most_common(1)[0][0]
    larger = sorted((size for size in sizes if size >= _HEADING_RATIO * body), reverse=True)
    levels: dict[float, int] = {}
    left = _HEADING_SHARE * sizes.total()
    for size in larger:
        left -= sizes[size]
        if left < 0:
            break
        levels[size] = min(len(levels) + 1, _HEADING_LEVELS)
    return levels


def _blocks_of_page(page: Page, levels: dict[float, int]) -> Iterator[Block]:
    for group in _groups(page.lines):
        text = _joined(group)
        level = levels.get(group[0].size, 0)
        if level and len(text) <= _HEADING_CHARS and _HAS_WORD.search(text):
            yield Block(BlockKind.HEADING, " ".join(text.split()), level, page.number)
        else:
            yield Block(BlockKind.PARAGRAPH, text, page=page.number)


def _groups(lines: Sequence[Line]) -> Iterator[list[Line]]:
    usual_gap = _usual_gap(lines)
    group: list[Line] = []
    for line in lines:
        if group and _parts(group[-1], line, usual_gap=usual_gap):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _usual_gap(lines: Sequence[Line]) -> float:
    steps = [
        (above.bottom - below.bottom) / above.size
        for above, below in pairwise(lines)
        if above.size == below.size and 0 < above.bottom - below.bottom < 3 * above.size
    ]
    return median(steps) if steps else 1.2


def _parts(above: Line, below: Line, *, usual_gap: float) -> bool:
    """Whether a new paragraph begins between two lines."""
    if abs(above.size - below.size) > 0.1 * above.size:
        return True
    step = (above.bottom - below.bottom) / above.size
    if step > usual_gap + 0.4:
        return True
    if step < -0.5:  # on to the next column: the sentence may go on there
        return _SENTENCE_END.search(above.text) is not None or not below.text[:1].islower()
    return _ITEM.match(below.text) is not None and not _ITEM.match(above.text)


def _joined(group: Sequence[Line]) -> str:
    edge = max(line.right for line in group)
    width = edge - min(line.left for line in group)
    prose = sum(len(line.text) for line in group) > _PROSE_CHARS * len(group)
    text = group[0].text.strip()
    for above, below in pairwise(group):
        full = above.right > edge - 0.15 * width
        following = below.text.strip()
        goes_on = full and (prose or following[:1].islower())
        text = _continued(text, following, goes_on=goes_on)
    return text.rstrip("".join(_HIDDEN_HYPHENS))


def _continued(text: str, following: str, *, goes_on: bool) -> str:
    if text.endswith(_HIDDEN_HYPHENS):
        return text[:-1] + following
    if text.endswith(_HYPHENS) and text[-2:-1].isalpha() and following[:1].islower():
        return text[:-1] + following
    joined = goes_on and not _ITEM.match(following)
    return text + (" " if joined else "\n") + following
