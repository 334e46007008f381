"""Reading answers of the OpenAI chat protocol, as OpenAI and a few dozen imitations write them.

Source: https://platform.openai.com/docs/api-reference/chat-streaming; the variations come from
recorded traffic of compatible servers.
"""

from collections.abc import Iterator, Mapping, Sequence

from besedka.kernel.llm.errors import Overloaded
from besedka.kernel.llm.types import (
    Delta,
    Finish,
    FinishReason,
    RefusalDelta,
    ToolCallDelta,
    Usage,
)
from besedka.kernel.llm.wires.failures import read_problem
from besedka.kernel.llm.wires.reading import Reader, Surrogates, as_json_text
from besedka.kernel.llm.wires.shape import items, mapping, whole, words

_FIRST_CHOICE = (0, None, "0")
_FINISH = {
    "stop": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "eos_token": FinishReason.STOP,
    "complete": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "max_output_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "tool_use": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.CONTENT_FILTER,
    "content_filtered": FinishReason.CONTENT_FILTER,
    "safety": FinishReason.CONTENT_FILTER,
    "sensitive": FinishReason.CONTENT_FILTER,
    "blacklist": FinishReason.CONTENT_FILTER,
    "recitation": FinishReason.CONTENT_FILTER,
}
# Words of servers that gave up in the middle and still call it a finish.
_BROKE_OFF = frozenset({"error", "abort", "network_error", "insufficient_system_resource"})


class ToolCalls:
    """Gives every tool call its place, although servers number them carelessly."""

    def __init__(self) -> None:
        self._places: dict[object, int] = {}
        self._ids: list[str] = []
        self._names: list[str] = []

    def read(self, entry: Mapping[str, object]) -> ToolCallDelta | None:
        """Return the piece that an entry of `tool_calls` carries, None when it says nothing."""
        function = mapping(entry.get("function"))
        id_, name = words(entry.get("id")), words(function.get("name"))
        arguments = as_json_text(function.get("arguments"))
        if not (id_ or name or arguments):
            return None
        index = entry.get("index")
        place = self._place(index if isinstance(index, int | str) else None, id_, name)
        return ToolCallDelta(place, self._ids[place], self._names[place], arguments)

    def _place(self, index: object, id_: str, name: str) -> int:
        known = self._places.get(index)
        if index is None:
            # Without numbers a piece that names itself opens a call, another continues the last.
            known = len(self._ids) - 1 if self._ids and not name else None
        elif known is not None and id_ and self._ids[known] not in {"", id_}:
            known = None  # parallel calls that all bear the number 0
        if known is None:
            known = self._places[index] = len(self._ids)
            self._ids.append(id_)
            self._names.append(name)
        self._ids[known] = self._ids[known] or id_
        self._names[known] = self._names[known] or name
        return known


class AnswerReader(Reader):
    """Reads the objects of one answer."""

    def __init__(self) -> None:
        super().__init__()
        self._tools = ToolCalls()

    def read_document(self, document: object) -> list[Delta]:
        """Return the deltas of an answer that came in one piece. Raises LlmError."""
        first = mapping(document[0] if isinstance(document, list) and document else document)
        deltas = self.read_object(first)
        self.done = isinstance(first.get("choices"), list)
        return deltas

    def read_object(self, chunk: Mapping[str, object]) -> list[Delta]:
        """Return the deltas of a chunk or of a whole answer. Raises LlmError."""
        choices = chunk.get("choices")
        if chunk.get("error") or not isinstance(choices, list):
            _raise_if_error(chunk)
        if usage := chunk.get("usage"):
            self.usage = read_usage(mapping(usage)) or self.usage
        deltas: list[Delta] = []
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict) and choice.get("index") in _FIRST_CHOICE:
                self._read_choice(choice, deltas)
        return deltas

    def _read_choice(self, choice: Mapping[str, object], deltas: list[Delta]) -> None:
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            self._read_delta(delta, deltas)
        elif isinstance(text := choice.get("text"), str):
            self._add_text(text, deltas)
        if finish := choice.get("finish_reason"):
            self._read_finish(str(finish), choice)

    def _read_delta(self, delta: Mapping[str, object], deltas: list[Delta]) -> None:
        for text in _thoughts(delta) if len(delta) > 1 or "content" not in delta else ():
            self._add_reasoning(text, deltas)
        content = delta.get("content")
        if isinstance(content, str):
            self._add_text(content, deltas)
        elif content:
            self._read_parts(items(content), deltas)
        if refusal := words(delta.get("refusal")):
            self.said.append(refusal)
            deltas.append(RefusalDelta(Surrogates().mend(refusal)))
        if tools := (delta.get("tool_calls") or _old_call(delta)):
            self._read_tools(items(tools), deltas)

    def _read_tools(self, entries: Sequence[object], deltas: list[Delta]) -> None:
        for entry in entries:
            if piece := self._tools.read(mapping(entry)):
                self._add_call(piece, deltas)

    def _read_parts(self, parts: Sequence[object], deltas: list[Delta]) -> None:
        """Read content that is a list of typed parts, as Mistral's thinking models send it."""
        for part in map(mapping, parts):
            if part.get("type") == "thinking":
                for inner in items(part.get("thinking")) or [{"text": part.get("thinking")}]:
                    self._add_reasoning(words(mapping(inner).get("text")), deltas)
            else:
                self._add_text(words(part.get("text")), deltas)

    def _read_finish(self, raw: str, choice: Mapping[str, object]) -> None:
        if raw in _BROKE_OFF:
            if choice.get("error"):
                raise read_problem(0, choice).to_error()
            raise Overloaded(f"finish_reason: {raw}")
        self.finish = Finish(_FINISH.get(raw.lower(), FinishReason.UNKNOWN), raw)


def read_usage(usage: Mapping[str, object]) -> Usage | None:
    """Return the counts of a `usage` object in any known spelling, None when it holds none."""
    read = whole(usage.get("prompt_tokens", usage.get("input_tokens")))
    written = whole(usage.get("completion_tokens", usage.get("output_tokens")))
    total = whole(usage.get("total_tokens"))
    if written is None and read is not None and total is not None:
        written = max(0, total - read)
    if read is None or written is None:
        return None
    return Usage(
        input=read, output=written, cached_input=_cached(usage, read), reasoning=_reasoning(usage)
    )


def _cached(usage: Mapping[str, object], read: int) -> int:
    details = mapping(usage.get("prompt_tokens_details") or usage.get("input_tokens_details"))
    places = (
        details.get("cached_tokens"),
        usage.get("prompt_cache_hit_tokens"),
        usage.get("cached_tokens"),
    )
    return min(read, max((whole(value) or 0 for value in places), default=0))


def _reasoning(usage: Mapping[str, object]) -> int:
    details = mapping(usage.get("completion_tokens_details") or usage.get("output_tokens_details"))
    return whole(details.get("reasoning_tokens")) or whole(usage.get("reasoning_tokens")) or 0


def _thoughts(delta: Mapping[str, object]) -> Iterator[str]:
    """Yield a piece of thinking once, although some servers send it under several names."""
    for key in ("reasoning_content", "reasoning", "thinking"):
        if text := words(delta.get(key)):
            yield text
            return
    for detail in map(mapping, items(delta.get("reasoning_details"))):
        if text := words(detail.get("text")) or words(detail.get("summary")):
            yield text


def _old_call(delta: Mapping[str, object]) -> list[object]:
    call = mapping(delta.get("function_call"))
    return [{"index": 0, "function": call}] if call else []


def _raise_if_error(chunk: Mapping[str, object]) -> None:
    """Raise what an object without choices, or with an error beside them, complains about."""
    marked = chunk.get("error") or chunk.get("object") == "error" or chunk.get("type") == "error"
    if marked or any(chunk.get(key) for key in ("message", "detail", "msg", "errors")):
        raise read_problem(0, chunk).to_error()
