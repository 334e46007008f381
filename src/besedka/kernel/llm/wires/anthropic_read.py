"""Reading answers of the Anthropic Messages protocol.

Source: https://platform.claude.com/docs/en/build-with-claude/streaming. Kinds of blocks and events that
are not known (tools of the provider, citations, pings) are passed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from besedka.kernel.llm.errors import UnknownFailure
from besedka.kernel.llm.types import Delta, Finish, FinishReason, ToolCallDelta, Usage
from besedka.kernel.llm.wires.failures import read_problem
from besedka.kernel.llm.wires.reading import Reader, as_json_text
from besedka.kernel.llm.wires.shape import items, mapping, whole, words

_FINISH = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_use": FinishReason.TOOL_CALLS,
    "refusal": FinishReason.CONTENT_FILTER,
}
# The first count is made before the model speaks. Words that plainly exceed it count more.
_SLACK_TOKENS = 16


@dataclass(slots=True)
class _Call:
    """A tool call that is being written. `given` are arguments that came with its beginning."""

    place: int
    id: str
    name: str
    given: str
    written: bool = False

    def piece(self, arguments: str) -> ToolCallDelta:
        """Return the next piece of its arguments."""
        self.written = True
        return ToolCallDelta(self.place, self.id, self.name, arguments)


class MessageReader(Reader):
    """Reads the events of one answer, or the one message of an answer that is not streamed."""

    def __init__(self) -> None:
        super().__init__()
        self._name = b""
        self._calls: dict[object, _Call] = {}
        self._ended = False

    def read_event(self, name: bytes, data: bytes) -> list[Delta]:
        """Return the deltas of one event; its name stands in for a type that is missing. Raises LlmError."""
        self._name = name
        return super().read_event(name, data)

    def read_document(self, document: object) -> list[Delta]:
        """Return the deltas of a whole message. Raises LlmError."""
        message = mapping(document)
        _raise_if_error(message)
        if not isinstance(message.get("content"), list):
            raise UnknownFailure("the answer is no message")
        self.done = True
        return self._read_message(message)

    def read_object(self, chunk: Mapping[str, object]) -> list[Delta]:
        """Return the deltas of one event's object. Raises LlmError."""
        deltas: list[Delta] = []
        match words(chunk.get("type")) or self._name.decode("ascii", "replace"):
            case "content_block_delta":
                self._read_delta(_place(chunk), mapping(chunk.get("delta")), deltas)
            case "content_block_start":
                self._begin(_place(chunk), mapping(chunk.get("content_block")), deltas)
            case "content_block_stop":
                self._end_block(_place(chunk), deltas)
            case "message_start":
                deltas = self._read_message(mapping(chunk.get("message")))
            case "message_delta":
                self._read_end(mapping(chunk.get("delta")))
                self._count_again(mapping(chunk.get("usage")))
            case "message_stop":
                self.done = True
            case _:
                _raise_if_error(chunk)
        return deltas

    def weigh(self, guess: Usage) -> Usage:
        """Return what a part that broke off has taken."""
        told = self.counted()
        if told is None or self._ended or guess.output <= told.output + _SLACK_TOKENS:
            return told or guess
        return replace(told, output=guess.output, estimated=True)

    def _read_message(self, message: Mapping[str, object]) -> list[Delta]:
        deltas: list[Delta] = []
        self.usage = _counts(mapping(message.get("usage"))) or self.usage
        for place, block in enumerate(map(mapping, items(message.get("content")))):
            self._begin(place, block, deltas)
            self._end_block(place, deltas)
        self._read_end(message)
        return deltas

    def _begin(self, place: object, block: Mapping[str, object], deltas: list[Delta]) -> None:
        match block.get("type"):
            case "text":
                self._add_text(words(block.get("text")), deltas)
            case "thinking":
                self._add_reasoning(words(block.get("thinking")), deltas)
            case "tool_use":
                given = as_json_text(block.get("input"))
                self._calls[place] = _Call(
                    len(self._calls), words(block.get("id")), words(block.get("name")), given
                )
            case _:
                return

    def _read_delta(self, place: object, delta: Mapping[str, object], deltas: list[Delta]) -> None:
        match delta.get("type"):
            case "text_delta":
                self._add_text(words(delta.get("text")), deltas)
            case "thinking_delta":
                self._add_reasoning(words(delta.get("thinking")), deltas)
            case "input_json_delta":
                call = self._calls.get(place)
                written = words(delta.get("partial_json"))
                if call is not None and written:
                    self._add_call(call.piece(written), deltas)
            case _:
                return

    def _end_block(self, place: object, deltas: list[Delta]) -> None:
        call = self._calls.get(place)
        if call is not None and not call.written:
            self._add_call(call.piece(call.given or "{}"), deltas)

    def _read_end(self, place: Mapping[str, object]) -> None:
        if raw := words(place.get("stop_reason")):
            self.finish = Finish(_FINISH.get(raw, FinishReason.UNKNOWN), raw)

    def _count_again(self, usage: Mapping[str, object]) -> None:
        """Take the last count, which is the sum so far; input beyond the first count is what the provider's tools read."""
        last = _counts(usage)
        first = self.usage
        written = whole(usage.get("output_tokens"))
        self._ended = self._ended or written is not None
        if first is None or not first.input:
            self.usage = last or first
            return
        further = max(0, last.input - first.input) if last else first.further_input
        output = first.output if written is None else written
        self.usage = replace(first, output=output, further_input=further)


def _counts(usage: Mapping[str, object]) -> Usage | None:
    """Return the counts of a `usage` object: its input leaves out what the cache gave or took."""
    read, written = whole(usage.get("input_tokens")), whole(usage.get("output_tokens"))
    if read is None:
        return None
    cached = whole(usage.get("cache_read_input_tokens")) or 0
    kept = whole(usage.get("cache_creation_input_tokens")) or 0
    details = mapping(usage.get("output_tokens_details"))
    thought = whole(details.get("thinking_tokens")) or 0
    return Usage(
        input=read + cached + kept, output=written or 0, cached_input=cached, reasoning=thought
    )


def _place(chunk: Mapping[str, object]) -> object:
    place = chunk.get("index")
    return place if isinstance(place, int | str) else None


def _raise_if_error(chunk: Mapping[str, object]) -> None:
    if chunk.get("error") or chunk.get("type") == "error":
        raise read_problem(0, chunk).to_error()
