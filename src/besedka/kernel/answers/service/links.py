"""Links in what a model says: only those that stand in its passages are kept. Pure.

A document or a visitor may talk a model into an address that carries words of the dialog away as soon as somebody, or
a program that shows previews, opens it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

LONGEST_HELD = 4_000

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"'`|]+", re.IGNORECASE)
_TARGET = re.compile(r"\]\(\s*<?([^()\s<>]*)>?[^)]*\)")
_DEFINITION = re.compile(
    r"^[ \t>*+\d.)-]*\[[^\]\n]+\]:[ \t]*\n?[ \t]*\S+(?:[ \t]+[\"'(].*)?[ \t]*$", re.MULTILINE
)
_AUTOLINK = re.compile(r"<([a-z][a-z0-9+.-]{1,30}:[^<>\s]*)>", re.IGNORECASE)
_BANG = re.compile(r"!(?=\[)")
_BEGINNING = " \t>*+-.)0123456789"
"""What may stand before a definition: marks of lists and quotations."""
_MIDDLE = "\N{WORD JOINER}"
_ENDING = ".,;:!?)]}»”'*_"
_UNFINISHED = re.compile(
    r"(?:!?\[[^\[\]]*(?:\](?:\([^)]*|:[ \t]*\n?[^\n]*)?)?|!|\]|\]\([^)]*|<[^>\s]*"
    r"|(?:h|ht|htt|https?:?/?|(?:https?://|www\.)[^\s<>\"'`|]*|w{1,3}))\Z",
    re.IGNORECASE,
)


def addresses_in(texts: Iterable[str]) -> frozenset[str]:
    """Return the web addresses that stand in texts."""
    return frozenset(
        match.group().rstrip(_ENDING) for text in texts for match in _ADDRESS.finditer(text)
    )


@dataclass(slots=True)
class Links:
    """Takes foreign links out of a stream of Markdown; `removed` is said in the place of a bare address."""

    allowed: frozenset[str]
    removed: str
    count: int = 0
    """How many were taken out."""
    _held: str = field(default="")
    _line: str = ""
    """What was passed on of the line that goes on."""

    def feed(self, piece: str) -> str:
        """Take the next words and return what can be shown of them."""
        text = self._held + piece
        cut = _safe_end(text)
        self._held = text[cut:]
        return self._clean_next(text[:cut])

    def finish(self) -> str:
        """Return what was held back at the end."""
        rest, self._held = self._held, ""
        return self._clean_next(rest)

    def _clean_next(self, text: str) -> str:
        """Clean the next part; what begins in the middle of a line is no definition of a link."""
        if not text:
            return ""
        before = _MIDDLE if self._line.strip(_BEGINNING) else ""
        self._line = (self._line + text).rpartition("\n")[2]
        return self._clean(before + text).removeprefix(before)

    def _clean(self, text: str) -> str:
        text = _BANG.sub("", text)
        text = _DEFINITION.sub(self._replace(lambda _: ""), text)
        text = _TARGET.sub(self._target, text)
        text = _AUTOLINK.sub(self._autolink, text)
        return _ADDRESS.sub(self._address, text)

    def _replace(self, by: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
        def replaced(match: re.Match[str]) -> str:
            self.count += 1
            return by(match)

        return replaced

    def _target(self, match: re.Match[str]) -> str:
        if match.group(1) in self.allowed:
            return f"]({match.group(1)})"
        self.count += 1
        return "]"

    def _autolink(self, match: re.Match[str]) -> str:
        if match.group(1) in self.allowed:
            return match.group()
        self.count += 1
        return self.removed

    def _address(self, match: re.Match[str]) -> str:
        address = match.group().rstrip(_ENDING)
        if address in self.allowed:
            return match.group()
        self.count += 1
        return self.removed + match.group()[len(address) :]


def _safe_end(text: str) -> int:
    """Return how much of a text cannot become part of a link any more."""
    tail = max(0, len(text) - LONGEST_HELD)
    found = _UNFINISHED.search(text, tail)
    return found.start() if found else len(text)
