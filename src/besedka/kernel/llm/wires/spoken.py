"""What the wires have in common: one endpoint that is called, and what a protocol lacks."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING

from besedka.core.http.types import Limits
from besedka.kernel.llm.errors import NotOffered
from besedka.kernel.llm.types import ChatRequest, Completion, Delta, Embedded, ModelInfo, Ranking
from besedka.kernel.llm.wires.base import Endpoint
from besedka.kernel.llm.wires.calling import Caller, Question
from besedka.kernel.llm.wires.memory import WireMemory
from besedka.kernel.llm.wires.retry import Retry

if TYPE_CHECKING:
    from besedka.core.http.client import OutgoingHttp


class SpokenWire(ABC):
    """Speaks to one endpoint. Cheap to make; `http` and `memory` are shared by all wires of a process."""

    def __init__(
        self, http: "OutgoingHttp", endpoint: Endpoint, *, retry: Retry | None = None,
        limits: Limits | None = None, memory: WireMemory | None = None,
    ) -> None:  # fmt: skip
        self._endpoint = endpoint
        self._caller = Caller(
            http, endpoint, address=self._address(endpoint.base_url), auth=self._auth, retry=retry,
            limits=limits, memory=memory,
        )  # fmt: skip

    def stream(self, request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Yield the answer as it is made, see Wire. Raises LlmError."""
        return self._caller.stream(self._question(request, stream=True))

    async def complete(self, request: ChatRequest) -> Completion:
        """Return the whole answer, asked for in one piece. Raises LlmError."""
        return await self._caller.complete(self._question(request, stream=False))

    async def embed(
        self, model: str, texts: Sequence[str], *, dimensions: int | None = None
    ) -> Embedded:
        """Return a vector for each text. Raises LlmError; NotOffered where the protocol has none."""
        del texts, dimensions
        raise NotOffered(
            f"{model}: there are no embeddings in the protocol of this kind of provider"
        )

    async def rerank(self, model: str, *, query: str, documents: Sequence[str]) -> Ranking:
        """Return documents by relevance. Raises LlmError; NotOffered where the protocol has no ranking."""
        del query, documents
        raise NotOffered(f"{model}: there is no ranking in the protocol of this kind of provider")

    @abstractmethod
    async def models(self) -> tuple[ModelInfo, ...]:
        """Return what the provider offers. Raises LlmError."""

    @abstractmethod
    def _address(self, base_url: str) -> tuple[str, str]:
        """Return the base address and its query, from what people paste."""

    @abstractmethod
    def _auth(self, key: str) -> Mapping[str, str]:
        """Return the headers that show a key."""

    @abstractmethod
    def _question(self, request: ChatRequest, *, stream: bool) -> Question:
        """Return the request as the protocol writes it. Raises BadRequest for what it cannot carry."""


def split_address(base_url: str) -> tuple[str, str]:
    """Return an address without its last slash, and its query without the mark."""
    address, _, query = base_url.strip().partition("?")
    return address.rstrip("/"), query
