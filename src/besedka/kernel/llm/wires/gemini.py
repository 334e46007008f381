"""The Gemini protocol: Google's generative language API, and those who pass it on."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from besedka.kernel.llm.types import ChatRequest, Embedded, ModelInfo
from besedka.kernel.llm.wires.calling import Payload, Question
from besedka.kernel.llm.wires.gemini_read import CandidateReader
from besedka.kernel.llm.wires.gemini_write import find_objection, write_request, yield_to
from besedka.kernel.llm.wires.openai_vectors import read_embeddings
from besedka.kernel.llm.wires.shape import items, mapping, whole, words
from besedka.kernel.llm.wires.spoken import SpokenWire, split_address

_MODELS = "/models"
_PREFIX = "models/"
_MOST_TEXTS = 100
"""That one request for embeddings takes."""


class GeminiWire(SpokenWire):
    """Speaks to one endpoint. Source: https://ai.google.dev/api/generate-content."""

    async def embed(
        self, model: str, texts: Sequence[str], *, dimensions: int | None = None
    ) -> Embedded:
        """Return a vector for each text. Raises LlmError."""
        rows: list[object] = []
        for start in range(0, len(texts), _MOST_TEXTS):
            asked = [
                _embedding(model, text, dimensions) for text in texts[start : start + _MOST_TEXTS]
            ]
            path = f"/{_path(model)}:batchEmbedContents"
            document = mapping(await self._caller.ask_again(path, {"requests": asked}))
            rows += [
                {"embedding": mapping(row).get("values")}
                for row in items(document.get("embeddings"))
            ]
        return read_embeddings({"data": rows}, texts, guess=self._caller.likely(model, texts))

    async def models(self) -> tuple[ModelInfo, ...]:
        """Return the models that write text, in the endpoint's order. Raises LlmError."""
        listed = mapping(await self._caller.ask("GET", f"{_MODELS}?pageSize=1000"))
        rows = map(mapping, items(listed.get("models")))
        return tuple(
            ModelInfo(
                id=words(row["name"]).removeprefix(_PREFIX),
                context=whole(row.get("inputTokenLimit")),
            )
            for row in rows
            if words(row.get("name")) and _writes_or_embeds(row)
        )

    def _address(self, base_url: str) -> tuple[str, str]:
        address, query = split_address(base_url)
        address = address.removesuffix(_MODELS)
        _, _, place = address.partition("://")
        return (address if "/" in place else f"{address}/v1beta"), query

    def _auth(self, key: str) -> Mapping[str, str]:
        return {"x-goog-api-key": key} if key else {}

    def _question(self, request: ChatRequest, *, stream: bool) -> Question:
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        path = f"/{_path(request.model)}:{method}"
        return Question(
            request, path, write_request(request), CandidateReader, find_objection, yield_to
        )


def _path(model: str) -> str:
    return quote(model if "/" in model else f"{_PREFIX}{model}", safe="/-._~")


def _embedding(model: str, text: str, dimensions: int | None) -> Payload:
    chosen: Payload = {} if dimensions is None else {"outputDimensionality": dimensions}
    return {
        "model": model if "/" in model else f"{_PREFIX}{model}",
        "content": {"parts": [{"text": text}]},
        **chosen,
    }


def _writes_or_embeds(row: Mapping[str, object]) -> bool:
    methods = row.get("supportedGenerationMethods")
    return not isinstance(methods, list) or bool(
        {"generateContent", "embedContent"}.intersection(map(str, methods))
    )
