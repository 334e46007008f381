"""Calls that serve a search: texts as vectors, and passages put into a better order."""

from collections.abc import Sequence

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.llm.service.providers import Provider
from besedka.kernel.llm.service.recording import recorded
from besedka.kernel.llm.types import Embedded, Ranked, Vector

EMBED, RERANK = "embed", "rerank"
"""Purposes of recorded calls."""


async def embed(
    runtime: Runtime, workspace: WorkspaceId, provider: Provider, texts: Sequence[str]
) -> Sequence[Vector]:
    """Return the vector of each text by the provider's embedding model. Raises LlmError."""
    return (await embedded(runtime, workspace, provider, texts)).vectors


async def embedded(
    runtime: Runtime, workspace: WorkspaceId, provider: Provider, texts: Sequence[str], *,
    dimensions: int | None = None,
) -> Embedded:  # fmt: skip
    """Return the vectors with what they took; `dimensions` is how many numbers each is to have. Raises LlmError."""
    model = provider.embedding_model
    async with recorded(runtime, workspace, provider, model=model, purpose=EMBED) as record:
        found = await provider.wire(runtime).embed(model, texts, dimensions=dimensions)
        record.usage = found.usage
    return found


async def rerank(
    runtime: Runtime, workspace: WorkspaceId, provider: Provider, *, query: str, documents: Sequence[str]
) -> Sequence[Ranked]:  # fmt: skip
    """Return the documents in the order in which the provider's reranker puts them, best first. Raises LlmError."""
    model = provider.rerank_model
    async with recorded(runtime, workspace, provider, model=model, purpose=RERANK) as record:
        found = await provider.wire(runtime).rerank(model, query=query, documents=documents)
        record.usage = found.usage
    return found.order
