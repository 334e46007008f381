"""`/assistants/…/archive` and `/assistants/trash`: putting assistants away, deleting them, having them back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from besedka.core.deps import CurrentRuntime
from besedka.core.ids import ActorId
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import ASSISTANTS_MANAGE
from besedka.products.assistants.schemas import AssistantRead

router = APIRouter(tags=["assistants"], route_class=KeyedRoute)

Manager = Annotated[Identity, Depends(require(ASSISTANTS_MANAGE))]


@router.get("/assistants/trash", responses=problems(401, 403), summary="Deleted assistants")
async def list_trash(runtime: CurrentRuntime, identity: Manager) -> list[AssistantRead]:
    """List the assistants that were deleted in the last 30 days and can be had back, the latest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await answers.list_deleted_assistants(conn)
    return [AssistantRead.model_validate(each) for each in found]


@router.post(
    "/assistants/trash/{deleted_id}/restore", responses=problems(401, 403, 404),
    summary="Have a deleted assistant back",
)  # fmt: skip
async def restore_assistant(
    deleted_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> AssistantRead:
    """Take an assistant out of the trash with its widgets, tests and documents; these are searchable seconds later."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return AssistantRead.model_validate(
            await answers.restore_assistant(conn, ActorId(deleted_id), author=identity.actor_id)
        )


@router.delete(
    "/assistants/trash/{deleted_id}", status_code=204, responses=problems(401, 403, 404),
    summary="Delete an assistant for good",
)  # fmt: skip
async def destroy_assistant(deleted_id: UUID, runtime: CurrentRuntime, identity: Manager) -> None:
    """Delete an assistant in the trash for good, with the documents that went with it. Dialogs keep its name."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await answers.destroy_assistant(conn, ActorId(deleted_id), author=identity.actor_id)


@router.delete(
    "/assistants/{assistant_id}", status_code=204, responses=problems(401, 403, 404),
    summary="Delete an assistant",
)  # fmt: skip
async def delete_assistant(assistant_id: UUID, runtime: CurrentRuntime, identity: Manager) -> None:
    """Put an assistant into the trash: its widgets are gone at once, and so are the documents that only it answers from.

    Collections that others answer from stay; dialogs stay readable, with its name.
    """
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await answers.delete_assistant(conn, ActorId(assistant_id), author=identity.actor_id)


@router.post(
    "/assistants/{assistant_id}/archive", responses=problems(401, 403, 404), summary="Archive an assistant"
)  # fmt: skip
async def archive_assistant(
    assistant_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> AssistantRead:
    """Let an assistant answer nobody: its widgets greet for people, and what visitors write comes to the inbox."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return AssistantRead.model_validate(
            await answers.archive_assistant(conn, ActorId(assistant_id), author=identity.actor_id)
        )


@router.post(
    "/assistants/{assistant_id}/unarchive", responses=problems(401, 403, 404),
    summary="Have an archived assistant back",
)  # fmt: skip
async def unarchive_assistant(
    assistant_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> AssistantRead:
    """Let an assistant answer again."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return AssistantRead.model_validate(
            await answers.unarchive_assistant(conn, ActorId(assistant_id), author=identity.actor_id)
        )
