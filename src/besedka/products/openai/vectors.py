"""Vectors for programs: the workspace's embedding model behind OpenAI's shape."""

import asyncio
import base64
import struct
from collections.abc import Sequence
from typing import Final

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import BadRequest, NoEmbeddingModel, NoProvider, ProviderUnreachable
from besedka.kernel.llm.types import Embedded, Vector
from besedka.products.openai.errors import (
    InputEmpty,
    InputTooLong,
    ModelNotFound,
    OptionUnsupported,
    TokensUnsupported,
)
from besedka.products.openai.schemas import (
    EmbeddingList,
    EmbeddingRead,
    EmbeddingsCreate,
    EmbeddingUsage,
    ModelRead,
)

BATCH: Final = 64
"""Texts that the provider is given at once: some take no more."""
LONGEST_TOGETHER: Final = 1_000_000
TEXTS: Final = "6000 per minute"
SECONDS: Final = 120.0


async def find_model(runtime: Runtime, identity: Identity) -> ModelRead | None:
    """Return the workspace's embedding model as a model of the list, if it has one."""
    provider = await llm.find_provider(runtime, identity.workspace_id)
    if provider is None or not provider.embedding_model:
        return None
    name = provider.embedding_model
    return ModelRead(id=name, created=0, owned_by=provider.name, name=name)


async def embed(runtime: Runtime, identity: Identity, body: EmbeddingsCreate) -> EmbeddingList:
    """Return the vectors of texts. Raises NoProvider, NoEmbeddingModel, InvalidInput, RateLimited and LlmError."""
    provider = await _find_provider(runtime, identity, body.model)
    texts = texts_of(body)
    await runtime.limiter.hit(TEXTS, "embeddings", str(identity.workspace_id), cost=len(texts))
    data: list[EmbeddingRead] = []
    taken = 0
    try:
        async with asyncio.timeout(SECONDS):
            for start in range(0, len(texts), BATCH):
                batch = texts[start : start + BATCH]
                found = await _embed(runtime, identity, provider, batch, body.dimensions)
                data += (_shown(start + n, v, body) for n, v in enumerate(found.vectors))
                taken += found.usage.input
    except TimeoutError:
        raise ProviderUnreachable("the vectors took too long") from None
    usage = EmbeddingUsage(prompt_tokens=taken, total_tokens=taken)
    return EmbeddingList(data=data, model=provider.embedding_model, usage=usage)


async def _find_provider(runtime: Runtime, identity: Identity, model: str) -> llm.Provider:
    provider = await llm.find_provider(runtime, identity.workspace_id)
    if provider is None:
        raise NoProvider
    if not provider.embedding_model:
        raise NoEmbeddingModel
    if model.strip().casefold() != provider.embedding_model.casefold():
        raise ModelNotFound(model=model, param="model")
    return provider


async def _embed(
    runtime: Runtime, identity: Identity, provider: llm.Provider, texts: Sequence[str], dimensions: int | None
) -> Embedded:  # fmt: skip
    """Ask for one batch; a model that cannot give vectors of the wished length is said to lack the option."""
    try:
        found = await llm.embedded(
            runtime, identity.workspace_id, provider, texts, dimensions=dimensions
        )
    except BadRequest:
        if dimensions is not None:
            raise OptionUnsupported(param="dimensions") from None
        raise
    if dimensions is not None and len(found.vectors[0]) != dimensions:
        raise OptionUnsupported(param="dimensions")
    return found


def texts_of(body: EmbeddingsCreate) -> list[str]:
    """Return the texts of a request. Raises TokensUnsupported, InputEmpty, InputTooLong."""
    given = [body.input] if isinstance(body.input, str) else body.input
    texts = [each for each in given if isinstance(each, str)]
    if len(texts) != len(given):
        raise TokensUnsupported(param="input")
    if not texts or not all(map(str.strip, texts)):
        raise InputEmpty(param="input")
    if sum(map(len, texts)) > LONGEST_TOGETHER:
        raise InputTooLong(param="input", limit=LONGEST_TOGETHER)
    return texts


def _shown(place: int, vector: Vector, body: EmbeddingsCreate) -> EmbeddingRead:
    shown = packed(vector) if body.encoding_format == "base64" else list(vector)
    return EmbeddingRead(index=place, embedding=shown)


def packed(vector: Vector) -> str:
    """Return a vector as base64 of its 32-bit floats, the lowest byte first."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
