"""Bodies of the endpoint, as OpenAI's reference names them.

What comes in is read leniently: clients send many settings of models that an assistant has its own values for.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_MESSAGES = 400
LONGEST_TEXT = 100_000
MOST_INPUTS = 1024


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class TextPart(_Lenient):
    """A part of a message; only text is read."""

    type: str
    text: str = Field(default="", max_length=LONGEST_TEXT)


class ChatMessage(_Lenient):
    """One message of a conversation that the caller keeps."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = Field(default=None, max_length=LONGEST_TEXT)

    @property
    def text(self) -> str:
        """The words of the message."""
        if isinstance(self.content, str):
            return self.content.strip()
        return "\n".join(part.text for part in self.content or () if part.type == "text").strip()


class StreamOptions(_Lenient):
    """What a stream is to tell besides the text."""

    include_usage: bool = False


class CompletionCreate(_Lenient):
    """A request for an answer."""

    model: str = Field(min_length=1, max_length=200)
    messages: list[ChatMessage] = Field(min_length=1, max_length=MOST_MESSAGES)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = None
    tools: list[object] | None = Field(default=None, max_length=200)
    functions: list[object] | None = Field(default=None, max_length=200)


class EmbeddingsCreate(_Lenient):
    """Texts whose vectors are wanted: one, or up to 1,024."""

    model: str = Field(min_length=1, max_length=200)
    input: str | Annotated[list[object], Field(max_length=MOST_INPUTS)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(default=None, ge=1, le=65_536)


class EmbeddingRead(BaseModel):
    """One vector of unit length: numbers, or as base64 of 32-bit floats, the lowest byte first."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingUsage(BaseModel):
    """Tokens that the texts took."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingList(BaseModel):
    """The vectors in the order of the texts."""

    object: Literal["list"] = "list"
    data: list[EmbeddingRead]
    model: str
    usage: EmbeddingUsage


class ModelRead(BaseModel):
    """An assistant as a model, or the embedding model.

    `created` is in seconds since 1970, 0 where that is not known; `name` is what people call it.
    """

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str
    name: str


class ModelList(BaseModel):
    """All assistants of the workspace."""

    object: Literal["list"] = "list"
    data: list[ModelRead]


class UrlCitation(BaseModel):
    """Where a statement comes from; the indexes are those of its mark in the text, in characters."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(BaseModel):
    """A citation, in the shape that OpenAI gives to sources on the web."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class Answered(BaseModel):
    """How the answer came about: `mode` is model, extractive, unknown or small_talk; `confidence` is 0 to 1.

    `handoff` says why a person should take over, if one should.
    """

    mode: str
    confidence: float
    handoff: str | None


class Usage(BaseModel):
    """Tokens that a model took; none where the answer was quoted without one."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class AssistantMessage(BaseModel):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]


class Choice(BaseModel):
    """The one answer there is."""

    index: Literal[0] = 0
    message: AssistantMessage
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class Completion(BaseModel):
    """An answer in one piece."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    besedka: Answered


class Delta(BaseModel):
    """What a piece of a stream adds."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[Annotation] | None = None


class ChunkChoice(BaseModel):
    """The one answer there is, in pieces."""

    index: Literal[0] = 0
    delta: Delta
    finish_reason: Literal["stop"] | None = None


class Chunk(BaseModel):
    """A piece of a stream."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: Usage | None = None
    besedka: Answered | None = None
