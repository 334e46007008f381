"""`/llm/chat/{id}`: how a chat is answered, its branches, and what its reader thinks of answers."""

from fastapi import APIRouter

from besedka.core.deps import CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.conversations.deps import ChatPath
from besedka.products.chat import service
from besedka.products.chat.deps import Person, chat_id
from besedka.products.chat.schemas import (
    BranchChoice,
    RatingUpdate,
    SetupRead,
    SetupUpdate,
    TurnRead,
    shown_setup,
    shown_turn,
)

router = APIRouter(prefix="/llm/chat/{ai_chat}", tags=["models"], route_class=KeyedRoute)


@router.get("", summary="How a chat is answered", responses=problems(401, 403, 404, 422))
async def read_setup(ai_chat: ChatPath, runtime: CurrentRuntime, identity: Person) -> SetupRead:
    """Show the chat's model and instructions."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        setup = await service.get_setup(conn, await chat_id(conn, identity, ai_chat))
    return shown_setup(setup)


@router.patch("", summary="Change how a chat is answered", responses=problems(401, 403, 404, 422))
async def update_setup(
    ai_chat: ChatPath, body: SetupUpdate, runtime: CurrentRuntime, identity: Person
) -> SetupRead:
    """Change model and instructions; what is left out stays. They count from the next answer on."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        place = await chat_id(conn, identity, ai_chat)
        setup = await service.change_setup(
            conn, place, model=body.model, instructions=body.instructions
        )
    return shown_setup(setup)


@router.get("/messages", summary="The branch that is shown", responses=problems(401, 403, 404, 422))
async def list_turns(
    ai_chat: ChatPath, runtime: CurrentRuntime, identity: Person
) -> list[TurnRead]:
    """List the questions and answers of the branch that is shown, from its beginning, 1,000 at most."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        turns = await service.shown_turns(conn, await chat_id(conn, identity, ai_chat))
    return [shown_turn(turn) for turn in turns]


@router.put("/branch", summary="Show another branch", responses=problems(401, 403, 404, 422))
async def show_branch(
    ai_chat: ChatPath, body: BranchChoice, runtime: CurrentRuntime, identity: Person
) -> list[TurnRead]:
    """Show the newest branch that goes through a message, and go on from there."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        turns = await service.show_branch(conn, await chat_id(conn, identity, ai_chat), body.seq)
    return [shown_turn(turn) for turn in turns]


@router.put(
    "/messages/{seq}/rating", status_code=204, summary="Rate an answer", responses=problems(401, 403, 404, 422)
)  # fmt: skip
async def rate(
    ai_chat: ChatPath, seq: int, body: RatingUpdate, runtime: CurrentRuntime, identity: Person
) -> None:
    """Say that an answer is good or bad, or take it back."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        place = await chat_id(conn, identity, ai_chat)
        await service.rate(conn, place, seq, rating=body.rated())
