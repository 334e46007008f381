"""What every provider's protocol offers to the service above, and what the wires share."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import SecretStr

from besedka.kernel.llm.errors import CutMidStream
from besedka.kernel.llm.types import (
    ChatRequest,
    Completion,
    Delta,
    Embedded,
    Finish,
    ModelInfo,
    Ranking,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)

NO_KEY = SecretStr("")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider is and how it knows us. `headers` may hold secrets too and is not shown.

    `folder` is Yandex's: what models and calls belong to.
    """

    base_url: str
    api_key: SecretStr = NO_KEY
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: str = ""


class Wire(Protocol):
    """One provider's protocol."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Yield the answer as it is made; the last two deltas are one Usage and one Finish.

        Closing the generator (or leaving it) ends the call and cuts its connection. Before the
        first delta some failures are retried. Raises LlmError.
        """
        ...

    async def complete(self, request: ChatRequest) -> Completion:
        """Return the whole answer, asked for in one piece. Raises LlmError."""
        ...

    async def embed(
        self, model: str, texts: Sequence[str], *, dimensions: int | None = None
    ) -> Embedded:
        """Return a vector for each text, of so many numbers where the model can. Raises LlmError."""
        ...

    async def rerank(self, model: str, *, query: str, documents: Sequence[str]) -> Ranking:
        """Return the documents in the order of how well they fit a query. Raises LlmError."""
        ...

    async def models(self) -> tuple[ModelInfo, ...]:
        """Return what the provider offers. Raises LlmError."""
        ...


class Collector:
    """Puts deltas together again."""

    def __init__(self) -> None:
        self._texts: dict[type[Delta], list[str]] = {}
        self._calls: dict[int, tuple[ToolCallDelta, list[str]]] = {}
        self.usage: Usage | None = None
        self.finish: Finish | None = None

    def add(self, delta: Delta) -> None:
        """Take the next delta."""
        match delta:
            case TextDelta() | ReasoningDelta() | RefusalDelta():
                self._texts.setdefault(type(delta), []).append(delta.text)
            case ToolCallDelta():
                known = self._calls.setdefault(delta.index, (delta, []))
                known[1].append(delta.arguments)
            case Usage():
                self.usage = delta
            case Finish():
                self.finish = delta

    def text(self, kind: type[Delta] = TextDelta) -> str:
        """Return the words of one kind so far."""
        return "".join(self._texts.get(kind, ()))

    def completion(self) -> Completion:
        """Return the whole answer. Raises CutMidStream when its end is missing."""
        if self.usage is None or self.finish is None:
            raise CutMidStream
        calls = (
            ToolCall(first.id, first.name, "".join(parts), first.signature)
            for first, parts in self._calls.values()
        )
        return Completion(
            text=self.text(),
            reasoning=self.text(ReasoningDelta),
            refusal=self.text(RefusalDelta),
            tool_calls=tuple(calls),
            usage=self.usage,
            finish=self.finish,
        )


async def collect(deltas: AsyncGenerator[Delta, None] | AsyncIterable[Delta]) -> Completion:
    """Read a stream to its end and return the whole answer. Raises what the stream raises."""
    collector = Collector()
    if isinstance(deltas, AsyncGenerator):
        async with aclosing(deltas):
            async for delta in deltas:
                collector.add(delta)
    else:
        async for delta in deltas:
            collector.add(delta)
    return collector.completion()
