"""What the readers of all protocols share: the state of an answer, and mending what arrives in halves."""

import json
from collections.abc import Callable, Mapping
from typing import Protocol

from besedka.kernel.llm.errors import CutMidStream
from besedka.kernel.llm.types import (
    Delta,
    Finish,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from besedka.kernel.llm.wires.failures import read_problem
from besedka.kernel.llm.wires.shape import mapping
from besedka.kernel.llm.wires.sse import Event, EventSplitter

DONE = b"[DONE]"


class Splitter(Protocol):
    """Cuts bytes into events wherever the network happened to cut them."""

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that these bytes complete."""
        ...

    def flush(self) -> list[Event]:
        """Return what is left at the end."""
        ...


class Surrogates:
    """Joins halves of a character that a server escaped into two chunks, and drops lone ones."""

    __slots__ = ("_half",)

    def __init__(self) -> None:
        self._half = ""

    def mend(self, text: str) -> str:
        """Return text that can be encoded; a half at its end waits for the next piece."""
        if not self._half and (text.isascii() or _is_whole(text)):
            return text
        text, self._half = self._half + text, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Reader:
    """Turns the objects of one answer into deltas, and keeps its end until the end has come.

    A protocol's own reader says in `read_object` what an object means.
    """

    splitter: Callable[[], Splitter] = EventSplitter

    def __init__(self) -> None:
        self.done = False
        self.said: list[str] = []
        self.usage: Usage | None = None
        self.finish: Finish | None = None
        self._text = Surrogates()
        self._reasoning = Surrogates()

    @property
    def complete(self) -> bool:
        """Whether the server said in some way that this is the end."""
        return self.done or self.finish is not None

    def read_object(self, chunk: Mapping[str, object]) -> list[Delta]:
        """Return the deltas of a chunk or of a whole answer. Raises LlmError."""
        raise NotImplementedError

    def read_document(self, document: object) -> list[Delta]:
        """Return the deltas of an answer that came in one piece. Raises LlmError."""
        raise NotImplementedError

    def read_event(self, name: bytes, data: bytes) -> list[Delta]:
        """Return the deltas of one event. Raises LlmError for an error inside the stream."""
        if data == DONE:
            self.done = True
            return []
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError):
            return self._read_unreadable(name, data)
        if name == b"error" and isinstance(chunk, str):
            chunk = {"error": chunk}
        return self.read_object(mapping(chunk[0] if isinstance(chunk, list) and chunk else chunk))

    def counted(self) -> Usage | None:
        """Return what the answer has taken as far as the provider told it."""
        return self.usage

    def weigh(self, guess: Usage) -> Usage:
        """Return what a part that broke off has taken: what was told so far, else our own guess."""
        return self.counted() or guess

    def _add_text(self, text: str, deltas: list[Delta]) -> None:
        if text := self._text.mend(text):
            self.said.append(text)
            deltas.append(TextDelta(text))

    def _add_reasoning(self, text: str, deltas: list[Delta]) -> None:
        if text := self._reasoning.mend(text):
            self.said.append(text)
            deltas.append(ReasoningDelta(text))

    def _add_call(self, piece: ToolCallDelta, deltas: list[Delta]) -> None:
        self.said.append(piece.arguments)
        deltas.append(piece)

    def _read_unreadable(self, name: bytes, data: bytes) -> list[Delta]:
        """Read data that is no JSON: several objects in one event, an error in words, or a torn end."""
        lines = data.split(b"\n")
        if len(lines) > 1:
            return [delta for line in lines for delta in self.read_event(name, line)]
        if name == b"error":
            raise read_problem(0, data).to_error()
        if data.startswith(b"{"):
            raise CutMidStream("unreadable chunk")
        return []


def as_json_text(value: object) -> str:
    """Return arguments of a tool as JSON text, whether they came as text or as an object."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str) else ""
