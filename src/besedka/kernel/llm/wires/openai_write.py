"""Requests of the OpenAI chat protocol.

Source: https://platform.openai.com/docs/api-reference/chat/create.
"""

from collections.abc import Iterable, Mapping

from besedka.kernel.llm.errors import LlmError
from besedka.kernel.llm.types import (
    ChatRequest,
    FilePart,
    ImagePart,
    JsonFormat,
    Message,
    Part,
    Role,
    TextPart,
    Tool,
    ToolCall,
)
from besedka.kernel.llm.wires.calling import Payload
from besedka.kernel.llm.wires.parts import as_words, encoded


def write_request(request: ChatRequest, *, stream: bool) -> Payload:
    """Return the body of a request; settings that were not chosen are left out."""
    chosen: Payload = {
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "stop": list(request.stop) or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "response_format": _format(request.response_format),
        "stream_options": {"include_usage": True} if stream else None,
    }
    return {
        "model": request.model,
        "messages": [_message(message) for message in request.messages],
        "stream": stream,
        **{name: value for name, value in chosen.items() if value is not None},
    }


def find_objection(payload: Payload, error: LlmError) -> str | None:
    """Return the setting that a server complained of and that can be asked for otherwise or not at all.

    Older servers know no `stream_options`, newer models call `max_tokens` otherwise, and some take
    no `temperature`. What changes the meaning of the answer (tools, formats) is never given up.
    """
    said = error.detail.lower()
    if "max_tokens" in payload and "max_completion_tokens" in said:
        return "max_tokens"
    return next((n for n in ("stream_options", "temperature") if n in payload and n in said), None)


def yield_to(payload: Payload, objections: Iterable[str]) -> Payload:
    """Return the request without the settings that a server objected to."""
    changed = dict(payload)
    for name in objections:
        value = changed.pop(name, None)
        if name == "max_tokens" and value is not None:
            changed["max_completion_tokens"] = value
    return changed


def _message(message: Message) -> Payload:
    written: Payload = {"role": message.role.value, "content": _content(message.parts)}
    if message.tool_calls:
        written["tool_calls"] = [_call(call) for call in message.tool_calls]
        written["content"] = written["content"] or None
    if message.role is Role.TOOL:
        written["tool_call_id"] = message.tool_call_id
    return written


def _content(parts: tuple[Part, ...]) -> str | list[Payload]:
    """Return plain text where it suffices: many servers know no parts."""
    if all(isinstance(part, TextPart) for part in parts):
        return "".join(part.text for part in parts if isinstance(part, TextPart))
    return [_part(part) for part in parts]


def _part(part: Part) -> Payload:
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart(data, media_type):
            url = f"data:{media_type};base64,{encoded(data)}"
            return {"type": "image_url", "image_url": {"url": url}}
        case FilePart(data, media_type, name) if media_type.startswith("text/"):
            return {"type": "text", "text": as_words(name, data)}
        case FilePart(data, media_type, name):
            url = f"data:{media_type};base64,{encoded(data)}"
            return {"type": "file", "file": {"filename": name, "file_data": url}}


def _call(call: ToolCall) -> Payload:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _tool(tool: Tool) -> Payload:
    function: Mapping[str, object] = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return {"type": "function", "function": function}


def _format(wanted: JsonFormat | None) -> Payload | None:
    if wanted is None:
        return None
    if wanted.schema is None:
        return {"type": "json_object"}
    schema = {"name": wanted.name, "schema": wanted.schema, "strict": True}
    return {"type": "json_schema", "json_schema": schema}
