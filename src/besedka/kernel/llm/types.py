"""What is asked of a model and what comes back, the same for every provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

JsonObject = Mapping[str, JsonValue]


class WireKind(StrEnum):
    """The protocols that providers speak."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"
    YANDEX = "yandex"


class Ability(StrEnum):
    """What a model takes or does beyond words."""

    VISION = "vision"
    FILES = "files"
    TOOLS = "tools"
    STRUCTURED_OUTPUT = "structured_output"


class Role(StrEnum):
    """Who speaks in a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class FinishReason(StrEnum):
    """Why the model stopped; UNKNOWN when the provider gave no reason or one of its own."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture by its bytes."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class FilePart:
    """A document by its bytes: a PDF, or a text."""

    data: bytes
    media_type: str
    name: str = "document"


Part = TextPart | ImagePart | FilePart


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model's wish to run a tool. `arguments` is JSON text as the model wrote it: maybe broken.

    `signature` is the provider's sealed thought behind the call; some want it back with the next question.
    """

    id: str
    name: str
    arguments: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `tool_calls` belongs to ASSISTANT, `tool_call_id` to TOOL."""

    role: Role
    parts: tuple[Part, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""

    @property
    def text(self) -> str:
        """The words of all parts."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))


def system(text: str) -> Message:
    """Return instructions."""
    return Message(Role.SYSTEM, (TextPart(text),))


def user(text: str, *attached: ImagePart | FilePart) -> Message:
    """Return words of a person, with pictures and documents."""
    return Message(Role.USER, (TextPart(text), *attached))


def assistant(text: str, *tool_calls: ToolCall) -> Message:
    """Return an earlier answer of the model."""
    return Message(Role.ASSISTANT, (TextPart(text),) if text else (), tool_calls)


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may ask for; `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """The answer has to be a JSON object, of the given schema when there is one."""

    schema: JsonObject | None = None
    name: str = "answer"


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A question to a model; None leaves a setting to the provider."""

    model: str
    messages: tuple[Message, ...]
    temperature: float | None = None
    max_tokens: int | None = None
    tools: tuple[Tool, ...] = ()
    response_format: JsonFormat | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next words of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next words of the model's thinking."""

    text: str


@dataclass(frozen=True, slots=True)
class RefusalDelta:
    """The next words of a refusal that stands instead of an answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of the tool call at place `index`: id, name and signature come whole with its first piece."""

    index: int
    id: str
    name: str
    arguments: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `cached_input` is a part of `input`, `reasoning` a part of `output`.

    `estimated` says that the provider gave no count and this is our guess. `further_input` is what
    tools on the provider's side had the model read beyond `input`: it is paid like input.
    """

    input: int
    output: int
    cached_input: int = 0
    reasoning: int = 0
    estimated: bool = False
    further_input: int = 0


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of an answer. `raw` is the provider's own word."""

    reason: FinishReason
    raw: str = ""


Delta = TextDelta | ReasoningDelta | RefusalDelta | ToolCallDelta | Usage | Finish


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer."""

    text: str
    reasoning: str
    refusal: str
    tool_calls: tuple[ToolCall, ...]
    usage: Usage
    finish: Finish


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that a provider offers; `context` in tokens when it is told."""

    id: str
    context: int | None = None


Vector = tuple[float, ...]
"""Of unit length."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors in the order of the texts, all of one length."""

    vectors: tuple[Vector, ...]
    usage: Usage


@dataclass(frozen=True, slots=True)
class Ranked:
    """A document by its place among those that were given."""

    place: int
    score: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Documents, best first; some may be left out."""

    order: tuple[Ranked, ...]
    usage: Usage


class RunState(StrEnum):
    """Where a recorded call is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call cost, in millionths of the currency's unit."""

    micro: int
    currency: str


@dataclass(frozen=True, slots=True)
class WantedProvider:
    """A provider as somebody sets it up.

    `api_key` None keeps the stored key, an empty one means that none is needed. Without `kind` the
    address tells what it speaks; `folder` is Yandex's.
    """

    base_url: str
    default_model: str
    api_key: str | None = field(repr=False)
    embedding_model: str = ""
    rerank_model: str = ""
    kind: WireKind | None = None
    folder: str = ""


@dataclass(frozen=True, slots=True)
class ShownProvider:
    """What may be shown of a provider: everything but its key."""

    kind: WireKind
    name: str
    base_url: str
    default_model: str
    embedding_model: str
    rerank_model: str
    has_key: bool
    tested_at: datetime | None
    test_failure: str | None
    folder: str = ""
