"""What the pages of an assistant share."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Form

from besedka.core.deps import CurrentRuntime
from besedka.core.ids import ActorId
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, ASSISTANTS_READ, Assistant

PATH: Final = "/dashboard/assistants"

Reader = Annotated[Identity, Depends(require_on_page(ASSISTANTS_READ))]
Manager = Annotated[Identity, Depends(require_on_page(ASSISTANTS_MANAGE))]
Words = Annotated[str, Form(max_length=100_000)]


async def _shown(assistant_id: UUID, runtime: CurrentRuntime, identity: Reader) -> Assistant:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return await answers.get_assistant(conn, ActorId(assistant_id))


async def _managed(assistant_id: UUID, runtime: CurrentRuntime, identity: Manager) -> Assistant:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return await answers.get_assistant(conn, ActorId(assistant_id))


Shown = Annotated[Assistant, Depends(_shown)]
"""The assistant of the path, for those who may look."""
Managed = Annotated[Assistant, Depends(_managed)]
"""The assistant of the path, for those who may change it."""
