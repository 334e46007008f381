"""What the fake model server is told to say."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Json = dict[str, object]


@dataclass(frozen=True)
class Say:
    """An answer. `cut_after` pieces the connection breaks; with `hang` it stays silent instead of ending.

    `usage` is (input, output), None leaves it out.
    """

    text: str = "Hello."
    piece: int = 4
    pause: float = 0.0
    first_pause: float = 0.0
    reasoning: str = ""
    tool_calls: Sequence[tuple[str, str]] = ()
    finish: str = "stop"
    usage: tuple[int, int] | None = (10, 5)
    cut_after: int | None = None
    hang: bool = False

    def pieces(self) -> Iterator[Json]:
        """Yield the deltas of the answer."""
        yield {"role": "assistant", "content": ""}
        for start in range(0, len(self.reasoning), self.piece):
            yield {"reasoning_content": self.reasoning[start : start + self.piece]}
        for start in range(0, len(self.text), self.piece):
            yield {"content": self.text[start : start + self.piece]}
        for index, (name, arguments) in enumerate(self.tool_calls):
            yield {"tool_calls": [self.call(index, name, "")]}
            yield {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}

    def call(self, index: int, name: str, arguments: str) -> Json:
        """Return one tool call."""
        function = {"name": name, "arguments": arguments}
        return {"index": index, "id": f"call_{index}", "type": "function", "function": function}

    @property
    def calls(self) -> list[tuple[str, Json]]:
        """The tools that are asked for, with their arguments as objects."""
        return [(name, json.loads(arguments)) for name, arguments in self.tool_calls]

    def counted(self) -> Json | None:
        """Return the usage object."""
        if self.usage is None:
            return None
        read, written = self.usage
        return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


@dataclass(frozen=True)
class Fail:
    """A refusal. `body` is sent as JSON unless it is a string."""

    status: int
    body: object = field(default_factory=lambda: {"error": {"message": "Scripted failure."}})
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Bytes as they are, written one by one; `cut` breaks the connection, `hang` keeps it silent."""

    chunks: Sequence[bytes]
    status: int = 200
    content_type: str = "text/event-stream; charset=utf-8"
    pause: float = 0.0
    cut: bool = False
    hang: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


Script = Say | Fail | Raw


def event(data: object) -> bytes:
    """Return one server-sent event with JSON data."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def chunk(delta: Json, finish: str | None = None) -> Json:
    """Return one chunk object of the protocol."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "choices": [choice],
    }
