"""`/llm`: the models that somebody can use."""

from fastapi import APIRouter

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.core.schemas import problems
from besedka.kernel.llm import service as llm
from besedka.products.chat import service
from besedka.products.chat.deps import Person, asker_of
from besedka.products.chat.schemas import AssistantListed, UsableRead, shown
from besedka.products.chat.types import ASSISTANT

router = APIRouter(prefix="/llm", tags=["models"], route_class=LateRoute)


@router.get("/models", summary="Models that can be used", responses=problems(401, 403, 404, 502))
async def list_models(runtime: CurrentRuntime, identity: Person) -> list[UsableRead]:
    """List the models of the workspace's provider, or of the installation's, the default one first.

    Prices are in millionths of the currency per million tokens. null stands for what is not known. Without a
    provider the list is empty.
    """
    found = await llm.list_usable(runtime, identity.workspace_id, person=identity.actor_id)
    return [shown(model) for model in found]


@router.get("/assistants", summary="Assistants that can be asked", responses=problems(401, 403))
async def list_assistants(runtime: CurrentRuntime, identity: Person) -> list[AssistantListed]:
    """List the workspace's assistants that the caller may ask, each with the id that stands where a model is named."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_assistants(conn, asker_of(identity))
    return [AssistantListed(id=f"{ASSISTANT}{each.id}", name=each.name) for each in found]
