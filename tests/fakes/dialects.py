"""How the scripted answers of the fake model server look in the protocols beside OpenAI's, as they are documented."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator

from tests.fakes.scripts import Json, Say, chunk, event


class Dialect(ABC):
    """One protocol."""

    content_type = "text/event-stream"

    @abstractmethod
    def pieces(self, said: Say) -> Iterator[bytes]:
        """Yield the beginning and the words of a streamed answer."""

    @abstractmethod
    def ending(self, said: Say) -> Iterator[bytes]:
        """Yield the end of a streamed answer."""

    @abstractmethod
    def whole(self, said: Say) -> Json:
        """Return the answer in one piece."""


class OpenAi(Dialect):
    """Chunks of choices."""

    content_type = "text/event-stream; charset=utf-8"

    def pieces(self, said: Say) -> Iterator[bytes]:
        for piece in said.pieces():
            yield event(chunk(piece))

    def ending(self, said: Say) -> Iterator[bytes]:
        yield event(chunk({}, "tool_calls" if said.tool_calls else said.finish))
        if said.usage is not None:
            yield event({**chunk({}), "choices": [], "usage": said.counted()})
        yield b"data: [DONE]\n\n"

    def whole(self, said: Say) -> Json:
        calls = [said.call(index, name, args) for index, (name, args) in enumerate(said.tool_calls)]
        message: Json = {"role": "assistant", "content": said.text or None}
        if said.reasoning:
            message["reasoning_content"] = said.reasoning
        if calls:
            message["tool_calls"] = calls
        finish = "tool_calls" if calls else said.finish
        choice = {"index": 0, "message": message, "finish_reason": finish}
        counted = {"usage": said.counted()} if said.usage is not None else {}
        return {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], **counted}


_ANTHROPIC = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}


class Anthropic(Dialect):
    """Messages, with their named events."""

    def pieces(self, said: Say) -> Iterator[bytes]:
        read, _ = said.usage or (0, 0)
        start = {
            "role": "assistant",
            "content": [],
            "usage": {"input_tokens": read, "output_tokens": 1},
        }
        yield _named("message_start", message=start if said.usage else {"role": "assistant"})
        yield _named("ping")
        for place, block in enumerate(self._blocks(said)):
            yield from self._written(place, block, said.piece)

    def _written(self, place: int, block: Json, size: int) -> Iterator[bytes]:
        field, kind = {
            "thinking": ("thinking", "thinking_delta"), "text": ("text", "text_delta"),
            "tool_use": ("input", "input_json_delta"),
        }[str(block["type"])]  # fmt: skip
        empty = {**block, field: {} if field == "input" else ""}
        yield _named("content_block_start", index=place, content_block=empty)
        words = json.dumps(block["input"]) if field == "input" else str(block[field])
        for part in _cut(words, size):
            key = "partial_json" if field == "input" else field
            yield _named("content_block_delta", index=place, delta={"type": kind, key: part})
        yield _named("content_block_stop", index=place)

    def ending(self, said: Say) -> Iterator[bytes]:
        usage = {"usage": {"output_tokens": said.usage[1]}} if said.usage else {}
        yield _named("message_delta", delta={"stop_reason": self._reason(said)}, **usage)
        yield _named("message_stop")

    def whole(self, said: Say) -> Json:
        usage = (
            {"input_tokens": said.usage[0], "output_tokens": said.usage[1]} if said.usage else {}
        )
        content = list(self._blocks(said))
        return {
            "type": "message",
            "content": content,
            "stop_reason": self._reason(said),
            "usage": usage,
        }

    def _reason(self, said: Say) -> str:
        return "tool_use" if said.calls else _ANTHROPIC[said.finish]

    def _blocks(self, said: Say) -> Iterator[Json]:
        if said.reasoning:
            yield {"type": "thinking", "thinking": said.reasoning}
        if said.text:
            yield {"type": "text", "text": said.text}
        for place, (name, arguments) in enumerate(said.calls):
            yield {"type": "tool_use", "id": f"toolu_{place}", "name": name, "input": arguments}


_GEMINI = {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"}


class Gemini(Dialect):
    """Chunks of candidates."""

    def pieces(self, said: Say) -> Iterator[bytes]:
        for part in _cut(said.reasoning, said.piece):
            yield _data(_candidate([{"text": part, "thought": True}]))
        for part in _cut(said.text, said.piece):
            yield _data(_candidate([{"text": part}]))

    def ending(self, said: Say) -> Iterator[bytes]:
        yield _data({**_candidate(self._calls(said), _GEMINI[said.finish]), **self._usage(said)})

    def whole(self, said: Say) -> Json:
        thought: list[Json] = [{"text": said.reasoning, "thought": True}] if said.reasoning else []
        parts: list[Json] = [*thought, {"text": said.text}, *self._calls(said)]
        return {**_candidate(parts, _GEMINI[said.finish]), **self._usage(said)}

    def _calls(self, said: Say) -> list[Json]:
        return [
            {"functionCall": {"name": name, "args": arguments}, "thoughtSignature": "c2ln"}
            for name, arguments in said.calls
        ]

    def _usage(self, said: Say) -> Json:
        if said.usage is None:
            return {}
        read, written = said.usage
        return {"usageMetadata": {"promptTokenCount": read, "candidatesTokenCount": written}}


_YANDEX = {"stop": "FINAL", "length": "TRUNCATED_FINAL", "content_filter": "CONTENT_FILTER"}


class Yandex(Dialect):
    """Lines, each with the whole text so far."""

    content_type = "application/json"

    def pieces(self, said: Say) -> Iterator[bytes]:
        for end in range(said.piece, len(said.text) + said.piece, said.piece):
            yield self._line({"text": said.text[:end]}, "PARTIAL", said)

    def ending(self, said: Say) -> Iterator[bytes]:
        yield self._line(self._message(said), self._status(said), said)

    def whole(self, said: Say) -> Json:
        return self._result(self._message(said), self._status(said), said)

    def _status(self, said: Say) -> str:
        return "TOOL_CALLS" if said.calls else _YANDEX[said.finish]

    def _message(self, said: Say) -> Json:
        calls = [{"functionCall": {"name": name, "arguments": given}} for name, given in said.calls]
        return {"toolCallList": {"toolCalls": calls}} if calls else {"text": said.text}

    def _line(self, message: Json, status: str, said: Say) -> bytes:
        return json.dumps(self._result(message, status, said), ensure_ascii=False).encode() + b"\n"

    def _result(self, message: Json, status: str, said: Say) -> Json:
        alternative = {
            "message": {"role": "assistant", **message}, "status": f"ALTERNATIVE_STATUS_{status}"
        }  # fmt: skip
        result: Json = {"alternatives": [alternative], "modelVersion": "1"}
        if said.usage:
            read, written = said.usage
            result["usage"] = {"inputTextTokens": str(read), "completionTokens": str(written)}
        return {"result": result}


def _cut(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _data(value: Json) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\r\n\r\n"


def _named(kind: str, **fields: object) -> bytes:
    return (
        f"event: {kind}\n".encode()
        + b"data: "
        + json.dumps({"type": kind, **fields}).encode()
        + b"\n\n"
    )


def _candidate(parts: list[Json], finish: str = "") -> Json:
    reason = {"finishReason": finish} if finish else {}
    return {"candidates": [{"content": {"role": "model", "parts": parts}, "index": 0, **reason}]}
