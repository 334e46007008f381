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
    SummaryRead,
    SummaryUpdate,
    TurnRead,
    shown_setup,
    shown_summary,
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


@router.get("/summaries", summary="Summaries", responses=problems(401, 403, 404, 422))
async def list_summaries(
    ai_chat: ChatPath, runtime: CurrentRuntime, identity: Person
) -> list[SummaryRead]:
    """List what models with too little room read in place of earlier messages, on all branches."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_summaries(conn, await chat_id(conn, identity, ai_chat))
    return [shown_summary(each) for each in found]


@router.put("/summaries/{seq}", summary="Change a summary", responses=problems(401, 403, 404, 422))
async def rewrite_summary(
    ai_chat: ChatPath, seq: int, body: SummaryUpdate, runtime: CurrentRuntime, identity: Person
) -> SummaryRead:
    """Let the summary of what was said until a message say something else, from the next answer on."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        place = await chat_id(conn, identity, ai_chat)
        return shown_summary(await service.rewrite(conn, place, seq, body=body.body))


@router.post(
    "/summaries/{seq}/regenerate", status_code=202, summary="Sum up again",
    responses=problems(401, 403, 404, 409, 422),
)  # fmt: skip
async def sum_up_again(
    ai_chat: ChatPath, seq: int, runtime: CurrentRuntime, identity: Person
) -> None:
    """Have a summary made anew by the model that made it. It is charged like an answer."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        place = await chat_id(conn, identity, ai_chat)
    await service.again(runtime, identity.workspace_id, place, seq, asker=identity.actor_id)
