"""`/llm/chat/{id}/compare`: one question, several models side by side."""

from uuid import UUID

from fastapi import APIRouter

from besedka.core.deps import CurrentRuntime
from besedka.core.runtime import Runtime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.deps import ChatPath
from besedka.kernel.conversations.types import ConversationId
from besedka.products.chat import service
from besedka.products.chat.deps import Person, asker_of, find_chat
from besedka.products.chat.schemas import ComparedRead, Comparison, shown_side_by_side

router = APIRouter(prefix="/llm/chat/{ai_chat}/compare", tags=["models"], route_class=KeyedRoute)


@router.post(
    "", status_code=202, summary="Ask several models", responses=problems(401, 402, 403, 404, 409, 422, 502)
)  # fmt: skip
async def compare(
    ai_chat: ChatPath, body: Comparison, runtime: CurrentRuntime, identity: Person
) -> ComparedRead:
    """Ask two to four models the same question. Each answer is read along by its `run`, and costs by itself.

    The first one that is there is shown, the others are its siblings; `PUT …/branch` chooses another to go on with.
    """
    entry = await find_chat(runtime, identity, ai_chat)
    runs = await service.compare(
        runtime, identity.workspace_id, entry, body.asked(), models=body.models, asker=asker_of(identity)
    )  # fmt: skip
    return await _shown(runtime, identity, ai_chat, runs[0].question_seq)


@router.get("/{seq}", summary="Answers side by side", responses=problems(401, 403, 404, 422))
async def side_by_side(
    ai_chat: ChatPath, seq: int, runtime: CurrentRuntime, identity: Person
) -> ComparedRead:
    """Show the last answers to a question, four at most: how far they are, and those that are there."""
    entry = await find_chat(runtime, identity, ai_chat)
    return await _shown(runtime, identity, entry.conversation.id, seq)


async def _shown(runtime: Runtime, identity: Identity, chat: UUID, seq: int) -> ComparedRead:
    found = await service.side_by_side(runtime, identity.workspace_id, ConversationId(chat), seq)
    return shown_side_by_side(seq, found)
