"""The OpenAI chat protocol over the guarded client: OpenAI, and everybody who speaks like it."""

from collections.abc import Mapping, Sequence

from besedka.kernel.llm.types import ChatRequest, Embedded, ModelInfo, Ranking
from besedka.kernel.llm.wires.calling import Payload, Question
from besedka.kernel.llm.wires.openai_read import AnswerReader
from besedka.kernel.llm.wires.openai_vectors import read_embeddings, read_ranking
from besedka.kernel.llm.wires.openai_write import find_objection, write_request, yield_to
from besedka.kernel.llm.wires.shape import items, mapping, whole, words
from besedka.kernel.llm.wires.spoken import SpokenWire, split_address

_ENDPOINT_SUFFIXES = ("/chat/completions", "/completions", "/models", "/embeddings", "/rerank")


class OpenAiWire(SpokenWire):
    """Speaks to one endpoint. Cheap to make; `http` and `memory` are shared by all wires of a process."""

    def _address(self, base_url: str) -> tuple[str, str]:
        """Return the base address and its query, from what people paste: with or without /v1 or an endpoint."""
        address, query = split_address(base_url)
        for suffix in _ENDPOINT_SUFFIXES:
            address = address.removesuffix(suffix)
        _, _, place = address.partition("://")
        return (address if "/" in place else f"{address}/v1"), query

    def _auth(self, key: str) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {key}"} if key else {}

    def _question(self, request: ChatRequest, *, stream: bool) -> Question:
        payload = write_request(request, stream=stream)
        return Question(
            request, "/chat/completions", payload, AnswerReader, find_objection, yield_to
        )  # fmt: skip

    async def embed(
        self, model: str, texts: Sequence[str], *, dimensions: int | None = None
    ) -> Embedded:
        """Return a vector for each text, all asked for at once. Raises LlmError."""
        payload: Payload = {"model": model, "input": list(texts), "encoding_format": "float"}
        if dimensions is not None:
            payload["dimensions"] = dimensions
        document = await self._caller.ask_again("/embeddings", payload)
        return read_embeddings(document, texts, guess=self._caller.likely(model, texts))

    async def rerank(self, model: str, *, query: str, documents: Sequence[str]) -> Ranking:
        """Return the documents by relevance: the shape of Jina, Cohere and those who speak like them. Raises LlmError."""
        payload: Payload = {
            "model": model, "query": query, "documents": list(documents), "top_n": len(documents),
        }  # fmt: skip
        document = await self._caller.ask("POST", "/rerank", payload=payload)
        guess = self._caller.likely(model, [query, *documents])
        return read_ranking(document, documents=len(documents), guess=guess)

    async def models(self) -> tuple[ModelInfo, ...]:
        """Return what the endpoint lists, in its order. Raises LlmError."""
        listed = await self._caller.ask("GET", "/models")
        outer = mapping(listed)
        rows = listed if isinstance(listed, list) else outer.get("data") or outer.get("models")
        return tuple(info for row in items(rows) if (info := _model(mapping(row))).id)


def _model(entry: Mapping[str, object]) -> ModelInfo:
    places = ("context_length", "context_window", "max_model_len", "max_context_length")
    sizes = (whole(entry.get(key)) for key in places)
    return ModelInfo(
        id=words(entry.get("id")) or words(entry.get("name")),
        context=next((size for size in sizes if size), None),
    )
