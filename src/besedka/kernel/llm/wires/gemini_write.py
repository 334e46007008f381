"""Requests of the Gemini protocol.

Source: https://ai.google.dev/api/generate-content. Calls of tools go back with the signature that came
with them; results name the tool and stand in the person's turn.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

from besedka.kernel.llm.errors import LlmError, NotOffered
from besedka.kernel.llm.types import (
    ChatRequest,
    FilePart,
    ImagePart,
    Message,
    Part,
    Role,
    TextPart,
    Tool,
    ToolCall,
)
from besedka.kernel.llm.wires.calling import Payload
from besedka.kernel.llm.wires.parts import (
    Turn,
    arguments_of,
    as_words,
    encoded,
    names_of_calls,
    split_turns,
)

OWN_ID = "gemini_"
"""What the ids begin with that the reader gives to calls without one: the provider does not know them."""

_MOST_STOPS = 5
_UNSIGNED = "skip_thought_signature_validator"
"""The documented signature of a call that another model has made."""
_WITHOUT_SIGNATURES = ("gemini-1", "gemini-2", "gemma")


def write_request(request: ChatRequest) -> Payload:
    """Return the body of a request; settings that were not chosen are left out. Raises NotOffered."""
    instructions, turns = split_turns(request.messages)
    names = names_of_calls(request.messages)
    signed = not request.model.removeprefix("models/").startswith(_WITHOUT_SIGNATURES)
    chosen: Payload = {
        "systemInstruction": {"parts": [{"text": instructions}]} if instructions else None,
        "generationConfig": _settings(request) or None,
        "tools": [{"functionDeclarations": [_tool(tool) for tool in request.tools]}]
        if request.tools
        else None,
    }
    return {
        "contents": [_turn(turn, names, signed=signed) for turn in turns],
        **{name: value for name, value in chosen.items() if value is not None},
    }


def find_objection(payload: Payload, error: LlmError) -> str | None:
    """Return the part that a model complained of: small open ones take no instructions apart."""
    said = error.detail.lower()
    objected = "systemInstruction" in payload and (
        "developer instruction" in said or "system instruction" in said
    )
    return "systemInstruction" if objected else None


def yield_to(payload: Payload, objections: Iterable[str]) -> Payload:
    """Return the request with its instructions as the first words, where a model takes none apart."""
    changed = dict(payload)
    if "systemInstruction" in objections and (apart := changed.pop("systemInstruction", None)):
        changed["contents"] = [{"role": "user", **_mapped(apart)}, *_listed(changed["contents"])]
    return changed


def _mapped(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _settings(request: ChatRequest) -> Payload:
    wanted = request.response_format
    chosen: Payload = {
        "temperature": request.temperature,
        "maxOutputTokens": request.max_tokens,
        "stopSequences": list(request.stop[:_MOST_STOPS]) or None,
        "responseMimeType": "application/json" if wanted else None,
        "responseJsonSchema": wanted.schema if wanted else None,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def _turn(turn: Turn, names: Mapping[str, str], *, signed: bool) -> Payload:
    parts = [part for message in turn.messages for part in _parts(message, names, signed=signed)]
    return {"role": "model" if turn.by_model else "user", "parts": parts}


def _parts(message: Message, names: Mapping[str, str], *, signed: bool) -> Iterator[Payload]:
    if message.role is Role.TOOL:
        yield _result(message, names)
        return
    for part in message.parts:
        if not isinstance(part, TextPart) or part.text:
            yield _part(part)
    for place, call in enumerate(message.tool_calls):
        # Of calls at once only the first one bears a signature.
        yield _call(call, call.signature or (_UNSIGNED if signed and place == 0 else ""))


def _part(part: Part) -> Payload:
    match part:
        case TextPart(text):
            return {"text": text}
        case ImagePart(data, media_type) | FilePart(data, "application/pdf" as media_type):
            return {"inlineData": {"mimeType": media_type, "data": encoded(data)}}
        case FilePart(data, media_type, name) if media_type.startswith("text/"):
            return {"text": as_words(name, data)}
        case FilePart():
            raise NotOffered(f"files of the type {part.media_type} are not taken")


def _call(call: ToolCall, signature: str) -> Payload:
    written: Payload = {"name": call.name, "args": arguments_of(call), **_known_id(call.id)}
    return {"functionCall": written, **({"thoughtSignature": signature} if signature else {})}


def _result(message: Message, names: Mapping[str, str]) -> Payload:
    id_ = message.tool_call_id
    try:
        read = json.loads(message.text)
    except (ValueError, RecursionError):
        read = None
    response = read if isinstance(read, dict) else {"result": message.text}
    return {
        "functionResponse": {"name": names.get(id_, id_), "response": response, **_known_id(id_)}
    }


def _known_id(id_: str) -> Payload:
    return {"id": id_} if id_ and not id_.startswith(OWN_ID) else {}


def _tool(tool: Tool) -> Payload:
    return {
        "name": tool.name,
        "description": tool.description,
        "parametersJsonSchema": tool.parameters,
    }
