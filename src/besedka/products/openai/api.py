"""`/v1`: models, and chat completions in one piece or as a stream."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from besedka.core import sse
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import ASSISTANTS_READ, Assistant
from besedka.products.openai import service, vectors
from besedka.products.openai.reply import Reply
from besedka.products.openai.routes import OpenAiRoute
from besedka.products.openai.schemas import (
    Completion,
    CompletionCreate,
    EmbeddingList,
    EmbeddingsCreate,
    ModelList,
    ModelRead,
)

router = APIRouter(prefix="/v1", tags=["openai"], route_class=OpenAiRoute)

Reader = Annotated[Identity, Depends(require(ASSISTANTS_READ))]


@router.get("/models", summary="Assistants as models")
async def list_models(runtime: CurrentRuntime, identity: Reader) -> ModelList:
    """List the workspace's assistants, and its embedding model when there is one."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = [_model(each, identity) for each in await answers.list_assistants(conn)]
    embedding = await vectors.find_model(runtime, identity)
    return ModelList(data=found if embedding is None else [*found, embedding])


@router.get("/models/{model:path}", summary="One assistant as a model")
async def read_model(model: str, runtime: CurrentRuntime, identity: Reader) -> ModelRead:
    """Show an assistant by its id or its name, or the embedding model."""
    embedding = await vectors.find_model(runtime, identity)
    if embedding is not None and embedding.id == model:
        return embedding
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return _model(await service.find_assistant(conn, model), identity)


@router.post(
    "/embeddings",
    summary="Vectors of texts",
    responses=problems(400, 401, 403, 404, 409, 422, 429, 502, 503),
)
async def embed(body: EmbeddingsCreate, runtime: CurrentRuntime, identity: Reader) -> EmbeddingList:
    """Return a vector of unit length for each text, by the embedding model of the workspace's provider.

    409 `no_provider` or `no_embedding_model` where there is none. Lists of tokens are refused with `tokens_unsupported`.
    """
    return await vectors.embed(runtime, identity, body)


@router.post("/chat/completions", summary="Ask an assistant", response_model=Completion)
async def complete(
    body: CompletionCreate, request: Request, runtime: CurrentRuntime, identity: Reader, locale: CurrentLocale
) -> Response | Completion:  # fmt: skip
    """Answer the last message from the assistant's documents, with what was said before as context.

    Citations are `annotations`; `besedka` says how the answer came about. Settings of models that an assistant has
    its own values for (temperature, max_tokens …) are left aside.
    """
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        asked = await service.read_request(conn, body)
    reply = Reply(runtime, identity, asked, locale)
    if not body.stream:
        return await reply.whole()
    wants_usage = body.stream_options is not None and body.stream_options.include_usage
    events = reply.events(request, wants_usage=wants_usage)
    return sse.respond(events)


def _model(who: Assistant, identity: Identity) -> ModelRead:
    created = int(who.created_at.timestamp())
    return ModelRead(
        id=str(who.id), created=created, owned_by=identity.workspace_slug, name=who.name
    )
