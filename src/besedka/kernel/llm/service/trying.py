"""Trying a provider out: one small call of each model that is set."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.llm.catalog import Catalog
from besedka.kernel.llm.errors import (
    LlmError,
    NoProvider,
    NotOffered,
    ProviderUnreachable,
    ServerNotFound,
)
from besedka.kernel.llm.repository import LlmRepository
from besedka.kernel.llm.service.providers import (
    Provider,
    Whose,
    find_provider,
    installed,
)
from besedka.kernel.llm.service.servers import list_servers
from besedka.kernel.llm.types import ChatRequest, ModelInfo, user

TEST_TOKENS = 16
TEST_SECONDS = 30.0
LIST_SECONDS = 8.0
TEXTS = ("How much is delivery?", "Delivery costs 5 euros.", "The cat sleeps.")
"""What the models for searching are tried with: a question, a passage that answers it, one that does not."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """How a test call went; `failure` is the error when it failed.

    `said` is what a model for answers said, how long vectors are, or which of two passages came first.
    """

    ok: bool
    said: str
    milliseconds: int
    failure: LlmError | None = None


@dataclass(frozen=True, slots=True)
class Tested:
    """How the test calls of a provider went; None for a model that is not set."""

    answers: TestResult
    embedding: TestResult | None
    rerank: TestResult | None

    @property
    def failure(self) -> LlmError | None:
        """The first error, if there was one."""
        results = (self.answers, self.embedding, self.rerank)
        return next((each.failure for each in results if each and each.failure), None)


async def test_provider(runtime: Runtime, workspace: WorkspaceId) -> Tested | None:
    """Call every model that is set once, and keep how it went; None without a provider."""
    provider = await find_provider(runtime, workspace)
    return None if provider is None else await _test(runtime, workspace, provider, person=None)


async def test_own_key(
    runtime: Runtime, workspace: WorkspaceId, *, person: ActorId
) -> Tested | None:
    """Call the model of a member's own provider once, and keep how it went; None without one."""
    provider = await find_provider(runtime, workspace, person=person)
    if provider is None or provider.whose is not Whose.PERSON:
        return None
    return await _test(runtime, workspace, provider, person=person)


async def try_server(runtime: Runtime, server: UUID) -> TestResult:
    """Call the first model of a server that a host connected once. Raises ServerNotFound."""
    found = next((each for each in await list_servers(runtime) if each.id == server), None)
    if found is None:
        raise ServerNotFound
    provider = installed(found)
    return await _try(lambda: _answer(runtime, provider))


async def _test(
    runtime: Runtime, workspace: WorkspaceId, provider: Provider, *, person: ActorId | None
) -> Tested:
    answers, embedding, rerank = await asyncio.gather(
        _try(lambda: _answer(runtime, provider)),
        _try_set(provider.embedding_model, lambda: _embed(runtime, provider)),
        _try_set(provider.rerank_model, lambda: _rerank(runtime, provider)),
    )
    tested = Tested(answers, embedding, rerank)
    async with runtime.db.fast.acquire(workspace) as conn:
        stored = await LlmRepository(conn).find_provider(person)
        if stored is not None:
            failure = tested.failure.code if tested.failure else None
            await LlmRepository(conn).note_test(stored.id, failure)
    return tested


async def list_models(runtime: Runtime, workspace: WorkspaceId) -> tuple[ModelInfo, ...]:
    """Return the models that the workspace's provider offers, or that are known of one that does not tell.

    Raises NoProvider, LlmError.
    """
    provider = await find_provider(runtime, workspace)
    if provider is None:
        raise NoProvider
    if provider.served:
        return tuple(ModelInfo(each.id, each.context) for each in provider.served)
    try:
        async with asyncio.timeout(LIST_SECONDS):
            return await provider.wire(runtime).models()
    except NotOffered:
        known = runtime.get(Catalog).of(provider.kind)
        return tuple(ModelInfo(model.id, model.context) for model in known)
    except TimeoutError:
        raise ProviderUnreachable("the list of models took too long") from None


async def _try_set(model: str, call: Callable[[], Awaitable[str]]) -> TestResult | None:
    return await _try(call) if model else None


async def _try(call: Callable[[], Awaitable[str]]) -> TestResult:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(TEST_SECONDS):
            said = await call()
    except LlmError as error:
        return TestResult(ok=False, said="", milliseconds=_since(started), failure=error)
    except TimeoutError:
        failure = ProviderUnreachable("no answer within 30 seconds")
        return TestResult(ok=False, said="", milliseconds=_since(started), failure=failure)
    return TestResult(ok=True, said=said[:200], milliseconds=_since(started))


async def _answer(runtime: Runtime, provider: Provider) -> str:
    served = provider.find_served(provider.default_model)
    request = ChatRequest(
        model=served.upstream if served else provider.default_model,
        messages=(user("Reply with the single word: ready"),),
        max_tokens=TEST_TOKENS,
    )
    return (await provider.wire(runtime).complete(request)).text


async def _embed(runtime: Runtime, provider: Provider) -> str:
    found = await provider.wire(runtime).embed(provider.embedding_model, TEXTS)
    return str(len(found.vectors[0]))


async def _rerank(runtime: Runtime, provider: Provider) -> str:
    query, *documents = TEXTS
    found = await provider.wire(runtime).rerank(
        provider.rerank_model, query=query, documents=documents
    )
    return documents[found.order[0].place]


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
