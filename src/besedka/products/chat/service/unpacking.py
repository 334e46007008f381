"""Reading the chats of an export one by one, however large it is: only one of them is in memory at a time."""

import json
import re
import zipfile
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from pydantic import JsonValue

from besedka.products.chat.errors import ImportTooLarge, ImportUnreadable

LARGEST_EXPORT: Final = 1024**3
LARGEST_CHAT: Final = 16 * 1024**2
"""Bytes of an unpacked export, characters of one chat in it."""
PIECE: Final = 256 * 1024
MOST_ENTRIES: Final = 10_000
_WANTED: Final = re.compile(r"(^|/)(conversations(-\d+)?|chat-export-[\w.-]+|chat-[0-9a-f-]{36})\.json$")  # fmt: skip
_BETWEEN: Final = re.compile(r"[\s,]*")


class Export:
    """An open export: a JSON file, or the JSON files of chats in a zip. Blocking: for a thread."""

    def __init__(self, path: Path) -> None:
        self._stack = ExitStack()
        self._parts: list[tuple[ZipFile, ZipInfo] | None] = [None]
        self._path = path
        self.done = 0
        if zipfile.is_zipfile(path):
            self._parts, self.size = self._wanted(path)
        else:
            self.size = path.stat().st_size
        if self.size > LARGEST_EXPORT:
            raise ImportTooLarge(field="file")

    def close(self) -> None:
        """Let go of the files."""
        self._stack.close()

    def chats(self) -> Iterator[JsonValue]:
        """Yield what the files hold: the elements of a list, or the one object. Raises ImportUnreadable, ImportTooLarge."""
        for part in self._parts:
            try:
                opened = self._path.open("rb") if part is None else part[0].open(part[1])
                with opened as stream:
                    yield from self._elements(stream)
            except (BadZipFile, UnicodeDecodeError, NotImplementedError, RuntimeError, EOFError) as error:  # fmt: skip
                raise ImportUnreadable(field="file") from error

    def _wanted(self, path: Path) -> tuple[list[tuple[ZipFile, ZipInfo] | None], int]:
        try:
            packed = self._stack.enter_context(ZipFile(path))
        except BadZipFile as error:
            raise ImportUnreadable(field="file") from error
        entries = packed.infolist()
        found = [each for each in entries[:MOST_ENTRIES] if _WANTED.search(each.filename)]
        if not found:
            raise ImportUnreadable(field="file")
        return [(packed, each) for each in found], sum(each.file_size for each in found)

    def _elements(self, stream: IO[bytes]) -> Iterator[JsonValue]:
        text = _Text(self, stream)
        text.skip()
        if not text.at("["):
            yield text.value()
            return
        text.step()
        while not text.at("]"):
            yield text.value()
            text.skip()


class _Text:
    """The characters of a file that are looked at, and no more."""

    def __init__(self, export: Export, stream: IO[bytes]) -> None:
        self._export = export
        self._stream = stream
        self._words = getincrementaldecoder("utf-8-sig")()
        self._decoder = json.JSONDecoder()
        self._seen = ""
        self._place = 0

    def at(self, sign: str) -> bool:
        """Whether a character comes next. Raises ImportUnreadable at the end."""
        self.skip()
        if self._place >= len(self._seen):
            raise ImportUnreadable(field="file")
        return self._seen[self._place] == sign

    def step(self) -> None:
        """Go past a character."""
        self._place += 1

    def skip(self) -> None:
        """Go to the next character that says something."""
        while True:
            found = _BETWEEN.match(self._seen, self._place)
            self._place = found.end() if found else self._place
            if self._place < len(self._seen) or not self._more(PIECE):
                return

    def value(self) -> JsonValue:
        """Return the JSON value that comes next. Raises ImportUnreadable, ImportTooLarge."""
        while True:
            try:
                value, self._place = self._decoder.raw_decode(self._seen, self._place)
            except RecursionError as error:
                raise ImportUnreadable(field="file") from error
            except ValueError as error:
                if len(self._seen) - self._place > LARGEST_CHAT:
                    raise ImportTooLarge(field="file") from error
                if not self._more(max(PIECE, len(self._seen) - self._place)):
                    raise ImportUnreadable(field="file") from error
                continue
            found: JsonValue = value
            return found

    def _more(self, size: int) -> bool:
        """Read on; False at the end. Raises ImportTooLarge."""
        piece = self._stream.read(size)
        self._seen = self._seen[self._place :] + self._words.decode(piece, final=not piece)
        self._place = 0
        self._export.done += len(piece)
        if self._export.done > LARGEST_EXPORT:
            raise ImportTooLarge(field="file")
        return bool(piece)
