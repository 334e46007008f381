"""`/llm/imports`: chats from elsewhere."""

from uuid import UUID

from fastapi import APIRouter, Request

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.core.schemas import problems
from besedka.kernel.files.deps import receive_file
from besedka.kernel.files.schemas import UPLOAD_BODY
from besedka.products.chat import service
from besedka.products.chat.deps import EXPORTS, Person
from besedka.products.chat.schemas import ImportRead

router = APIRouter(prefix="/llm/imports", tags=["models"], route_class=LateRoute)


@router.post(
    "", status_code=202, summary="Import chats", openapi_extra=UPLOAD_BODY,
    responses=problems(400, 401, 403, 413, 415, 422, 429, 503),
)  # fmt: skip
async def import_chats(request: Request, runtime: CurrentRuntime, identity: Person) -> ImportRead:
    """Take in chats from a file, in the part `file` of a multipart form, in the background.

    An export of ChatGPT (the zip, or its `conversations.json`), of Open WebUI (JSON), or our own JSON of one chat or a
    list of them. What came in before is left as it is.
    """
    received = await receive_file(request, runtime, identity=identity, kinds=EXPORTS)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        begun = await service.begin_import(conn, received.file, actor=identity.actor_id)
    return ImportRead.model_validate(begun)


@router.get("", summary="My imports", responses=problems(401, 403))
async def list_imports(runtime: CurrentRuntime, identity: Person) -> list[ImportRead]:
    """List my last 20 imports, the newest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_imports(conn, identity.actor_id)
    return [ImportRead.model_validate(each) for each in found]


@router.get("/{ai_import}", summary="An import", responses=problems(401, 403, 404, 422))
async def read_import(ai_import: UUID, runtime: CurrentRuntime, identity: Person) -> ImportRead:
    """Tell how far an import of mine is, and what came of it."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.get_import(conn, ai_import, actor=identity.actor_id)
    return ImportRead.model_validate(found)
