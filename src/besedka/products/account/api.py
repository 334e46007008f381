"""`/provider`: the workspace's provider of models, its test, what it offers, and how far the vectors are."""

from typing import Annotated

from fastapi import APIRouter, Depends

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.problems import words_of
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import NoProvider
from besedka.products.account.permissions import MANAGE_MODELS
from besedka.products.account.schemas import (
    ModelOffered,
    ProviderRead,
    ProviderWrite,
    TestCallRead,
    TestedRead,
    VectorsRead,
)

router = APIRouter(prefix="/provider", tags=["models"], route_class=KeyedRoute)

Manager = Annotated[Identity, Depends(require(MANAGE_MODELS))]


@router.get("", summary="The provider of models", responses=problems(401, 403, 404))
async def read_provider(runtime: CurrentRuntime, identity: Manager) -> ProviderRead:
    """Show the workspace's own provider, without its key; `is_set` says whether there is one."""
    return await _shown(runtime, identity)


@router.put("", summary="Set the provider of models", responses=problems(401, 403, 404, 422))
async def save_provider(
    body: ProviderWrite, runtime: CurrentRuntime, identity: Manager
) -> ProviderRead:
    """Replace the provider. Another embedding model has all vectors made anew, an empty one has them deleted.

    Without `api_key` the stored key is kept, as long as the address stays; without `kind` the address tells
    what the provider speaks. 422 `folder_missing` where Yandex is asked and no folder given.
    """
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await llm.set_provider(runtime, conn, body.wanted())
        await knowledge.want_vectors(conn)
    return await _shown(runtime, identity)


@router.delete(
    "", status_code=204, summary="Forget the provider", responses=problems(401, 403, 404)
)
async def delete_provider(runtime: CurrentRuntime, identity: Manager) -> None:
    """Forget the address and the key; the vectors go, too."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await llm.delete_provider(conn)
        await knowledge.want_vectors(conn)


@router.post("/test", summary="Call every model once", responses=problems(401, 403, 404, 409))
async def test_provider(
    runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale
) -> TestedRead:
    """Call each model that is set once, and say how that went. 409 `no_provider` where there is none."""
    tested = await llm.test_provider(runtime, identity.workspace_id)
    if tested is None:
        raise NoProvider
    return TestedRead(
        answers=_call(tested.answers, locale),
        embedding=_call(tested.embedding, locale) if tested.embedding else None,
        rerank=_call(tested.rerank, locale) if tested.rerank else None,
    )


@router.get(
    "/models",
    summary="What the provider offers",
    responses=problems(401, 403, 404, 409, 422, 502, 503),
)
async def list_offered(runtime: CurrentRuntime, identity: Manager) -> list[ModelOffered]:
    """List the models that the provider names; `context` in tokens when it is told."""
    found = await llm.list_models(runtime, identity.workspace_id)
    return [ModelOffered.model_validate(each) for each in found]


@router.post(
    "/vectors", status_code=202, summary="Make missing vectors", responses=problems(401, 403, 404)
)
async def make_vectors(runtime: CurrentRuntime, identity: Manager) -> VectorsRead:
    """Have the vectors that are missing made, after a failure for example."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await knowledge.want_vectors(conn)
    return (await _shown(runtime, identity)).vectors


async def _shown(runtime: CurrentRuntime, identity: Identity) -> ProviderRead:
    found = await llm.shown_provider(runtime, identity.workspace_id)
    vectors = await knowledge.vector_progress(
        runtime, identity.workspace_id, found.embedding_model if found else ""
    )
    told = VectorsRead.model_validate(vectors)
    installation = bool(await llm.installed_providers(runtime))
    if found is None:
        return ProviderRead(is_set=False, installation=installation, vectors=told)
    return ProviderRead(
        is_set=True, installation=installation, kind=found.kind, folder=found.folder,
        base_url=found.base_url, default_model=found.default_model,
        embedding_model=found.embedding_model, rerank_model=found.rerank_model, has_key=found.has_key,
        tested_at=found.tested_at, test_failure=found.test_failure, vectors=told,
    )  # fmt: skip


def _call(result: llm.TestResult, locale: str) -> TestCallRead:
    failure = result.failure
    return TestCallRead(
        ok=result.ok, milliseconds=result.milliseconds, said=result.said,
        code=failure.code if failure else None,
        message=words_of(locale, failure) if failure else "", detail=failure.detail if failure else "",
    )  # fmt: skip
