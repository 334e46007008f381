"""Markdown that is still being written, block by block: what is finished is never looked at again.

A block is finished when a line after it cannot belong to it any more. The whole answer is rendered once more at its end, so that
what only a later line explains (the target of a link, say) is right then.
"""

import re
from typing import Final

_FENCE: Final = re.compile(r"\s*(`{3,}|~{3,})")
_ITEM: Final = re.compile(r"\s{0,3}([-*+]|\d{1,9}[.)])\s")
_FORMULAS: Final = {"$$": "$$", r"\[": r"\]"}


class Blocks:
    """Splits words as they come. `offset` counts the characters of what is finished, `size` those of what is not."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        self.size = 0
        self._lines: list[str] = []
        self._rest: list[str] = []
        self._until = ""
        self._is_list = False

    @property
    def unfinished(self) -> str:
        """What is not a whole block yet."""
        return "".join((*self._lines, *self._rest))

    def feed(self, words: str) -> list[str]:
        """Take more words; return the blocks that they finish."""
        self.size += len(words)
        if "\n" not in words:
            self._rest.append(words)
            return []
        *lines, rest = "".join((*self._rest, words)).split("\n")
        self._rest = [rest]
        return [block for line in lines for block in self._take(line)]

    def _take(self, line: str) -> list[str]:
        done: list[str] = []
        if self._until:
            self._lines.append(f"{line}\n")
            return self._end() if self._closes(line) else done
        words = line.strip()
        if words and self._is_over(line):
            done = self._end(whole=True)
        if not self._has_words:
            self._is_list = _ITEM.match(line) is not None
        self._lines.append(f"{line}\n")
        self._begin(words)
        return done

    @property
    def _has_words(self) -> bool:
        return any(line.strip() for line in self._lines)

    def _is_over(self, line: str) -> bool:
        """Whether the block before a line that says something is finished."""
        if not self._has_words:
            return False
        if self._is_list and (line[0].isspace() or _ITEM.match(line)):
            return False
        return not self._lines[-1].strip() or _FENCE.match(line) is not None

    def _begin(self, words: str) -> None:
        """See whether a line opens code or a formula, in which anything may stand until its end."""
        fence = _FENCE.match(words)
        if fence is not None:
            self._until = fence.group(1)
        elif (end := _FORMULAS.get(words[:2])) is not None and end not in words[2:]:
            self._until = end

    def _closes(self, line: str) -> bool:
        words = line.strip()
        if self._until[0] in "`~":
            return words.startswith(self._until) and not words.strip(self._until[0])
        return self._until in words

    def _end(self, *, whole: bool = False) -> list[str]:
        """Finish the block, unless it is a list that may go on."""
        self._until = ""
        if self._is_list and not whole:
            return []
        block = "".join(self._lines)
        self._lines = []
        self._is_list = False
        self.offset += len(block)
        self.size -= len(block)
        return [block]


class Pace:
    """When to show what is unfinished anew: after it grew by an eighth, so that the work grows with its length only."""

    LEAST: Final = 12

    def __init__(self) -> None:
        self._shown = 0

    def is_due(self, length: int) -> bool:
        """Whether a block of so many characters is to be shown anew; if so, it counts as shown."""
        if length >= self._shown + max(self.LEAST, self._shown // 8):
            self._shown = length
            return True
        return False

    def begin(self) -> None:
        """A new block begins."""
        self._shown = 0
