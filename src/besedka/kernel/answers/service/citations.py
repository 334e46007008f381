"""Reading a model's stream: its citation marks become numbers, its actions are taken out of the text.

A model is told ids that hold for one request only, so a document cannot forge a citation or an action by writing
what looks like one: unknown ids are dropped.
"""

import re
import secrets
from dataclasses import dataclass, field

ID_LETTERS = "abcdefghjkmnpqrstuvwxyz"
LONGEST_MARK = 40
PERSON = "person"
UNKNOWN = "unknown"

_MARK = re.compile(
    r"\[(?:\^|cite:)?([a-z0-9-]{1,24}(?:\s*[,;]\s*[a-z0-9-]{1,24}){0,5})\]", re.IGNORECASE
)
_SHOWN = re.compile(r" ?\[\d{1,3}\]")
_HOLDABLE = re.compile(r"\[[^\[\]\n]{0,40}$")


def without_marks(text: str) -> str:
    """Return an answer without its numbers of sources, as a text of one's own."""
    return _SHOWN.sub("", text).strip()


def new_nonce() -> str:
    """Return four letters that a document cannot guess."""
    return "".join(secrets.choice(ID_LETTERS) for _ in range(4))


@dataclass(slots=True)
class Marks:
    """Turns a stream with marks into the text that is shown.

    Marks are `[nonce-1]` … `[nonce-k]` for `count` passages, `[nonce-person]` and `[nonce-unknown]` for actions.
    """

    nonce: str
    count: int
    used: list[int] = field(default_factory=list)
    """Passages in the order of their first mention; the first one is shown as [1]."""
    actions: set[str] = field(default_factory=set)
    _held: str = ""

    def feed(self, piece: str) -> str:
        """Take the next words of the model and return what can be shown of them."""
        text = self._held + piece
        unfinished = _HOLDABLE.search(text)
        cut = unfinished.start() if unfinished else len(text)
        self._held = text[cut:]
        return _MARK.sub(self._replace, text[:cut])

    def finish(self) -> str:
        """Return what was held back at the end."""
        rest, self._held = self._held, ""
        return _MARK.sub(self._replace, rest)

    def _replace(self, match: re.Match[str]) -> str:
        numbers = [self._number(part.strip().lower()) for part in re.split(r"[,;]", match.group(1))]
        if all(number is None for number in numbers):
            return match.group() if not match.group(1).lower().startswith(self.nonce) else ""
        return "".join(f"[{number}]" for number in numbers if number)

    def _number(self, mark: str) -> int | None:
        """Return the number to show; 0 for an action, None for what is not ours."""
        prefix, _, tail = mark.partition("-")
        if prefix != self.nonce:
            return None
        if tail in {PERSON, UNKNOWN}:
            self.actions.add(tail)
            return 0
        if not tail.isdigit() or not 1 <= int(tail) <= self.count:
            return None
        place = int(tail) - 1
        if place not in self.used:
            self.used.append(place)
        return self.used.index(place) + 1
