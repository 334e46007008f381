"""Cuts a document's blocks into passages of at most 900 characters, to be searched and quoted.

A passage stays inside one section and knows its headings. Code and tables stay whole where that is
reasonable; a table that has to be cut repeats its heading row; prose is cut between sentences. Pure and
quick: on the way from a file to searchable text it must not be what takes the time.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from besedka.kernel.knowledge.extraction.types import Block, BlockKind

LIMIT = 900
_TINY = 120
_WHOLE_CODE = 3  # times the limit
_WHOLE_ROW = 2
_TITLE_CHARS = 200
_LEAD_IN_CHARS = 200

_GAP = "\n\n"
_CLOSING = "[\"»”’')\\]]*"
_OPENING = '["«“‘(\\[]?'
_SENTENCE = re.compile(rf"[.!?…]{_CLOSING}\s+(?={_OPENING}(?:[—–-]\s)?{_OPENING}[A-ZА-ЯЁІЇЄ0-9])")
_NEW_LINE = re.compile(r"\n\s*(?=[A-ZА-ЯЁІЇЄ0-9•●▪*–—-])")
_WEAKER = tuple(map(re.compile, (r"\n\s*", r"[;:…]\s+", r",\s+|\s+[—–]\s+", r"\s+")))
# Ends in a full stop that ends no sentence: initials, and what Russian and English shorten.
_SHORTENED = re.compile(
    r"(?:\b[A-ZА-ЯЁ]|\b(?:[тд]\.\s?[кнедпч]|тыс|млн|млрд|руб|коп|долл|стр|рис|табл|илл|корп|кв|оф|эт|тел"
    r"|ул|пр|просп|пер|пл|наб|обл|респ|пос|гор|им|ред|сост|изд|гл|ст|ч|п|пп|г|гг|в|вв|н|э|см|ср|др|проч"
    r"|акад|проф|доц|инж|ген|адм|мин|сек|чел|экз|шт|св"
    r"|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Inc|Ltd|Co|Corp|vs|etc|approx|dept|est|fig|vol|ed|eds|No|e\.g|i\.e|cf))$",
    re.IGNORECASE,
)
_SHORTENED_REACH = 8
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_RULE = re.compile(r"[|:\- \t]+")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage. `heading_path` goes from the outermost heading inwards; `ordinal` counts from 0."""

    text: str
    heading_path: tuple[str, ...]
    ordinal: int
    page: int | None


def chunk(blocks: Iterable[Block], *, limit: int = LIMIT) -> list[Chunk]:
    """Return the passages of a document, at most `limit` characters each.

    Longer ones are a single piece of code (up to three times the limit) or a single row of a table
    (up to twice).
    """
    packer = _Packer(limit)
    for block in blocks:
        if block.kind is BlockKind.HEADING and len(block.text) <= _TITLE_CHARS:
            packer.open_section(block)
        elif len(block.text) <= limit:
            packer.add(block.text.strip(), block)
        else:
            for piece in _pieces(block, limit):
                packer.add(piece, block)
    return packer.finish()


class _Packer:
    """Fills passages with neighbouring pieces of a section.

    The passage before the current one is held back: a tiny last one may still take something from it.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._chunks: list[Chunk] = []
        self._headings: list[tuple[int, str]] = []
        self._bare = False
        self._path: tuple[str, ...] = ()
        self._section: tuple[str, ...] = ()
        self._previous: _Draft | None = None
        self._current = _Draft(None)

    def open_section(self, heading: Block) -> None:
        """Begin a section. A heading that nothing belongs to is text of the section around it."""
        title = heading.text.strip()
        if not title:
            return
        level = heading.level or 1
        if self._bare and level <= self._headings[-1][0]:
            self._settle_bare(heading.page)
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, title))
        self._bare = True
        self._path = tuple(words for _, words in self._headings)

    def add(self, piece: str, block: Block) -> None:
        """Add a piece that fits into a passage, or has to have one of its own."""
        if not piece:
            return
        if self._path != self._section:
            self._close_section()
        current = self._current
        size = len(piece)
        if current.pieces and current.size + len(_GAP) + size > self._limit:
            current = self._turn_over(size)
        if not current.pieces:
            current.page = block.page
        current.append(piece, is_prose=block.kind is BlockKind.PARAGRAPH)
        self._bare = False

    def finish(self) -> list[Chunk]:
        """Return the passages."""
        if self._bare:
            self._settle_bare(None)
        self._close_section()
        return self._chunks

    def _settle_bare(self, page: int | None) -> None:
        _, title = self._headings.pop()
        self._path = tuple(words for _, words in self._headings)
        self.add(title, Block(BlockKind.PARAGRAPH, title, page=page))

    def _turn_over(self, size: int) -> "_Draft":
        """Begin the next passage; a short lead-in ("You need:") goes along with what it leads to."""
        full = self._current
        following = _Draft(full.page)
        if full.ends_with_lead_in() and len(full.pieces[-1]) + len(_GAP) + size <= self._limit:
            full.give_last(following)
        if self._previous is not None:
            self._write(self._previous)
        self._previous, self._current = full, following
        return following

    def _close_section(self) -> None:
        previous, current = self._previous, self._current
        if previous is not None:
            if current.pieces and current.size < _TINY:
                self._even_out(previous, current)
            self._write(previous)
        if current.pieces:
            self._write(current)
        self._previous, self._current = None, _Draft(None)
        self._section = self._path

    def _even_out(self, previous: "_Draft", current: "_Draft") -> None:
        """Give a tiny last passage something from the one before it."""
        while (
            len(previous.pieces) > 1
            and current.size < _TINY
            and len(previous.pieces[-1]) + len(_GAP) + current.size <= self._limit
        ):
            previous.give_last(current)
        if len(previous.pieces) == 1 and current.size < _TINY and previous.prose and current.prose:
            whole = _GAP.join([*previous.pieces, *current.pieces])
            halves = list(_prose(whole, self._limit))
            if len(halves) == 2:
                previous.pieces, current.pieces = [halves[0]], [halves[1]]

    def _write(self, draft: "_Draft") -> None:
        text = draft.pieces[0] if len(draft.pieces) == 1 else _GAP.join(draft.pieces)
        self._chunks.append(Chunk(text, self._section, len(self._chunks), draft.page))


class _Draft:
    """A passage that is being filled."""

    __slots__ = ("page", "pieces", "prose", "size")

    def __init__(self, page: int | None) -> None:
        self.page = page
        self.pieces: list[str] = []
        self.size = -len(_GAP)
        self.prose = True

    def append(self, piece: str, *, is_prose: bool) -> None:
        """Add a piece at the end."""
        self.pieces.append(piece)
        self.size += len(_GAP) + len(piece)
        self.prose = self.prose and is_prose

    def give_last(self, other: "_Draft") -> None:
        """Move the last piece to the beginning of the following passage."""
        piece = self.pieces.pop()
        self.size -= len(_GAP) + len(piece)
        other.pieces.insert(0, piece)
        other.size += len(_GAP) + len(piece)
        other.prose = other.prose and self.prose

    def ends_with_lead_in(self) -> bool:
        """Whether the last of several pieces announces what follows."""
        last = self.pieces[-1]
        return len(self.pieces) > 1 and last[-1] == ":" and len(last) <= _LEAD_IN_CHARS


def _pieces(block: Block, limit: int) -> Iterator[str]:
    """Cut a block that is longer than a passage."""
    if block.kind is BlockKind.CODE:
        return _code(block.text, limit)
    if block.kind is BlockKind.TABLE:
        return _table(block.text, limit)
    return _prose(block.text, limit)


def _prose(text: str, limit: int) -> Iterator[str]:
    """Cut into the fewest parts of about the same length, between sentences if possible."""
    start, end = 0, len(text.rstrip())
    while end - start > limit:
        cut = _place_to_cut(text, start=start, end=end, limit=limit)
        yield text[start:cut].rstrip()
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield text[start:end]


def _place_to_cut(text: str, *, start: int, end: int, limit: int) -> int:
    parts = math.ceil((end - start) / limit)
    ideal = start + (end - start) // parts
    last = start + limit
    # From here on, the rest still fits into the other parts; a sentence's end may cost one more.
    first = max(start + 1, end - (parts - 1) * limit, (start + ideal) // 2)
    for earliest in (first, (start + ideal) // 2):
        ends = [
            *_sentence_ends(text, first=earliest, last=last),
            *_ends(_NEW_LINE, text, first=earliest, last=last),
        ]
        if ends:
            return _nearest(ends, ideal)
    for pattern in _WEAKER:
        ends = list(_ends(pattern, text, first=first, last=last))
        if ends:
            return _nearest(ends, ideal)
    return last


def _sentence_ends(text: str, *, first: int, last: int) -> Iterator[int]:
    for found in _SENTENCE.finditer(text, first, min(last + 8, len(text))):
        place = found.start()
        before = text[max(0, place - _SHORTENED_REACH) : place]
        if found.end() <= last and not (text[place] == "." and _SHORTENED.search(before)):
            yield found.end()


def _ends(pattern: re.Pattern[str], text: str, *, first: int, last: int) -> Iterator[int]:
    for found in pattern.finditer(text, first, min(last + 1, len(text))):
        if found.end() <= last:
            yield found.end()


def _nearest(places: Sequence[int], ideal: int) -> int:
    return min(places, key=lambda place: abs(place - ideal))


def _code(text: str, limit: int) -> Iterator[str]:
    """Keep code whole while it is not far too long; else cut between lines and fence every part."""
    text = text.strip("\n")
    if len(text) <= _WHOLE_CODE * limit:
        yield text
        return
    fence = _FENCE.match(text)
    lines = text.split("\n")
    if fence is None or len(lines[0]) > limit // 4:
        yield from _prose(text, limit)
        return
    closing = fence[1]
    body = lines[1:-1] if lines[-1].strip() == closing else lines[1:]
    room = limit - len(lines[0]) - len(closing) - 2
    for part in _packed_lines(body, room):
        yield f"{lines[0]}\n{part}\n{closing}"


def _packed_lines(lines: Sequence[str], room: int) -> Iterator[str]:
    part: list[str] = []
    size = -1
    for line in _short_lines(lines, room):
        if part and size + 1 + len(line) > room:
            yield "\n".join(part)
            part, size = [], -1
        part.append(line)
        size += 1 + len(line)
    if part:
        yield "\n".join(part)


def _short_lines(lines: Sequence[str], room: int) -> Iterator[str]:
    for line in lines:
        if len(line) <= room:
            yield line
        else:
            yield from _prose(line, room)


def _table(text: str, limit: int) -> Iterator[str]:
    """Cut between rows; every part begins with the heading row, where it leaves room for rows."""
    lines = text.strip().split("\n")
    heading = lines[:2] if len(lines) > 2 and _RULE.fullmatch(lines[1]) else lines[:1]
    top = "\n".join(heading) + "\n"
    rows = lines[len(heading) :]
    if len(top) > limit // 2:
        top, rows = "", lines
    room = limit - len(top)
    parts = list(_packed_rows(rows, enough=_even_room(rows, room), room=room))
    if all(len(top) + len(part) > limit for part in parts):
        yield from _prose(top, limit)  # no row leaves it room
    for part in parts:
        whole = top + part
        if len(whole) <= limit:
            yield whole
        elif len(part) <= _WHOLE_ROW * limit:
            yield part
        else:
            yield from _prose(part, limit)


def _even_room(rows: Sequence[str], room: int) -> int:
    """Return how much to put into every part, so that the last one is no crumb."""
    total = sum(map(len, rows)) + len(rows)
    return math.ceil(total / math.ceil(total / room)) if total > room else room


def _packed_rows(rows: Sequence[str], *, enough: int, room: int) -> Iterator[str]:
    part: list[str] = []
    size = -1
    for row in rows:
        if part and (size + 1 + len(row) > room or size >= enough):
            yield "\n".join(part)
            part, size = [], -1
        part.append(row)
        size += 1 + len(row)
    if part:
        yield "\n".join(part)
