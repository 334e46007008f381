"""`/profile`: what one tells about oneself. Every route serves the caller's own profile, and there is none for another's."""

from collections.abc import Mapping
from dataclasses import replace as changed
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import JsonValue

from besedka.core.deps import CurrentRuntime
from besedka.core.pagination import Limit, add_next
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import PersonIdentity
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.products.profile import service
from besedka.products.profile.schemas import (
    AnalysisRead,
    Analyze,
    ChangeRead,
    ChoicesRead,
    ChoicesUpdate,
    FactCreate,
    FactRead,
    FactUpdate,
    ProfileRead,
    ProfileWrite,
    PromptRead,
    profile_of,
)
from besedka.products.profile.types import Draft, FactId, State

router = APIRouter(prefix="/profile", tags=["profile"], route_class=KeyedRoute)


@router.get("", summary="My profile", responses=problems(401, 403))
async def get_profile(runtime: CurrentRuntime, identity: PersonIdentity) -> ProfileRead:
    """Return what one accepted about oneself, by kinds."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return profile_of(await service.list_facts(conn, identity.actor_id))


@router.put("", summary="Set my profile", responses=problems(401, 403, 409, 422))
async def put_profile(
    body: ProfileWrite, runtime: CurrentRuntime, identity: PersonIdentity
) -> ProfileRead:
    """Let the given kinds hold exactly these facts, strings or `{name, weight}`; what is left out of them is forgotten."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        facts = await service.replace(conn, identity.actor_id, body.wanted())
    return profile_of(facts)


@router.delete("", status_code=204, summary="Forget my profile", responses=problems(401, 403))
async def delete_profile(runtime: CurrentRuntime, identity: PersonIdentity) -> None:
    """Erase all facts, proposals, quotations, history and choices."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.forget_all(conn, identity.actor_id)


@router.post("/analyze", summary="Read a message", responses=problems(401, 403, 409, 422, 429))
async def analyze(body: Analyze, runtime: CurrentRuntime, identity: PersonIdentity) -> AnalysisRead:
    """Propose what a message says about its author, each with the words that say it.

    A model reads where there is one, else rules for Russian and English do. Nothing enters the profile without a
    yes, unless one chose so. The message is not kept, only what is quoted.
    """
    found = await service.analyse(runtime, identity, body.message)
    return AnalysisRead.model_validate(found)


@router.get("/facts", summary="My facts and proposals", responses=problems(401, 403, 422))
async def list_facts(
    runtime: CurrentRuntime, identity: PersonIdentity,
    state: Annotated[State | None, Query(description="Only accepted or only proposed ones.")] = None,
) -> list[FactRead]:  # fmt: skip
    """List facts with the words behind them and what is left of their weights; there are 300 at most."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        facts = await service.list_facts(conn, identity.actor_id)
    return [FactRead.model_validate(each) for each in facts if state is None or each.state is state]


@router.post(
    "/facts", status_code=201, summary="Add a fact", responses=problems(401, 403, 409, 422)
)
async def add_fact(
    body: FactCreate, runtime: CurrentRuntime, identity: PersonIdentity
) -> FactRead:  # fmt: skip
    """Add a fact about oneself."""
    draft = Draft(body.kind, body.name, body.weight)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return FactRead.model_validate(await service.add_fact(conn, identity.actor_id, draft))


@router.get("/facts/{fact_id}", summary="A fact", responses=problems(401, 403, 404, 422))
async def get_fact(fact_id: FactId, runtime: CurrentRuntime, identity: PersonIdentity) -> FactRead:
    """Return a fact or a proposal of one's own."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return FactRead.model_validate(await service.get_fact(conn, identity.actor_id, fact_id))


@router.patch(
    "/facts/{fact_id}", summary="Change a fact", responses=problems(401, 403, 404, 409, 422)
)
async def update_fact(
    fact_id: FactId, body: FactUpdate, runtime: CurrentRuntime, identity: PersonIdentity
) -> FactRead:  # fmt: skip
    """Change a fact, or stand by it as it is; a proposal is accepted with that."""
    wish = service.Wish(body.kind, body.name, body.weight)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return FactRead.model_validate(
            await service.change_fact(conn, identity.actor_id, fact_id, wish=wish)
        )


@router.delete(
    "/facts/{fact_id}",
    status_code=204,
    summary="Forget a fact",
    responses=problems(401, 403, 404, 422),
)
async def delete_fact(fact_id: FactId, runtime: CurrentRuntime, identity: PersonIdentity) -> None:  # fmt: skip
    """Erase a fact with the words behind it and its history."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.forget_fact(conn, identity.actor_id, fact_id)


@router.post(
    "/facts/{fact_id}/accept", summary="Accept a proposal", responses=problems(401, 403, 404, 422)
)
async def accept_fact(
    fact_id: FactId, runtime: CurrentRuntime, identity: PersonIdentity
) -> FactRead:  # fmt: skip
    """Take a proposal into the profile."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return FactRead.model_validate(await service.accept_fact(conn, identity.actor_id, fact_id))


@router.post(
    "/facts/{fact_id}/reject",
    status_code=204,
    summary="Reject a proposal",
    responses=problems(401, 403, 404, 409, 422),
)
async def reject_fact(fact_id: FactId, runtime: CurrentRuntime, identity: PersonIdentity) -> None:  # fmt: skip
    """Turn a proposal down; nothing of it is kept."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.reject_fact(conn, identity.actor_id, fact_id)


@router.get("/history", summary="What happened to my facts", responses=problems(401, 403, 422))
async def read_history(
    request: Request, response: Response, runtime: CurrentRuntime, identity: PersonIdentity,
    fact_id: Annotated[FactId | None, Query(description="Only of this fact.")] = None,
    before: Annotated[UUID | None, Query(description="The last id of the page before.")] = None, limit: Limit = 50,
) -> list[ChangeRead]:  # fmt: skip
    """List changes of facts that are not forgotten, the latest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.history(
            conn, identity.actor_id, fact=fact_id, before=before, limit=limit + 1
        )
    shown = found[:limit]
    add_next(request, response, {"before": str(shown[-1].id)} if len(found) > limit else None)
    return [ChangeRead.model_validate(each) for each in shown]


@router.get("/settings", summary="What I chose", responses=problems(401, 403))
async def get_settings(runtime: CurrentRuntime, identity: PersonIdentity) -> ChoicesRead:
    """Return how one's profile is used and filled."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return ChoicesRead.model_validate(await service.read_choices(conn, identity.actor_id))


@router.patch("/settings", summary="Choose", responses=problems(401, 403, 422))
async def update_settings(
    body: ChoicesUpdate, runtime: CurrentRuntime, identity: PersonIdentity
) -> ChoicesRead:
    """Choose whether the profile shapes answers, and whether proposals enter by themselves."""
    given = body.model_dump(exclude_none=True)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        choices = changed(await service.read_choices(conn, identity.actor_id), **given)
        await service.choose(conn, identity.actor_id, choices)
    return ChoicesRead.model_validate(choices)


@router.get("/prompt", summary="What models are told about me", responses=problems(401, 403))
async def get_prompt(runtime: CurrentRuntime, identity: PersonIdentity) -> PromptRead:
    """Return the exact text that is added to a prompt for an answer to oneself; empty when nothing is."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return PromptRead.model_validate(
            await service.prompt_about(runtime, conn, identity.actor_id)
        )


@router.get("/export", summary="Take my profile away", responses=problems(401, 403))
async def export_profile(
    response: Response, runtime: CurrentRuntime, identity: PersonIdentity
) -> Mapping[str, JsonValue]:
    """Return all that is kept: facts, proposals, quotations, history, choices."""
    response.headers["Content-Disposition"] = 'attachment; filename="profile.json"'
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return await service.export_profile(conn, identity.actor_id)
