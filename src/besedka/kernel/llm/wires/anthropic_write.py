"""Requests of the Anthropic Messages protocol.

Source: https://platform.claude.com/docs/en/api/messages/create. The protocol wants a limit of the answer, instructions
apart, and results of tools in the turn after their calls.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from pydantic import JsonValue

from besedka.kernel.llm.errors import LlmError, NotOffered
from besedka.kernel.llm.types import (
    ChatRequest,
    FilePart,
    ImagePart,
    JsonFormat,
    JsonObject,
    Message,
    Part,
    Role,
    TextPart,
    Tool,
    ToolCall,
)
from besedka.kernel.llm.wires.calling import Payload
from besedka.kernel.llm.wires.parts import Turn, arguments_of, encoded, split_turns
from besedka.kernel.llm.wires.shape import whole

DEFAULT_LIMIT = 16_384
"""Tokens of an answer where the asker sets no limit: the protocol demands one."""
LEAST_LIMIT = 4096
"""What every model writes, where one objected to more."""

_NOT_IN_IDS = re.compile(r"[^a-zA-Z0-9_-]")
_JSON_ONLY = "Answer with a JSON object and nothing else."


def write_request(request: ChatRequest, *, stream: bool) -> Payload:
    """Return the body of a request; settings that were not chosen are left out. Raises NotOffered."""
    instructions, turns = split_turns(request.messages)
    wanted = request.response_format
    if wanted is not None and wanted.schema is None:
        instructions = f"{instructions}\n\n{_JSON_ONLY}".strip()
    chosen: Payload = {
        "system": instructions or None,
        "temperature": None if request.temperature is None else min(request.temperature, 1.0),
        "stop_sequences": [stop for stop in request.stop if stop.strip()] or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "output_config": _format(wanted),
    }
    return {
        "model": request.model,
        "max_tokens": request.max_tokens or DEFAULT_LIMIT,
        "messages": [_turn(turn) for turn in turns],
        "stream": stream,
        **{name: value for name, value in chosen.items() if value is not None},
    }


def find_objection(payload: Payload, error: LlmError) -> str | None:
    """Return the setting that a model complained of and that can be asked for otherwise or not at all.

    Newer models take no `temperature`, older ones write less and know no formats: those are asked
    for in words.
    """
    said = error.detail.lower()
    if "max_tokens" in said and payload["max_tokens"] == DEFAULT_LIMIT:
        return "max_tokens"
    known = {
        "temperature": "temperature",
        "output_config": "output_config",
        "output format": "output_config",
    }
    return next((name for word, name in known.items() if word in said and name in payload), None)


def yield_to(payload: Payload, objections: Iterable[str]) -> Payload:
    """Return the request without the settings that a model objected to."""
    changed = dict(payload)
    for name in objections:
        if name == "max_tokens":
            changed["max_tokens"] = min(whole(payload["max_tokens"]) or LEAST_LIMIT, LEAST_LIMIT)
        elif (value := changed.pop(name, None)) and name == "output_config":
            changed["system"] = f"{changed.get('system', '')}\n\n{_in_words(value)}".strip()
    return changed


def _in_words(output_config: object) -> str:
    return f"{_JSON_ONLY} It follows this JSON schema:\n{json.dumps(output_config, ensure_ascii=False)}"


def _turn(turn: Turn) -> Payload:
    content = [block for message in turn.messages for block in _blocks(message)]
    # Results have to stand before what else is said in their turn.
    content.sort(key=lambda block: block["type"] != "tool_result")
    return {"role": "assistant" if turn.by_model else "user", "content": content}


def _blocks(message: Message) -> Iterator[Payload]:
    if message.role is Role.TOOL:
        yield {
            "type": "tool_result",
            "tool_use_id": _id(message.tool_call_id),
            "content": [_part(part) for part in message.parts if part != TextPart("")],
        }
        return
    for part in message.parts:
        if not isinstance(part, TextPart) or part.text.strip():
            yield _part(part)
    for call in message.tool_calls:
        yield _call(call)


def _part(part: Part) -> Payload:
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart(data, media_type):
            return {"type": "image", "source": _source(data, media_type)}
        case FilePart(data, "application/pdf" as media_type, name):
            return {"type": "document", "title": name, "source": _source(data, media_type)}
        case FilePart(data, media_type, name) if media_type.startswith("text/"):
            text = data.decode("utf-8", "replace")
            source = {"type": "text", "media_type": "text/plain", "data": text}
            return {"type": "document", "title": name, "source": source}
        case FilePart():
            raise NotOffered(f"files of the type {part.media_type} are not taken")


def _source(data: bytes, media_type: str) -> Payload:
    return {"type": "base64", "media_type": media_type, "data": encoded(data)}


def _call(call: ToolCall) -> Payload:
    return {"type": "tool_use", "id": _id(call.id), "name": call.name, "input": arguments_of(call)}


def _id(given: str) -> str:
    return _NOT_IN_IDS.sub("_", given) or "call"


def _tool(tool: Tool) -> Payload:
    return {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}


def _format(wanted: JsonFormat | None) -> Payload | None:
    if wanted is None or wanted.schema is None:
        return None
    return {"format": {"type": "json_schema", "schema": _closed(wanted.schema)}}


def _closed(schema: JsonObject) -> Mapping[str, JsonValue]:
    """Return a schema whose objects say that they have no other fields: the protocol demands it."""
    closed: dict[str, JsonValue] = {key: _closed_value(value) for key, value in schema.items()}
    if closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


def _closed_value(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return dict(_closed(value))
    return [_closed_value(each) for each in value] if isinstance(value, list) else value
