"""Messages as protocols with turns want them: instructions apart, speakers in turn, results with their calls."""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from besedka.kernel.llm.types import Message, Part, Role, TextPart, ToolCall

NOTHING_SAID = "…"
"""Stands where a protocol wants a person to speak first, and nobody has."""


@dataclass(slots=True)
class Turn:
    """What one side says until the other one speaks. Results of tools are on the person's side."""

    by_model: bool
    messages: list[Message] = field(default_factory=list)


def split_turns(messages: Sequence[Message]) -> tuple[str, list[Turn]]:
    """Return the instructions, and turns that begin with the person's; messages without content are left out."""
    instructions = [message.text for message in messages if message.role is Role.SYSTEM]
    turns: list[Turn] = []
    for message in messages:
        if message.role is Role.SYSTEM or not _says(message):
            continue
        by_model = message.role is Role.ASSISTANT
        if not turns and by_model:
            turns.append(Turn(by_model=False, messages=[_nothing()]))
        if not turns or turns[-1].by_model is not by_model:
            turns.append(Turn(by_model=by_model))
        turns[-1].messages.append(message)
    return "\n\n".join(filter(None, instructions)), turns or [
        Turn(by_model=False, messages=[_nothing()])
    ]


def names_of_calls(messages: Iterable[Message]) -> Mapping[str, str]:
    """Return which tool every call was for, by the call's id."""
    return {call.id: call.name for message in messages for call in message.tool_calls}


def arguments_of(call: ToolCall) -> JsonValue:
    """Return the arguments as an object; broken ones are lost."""
    try:
        read: JsonValue = json.loads(call.arguments)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def encoded(data: bytes) -> str:
    """Return bytes as JSON can carry them."""
    return base64.b64encode(data).decode("ascii")


def as_words(name: str, data: bytes) -> str:
    """Return a text document as words of a message, with its name."""
    return f"{name}:\n\n{data.decode('utf-8', 'replace')}\n"


def _says(message: Message) -> bool:
    return bool(message.tool_calls) or message.role is Role.TOOL or any(map(_holds, message.parts))


def _holds(part: Part) -> bool:
    return not isinstance(part, TextPart) or bool(part.text.strip())


def _nothing() -> Message:
    return Message(Role.USER, (TextPart(NOTHING_SAID),))
