"""Requests of Yandex's completion protocol: words only, one kind of content a message, calls without ids.

Source: https://yandex.cloud/en/docs/ai-studio/text-generation/api-ref/TextGeneration/completion. It knows no stop
sequences: the reader stops there.
"""

from collections.abc import Iterator, Mapping

from besedka.kernel.llm.errors import NotOffered
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
)
from besedka.kernel.llm.wires.calling import Payload
from besedka.kernel.llm.wires.parts import (
    Turn,
    arguments_of,
    as_words,
    names_of_calls,
    split_turns,
)


def write_request(request: ChatRequest, uri: str, *, stream: bool) -> Payload:
    """Return the body of a request; settings that were not chosen are left out. Raises NotOffered."""
    instructions, turns = split_turns(request.messages)
    names = names_of_calls(request.messages)
    messages = [_message("system", text=instructions)] if instructions else []
    messages += [message for turn in turns for message in _messages(turn, names)]
    chosen: Payload = {
        "tools": [_tool(tool) for tool in request.tools] or None,
        **_format(request.response_format),
    }
    return {
        "modelUri": uri,
        "completionOptions": _options(request, stream=stream),
        "messages": messages,
        **{name: value for name, value in chosen.items() if value is not None},
    }


def _options(request: ChatRequest, *, stream: bool) -> Payload:
    options: Payload = {"stream": stream}
    if request.temperature is not None:
        options["temperature"] = min(request.temperature, 1.0)
    if request.max_tokens is not None:
        options["maxTokens"] = str(request.max_tokens)
    return options


def _messages(turn: Turn, names: Mapping[str, str]) -> Iterator[Payload]:
    results = [_result(each, names) for each in turn.messages if each.role is Role.TOOL]
    if results:
        yield _message("user", toolResultList={"toolResults": results})
    for message in turn.messages:
        if message.role is Role.TOOL:
            continue
        if text := "".join(map(_words, message.parts)):
            yield _message("assistant" if turn.by_model else "user", text=text)
        if message.tool_calls:
            calls = [
                {"functionCall": {"name": call.name, "arguments": arguments_of(call)}}
                for call in message.tool_calls
            ]
            yield _message("assistant", toolCallList={"toolCalls": calls})


def _message(role: str, **content: object) -> Payload:
    return {"role": role, **content}


def _result(message: Message, names: Mapping[str, str]) -> Payload:
    id_ = message.tool_call_id
    return {"functionResult": {"name": names.get(id_, id_), "content": message.text}}


def _words(part: Part) -> str:
    match part:
        case TextPart(text):
            return text
        case FilePart(data, media_type, name) if media_type.startswith("text/"):
            return as_words(name, data)
        case ImagePart() | FilePart():
            raise NotOffered(f"{part.media_type} is not taken, only words are")


def _tool(tool: Tool) -> Payload:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"function": function}


def _format(wanted: JsonFormat | None) -> Payload:
    if wanted is None:
        return {}
    return (
        {"jsonObject": True} if wanted.schema is None else {"jsonSchema": {"schema": wanted.schema}}
    )
