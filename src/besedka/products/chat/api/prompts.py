"""`/llm/prompts`: the prompt library."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.pagination import add_next
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.products.chat import service
from besedka.products.chat.deps import Person
from besedka.products.chat.schemas import (
    FilledRead,
    PromptCreate,
    PromptListed,
    PromptRead,
    PromptsQuery,
    PromptUpdate,
    Values,
    VariableRead,
)
from besedka.products.chat.types import Prompt

router = APIRouter(prefix="/llm/prompts", tags=["models"], route_class=KeyedRoute)

LINE = 120


@router.get("", summary="Prompts", responses=problems(401, 403, 422))
async def list_prompts(
    request: Request, response: Response, runtime: CurrentRuntime, identity: Person,
    asked: Annotated[PromptsQuery, Query()],
) -> list[PromptListed]:  # fmt: skip
    """List the shared prompts and my own by their names; those come first whose name has the words."""
    limit = asked.limit
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_prompts(conn, identity, asked.wanted())
    shown = found[:limit]
    add_next(request, response, {"after": str(shown[-1].id)} if len(found) > limit else None)
    return [listed(identity, each) for each in shown]


@router.post("", status_code=201, summary="Keep a prompt", responses=problems(401, 403, 409, 422))
async def create_prompt(
    body: PromptCreate, runtime: CurrentRuntime, identity: Person
) -> PromptRead:
    """Keep a prompt, for oneself or for all."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return _read(identity, await service.create_prompt(conn, identity, body.change()))


@router.get("/{ai_prompt}", summary="A prompt", responses=problems(401, 403, 404, 422))
async def read_prompt(ai_prompt: UUID, runtime: CurrentRuntime, identity: Person) -> PromptRead:
    """Return a shared prompt, or one of my own."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return _read(identity, await service.get_prompt(conn, identity, ai_prompt))


@router.patch("/{ai_prompt}", summary="Change a prompt", responses=problems(401, 403, 404, 409, 422))  # fmt: skip
async def change_prompt(
    ai_prompt: UUID, body: PromptUpdate, runtime: CurrentRuntime, identity: Person
) -> PromptRead:
    """Change a prompt: one of my own, or a shared one as its author or an administrator."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        found = await service.get_prompt(conn, identity, ai_prompt)
        changed = await service.change_prompt(conn, identity, ai_prompt, given=body.change(found))
    return _read(identity, changed)


@router.delete(
    "/{ai_prompt}",
    status_code=204,
    summary="Delete a prompt",
    responses=problems(401, 403, 404, 422),
)
async def delete_prompt(ai_prompt: UUID, runtime: CurrentRuntime, identity: Person) -> None:
    """Delete a prompt: one of my own, or a shared one as its author or an administrator."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_prompt(conn, identity, ai_prompt)


@router.post("/{ai_prompt}/filled", summary="Fill a prompt", responses=problems(401, 403, 404, 422))
async def fill_prompt(
    ai_prompt: UUID, body: Values, runtime: CurrentRuntime, identity: Person
) -> FilledRead:
    """Return a prompt's words with its variables filled, nothing is asked; 422 where one without a default has no value."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        text = await service.fill_prompt(conn, identity, ai_prompt, values=body.values)
    return FilledRead(text=text)


def listed(identity: Identity, prompt: Prompt) -> PromptListed:
    """Return a prompt as lists show it."""
    return PromptListed(
        id=prompt.id, name=prompt.name, line=" ".join(prompt.body.split())[:LINE], tags=[*prompt.tags],
        shared=prompt.shared, may_change=service.may_change(identity, prompt), variables=_variables(prompt),
    )  # fmt: skip


def _read(identity: Identity, prompt: Prompt) -> PromptRead:
    return PromptRead(
        **listed(identity, prompt).model_dump(), body=prompt.body, updated_at=prompt.updated_at
    )


def _variables(prompt: Prompt) -> list[VariableRead]:
    return [VariableRead.model_validate(each) for each in service.variables_in(prompt.body)]
