"""Reading answers of Yandex's completion protocol: an object a line, each with the whole text so far.

Source: https://yandex.cloud/en/docs/ai-studio/text-generation/api-ref/TextGeneration/completion.
"""

from collections.abc import Mapping, Sequence

from besedka.kernel.llm.errors import UnknownFailure
from besedka.kernel.llm.types import Delta, Finish, FinishReason, ToolCallDelta, Usage
from besedka.kernel.llm.wires.failures import read_problem
from besedka.kernel.llm.wires.lines import LineSplitter
from besedka.kernel.llm.wires.reading import Reader, as_json_text
from besedka.kernel.llm.wires.shape import items, mapping, whole, words

_STATUS = "ALTERNATIVE_STATUS_"
_FINISH = {
    "FINAL": FinishReason.STOP,
    "TRUNCATED_FINAL": FinishReason.LENGTH,
    "CONTENT_FILTER": FinishReason.CONTENT_FILTER,
    "TOOL_CALLS": FinishReason.TOOL_CALLS,
}
_GOES_ON = frozenset({"", "PARTIAL", "UNSPECIFIED"})


class AlternativeReader(Reader):
    """Reads the lines of one answer, or the one document of an answer that is not streamed.

    It ends the answer before the first of `stops`, which the protocol does not know.
    """

    splitter = LineSplitter

    def __init__(self, stops: Sequence[str] = ()) -> None:
        super().__init__()
        self._stops = tuple(filter(None, stops))
        self._hold = max(map(len, self._stops), default=1) - 1
        self._whole = ""
        self._given = 0
        self._calls = 0

    def read_document(self, document: object) -> list[Delta]:
        """Return the deltas of a whole answer. Raises LlmError."""
        chunks = document if isinstance(document, list) else [document]
        deltas = [delta for chunk in chunks for delta in self.read_object(mapping(chunk))]
        if not self.said and self.finish is None:
            raise UnknownFailure("the answer is empty")
        return deltas

    def read_object(self, chunk: Mapping[str, object]) -> list[Delta]:
        """Return the deltas of a line. Raises LlmError."""
        result = mapping(chunk.get("result")) or chunk
        if not isinstance(result.get("alternatives"), list):
            _raise_if_error(chunk)
        if counts := mapping(result.get("usage")):
            self.usage = _counts(counts) or self.usage
        deltas: list[Delta] = []
        for alternative in map(mapping, items(result.get("alternatives"))[:1]):
            self._read_alternative(alternative, deltas)
        return deltas

    def _read_alternative(self, alternative: Mapping[str, object], deltas: list[Delta]) -> None:
        raw = words(alternative.get("status"))
        status = raw.removeprefix(_STATUS)
        message = mapping(alternative.get("message"))
        ends = status not in _GOES_ON
        self._read_text(words(message.get("text")), deltas, ends=ends)
        if ends and not self.done:
            calls = mapping(message.get("toolCallList"))
            for entry in map(mapping, items(calls.get("toolCalls"))[self._calls :]):
                self._read_call(mapping(entry.get("functionCall")), deltas)
            reason = _FINISH.get(status, FinishReason.UNKNOWN)
            self.finish = Finish(reason, raw)

    def _read_text(self, text: str, deltas: list[Delta], *, ends: bool) -> None:
        # Servers that pass the answer on may send only what is new.
        self._whole = text if text.startswith(self._whole) else self._whole + text
        found = [place for stop in self._stops if (place := self._whole.find(stop)) >= 0]
        until = len(self._whole) - (0 if ends else self._hold)
        if found:
            until, self.done = min(found), True
            self.finish = Finish(FinishReason.STOP, "stop")
        if until > self._given:
            self._add_text(self._whole[self._given : until], deltas)
            self._given = until

    def _read_call(self, call: Mapping[str, object], deltas: list[Delta]) -> None:
        place, self._calls = self._calls, self._calls + 1
        arguments = as_json_text(call.get("arguments")) or "{}"
        piece = ToolCallDelta(place, f"yandex_{place}", words(call.get("name")), arguments)
        self._add_call(piece, deltas)


def _counts(usage: Mapping[str, object]) -> Usage | None:
    read, written = whole(usage.get("inputTextTokens")), whole(usage.get("completionTokens"))
    if read is None or written is None:
        return None
    details = mapping(usage.get("completionTokensDetails"))
    cached = whole(mapping(usage.get("promptTokensDetails")).get("cachedTokens")) or 0
    return Usage(
        input=read, output=written, cached_input=min(cached, read),
        reasoning=whole(details.get("reasoningTokens")) or 0,
    )  # fmt: skip


def _raise_if_error(chunk: Mapping[str, object]) -> None:
    if chunk.get("error") or any(key in chunk for key in ("grpcCode", "httpCode", "code")):
        raise read_problem(0, chunk).to_error()
