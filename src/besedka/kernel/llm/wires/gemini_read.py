"""Reading answers of the Gemini protocol.

Source: https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse. Parts of kinds that
are not known (code that ran, citations, pictures) are passed over.
"""

import math
from collections.abc import Mapping

from besedka.kernel.llm import tokens
from besedka.kernel.llm.errors import Refused, UnknownFailure
from besedka.kernel.llm.types import Delta, Finish, FinishReason, ToolCallDelta, Usage
from besedka.kernel.llm.wires.failures import read_problem
from besedka.kernel.llm.wires.gemini_write import OWN_ID
from besedka.kernel.llm.wires.reading import Reader, as_json_text
from besedka.kernel.llm.wires.shape import items, mapping, whole, words

_FIRST_CANDIDATE = (0, None, "0")
_FINISH = {
    "STOP": FinishReason.STOP,
    "MAX_TOKENS": FinishReason.LENGTH,
    "SAFETY": FinishReason.CONTENT_FILTER,
    "RECITATION": FinishReason.CONTENT_FILTER,
    "BLOCKLIST": FinishReason.CONTENT_FILTER,
    "PROHIBITED_CONTENT": FinishReason.CONTENT_FILTER,
    "SPII": FinishReason.CONTENT_FILTER,
    "IMAGE_SAFETY": FinishReason.CONTENT_FILTER,
    "IMAGE_PROHIBITED_CONTENT": FinishReason.CONTENT_FILTER,
    "MODEL_ARMOR": FinishReason.CONTENT_FILTER,
}
_NO_REASON = frozenset({"", "FINISH_REASON_UNSPECIFIED"})


class CandidateReader(Reader):
    """Reads the chunks of one answer, or the one document of an answer that is not streamed."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: Mapping[str, object] = {}
        self._calls = 0

    def read_document(self, document: object) -> list[Delta]:
        """Return the deltas of a whole answer, or of chunks in a list. Raises LlmError."""
        chunks = document if isinstance(document, list) else [document]
        deltas = [delta for chunk in chunks for delta in self.read_object(mapping(chunk))]
        if not self.said and self.finish is None:
            raise UnknownFailure("the answer is empty")
        self.done = not isinstance(document, list)
        return deltas

    def read_object(self, chunk: Mapping[str, object]) -> list[Delta]:
        """Return the deltas of a chunk. Raises LlmError."""
        if error := chunk.get("error"):
            raise read_problem(0, {"error": error}).to_error()
        if counts := mapping(chunk.get("usageMetadata")):
            self._counts = counts
        self._raise_if_blocked(mapping(chunk.get("promptFeedback")))
        deltas: list[Delta] = []
        for candidate in map(mapping, items(chunk.get("candidates"))):
            if candidate.get("index") in _FIRST_CANDIDATE:
                self._read_candidate(candidate, deltas)
        return deltas

    def counted(self) -> Usage | None:
        """Return what the answer has taken: the last count, its missing part from our own guess."""
        read = whole(self._counts.get("promptTokenCount"))
        if read is None:
            return None
        thought = whole(self._counts.get("thoughtsTokenCount")) or 0
        further = whole(self._counts.get("toolUsePromptTokenCount")) or 0
        written = whole(self._counts.get("candidatesTokenCount"))
        guessed = written is None and any(self.said)
        if written is None:
            written = math.ceil(tokens.count("".join(self.said))) if guessed else 0
        cached = whole(self._counts.get("cachedContentTokenCount")) or 0
        return Usage(
            input=read, output=written + thought, cached_input=min(read, cached), reasoning=thought,
            estimated=guessed, further_input=further,
        )  # fmt: skip

    def _raise_if_blocked(self, feedback: Mapping[str, object]) -> None:
        if reason := words(feedback.get("blockReason")):
            said = words(feedback.get("blockReasonMessage"))
            raise Refused(f"{reason}: {said}" if said else reason)

    def _read_candidate(self, candidate: Mapping[str, object], deltas: list[Delta]) -> None:
        content = mapping(candidate.get("content"))
        for part in map(mapping, items(content.get("parts"))):
            if call := mapping(part.get("functionCall")):
                self._read_call(call, words(part.get("thoughtSignature")), deltas)
            elif part.get("thought") is True:
                self._add_reasoning(words(part.get("text")), deltas)
            else:
                self._add_text(words(part.get("text")), deltas)
        if (raw := words(candidate.get("finishReason"))) not in _NO_REASON:
            reason = _FINISH.get(raw, FinishReason.UNKNOWN)
            if reason is FinishReason.STOP and self._calls:
                reason = FinishReason.TOOL_CALLS
            self.finish = Finish(reason, raw)

    def _read_call(self, call: Mapping[str, object], signature: str, deltas: list[Delta]) -> None:
        place, self._calls = self._calls, self._calls + 1
        arguments = as_json_text(call.get("args")) or "{}"
        id_ = words(call.get("id")) or f"{OWN_ID}{place}"
        self._add_call(
            ToolCallDelta(place, id_, words(call.get("name")), arguments, signature), deltas
        )
