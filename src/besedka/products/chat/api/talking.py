"""`/llm/chat/{id}`: asking a model, reading its answer along, stopping it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.runtime import Runtime
from besedka.core.schemas import EVENT_STREAM, problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.deps import ChatPath
from besedka.products.chat import service
from besedka.products.chat.deps import Person, asker_of, chat_id, find_chat
from besedka.products.chat.schemas import Again, AnsweredRead, QuestionCreate, shown_answer
from besedka.products.chat.stream import place_in, streamed
from besedka.products.chat.types import Run

router = APIRouter(prefix="/llm/chat/{ai_chat}", tags=["models"], route_class=KeyedRoute)

_ASKING = problems(401, 402, 403, 404, 409, 422, 502, 503)
LastEvent = Annotated[str | None, Header(alias="Last-Event-ID", max_length=60)]


@router.post("/message", summary="Ask a model", responses=_ASKING)
async def ask(
    ai_chat: ChatPath, body: QuestionCreate, runtime: CurrentRuntime, identity: Person
) -> AnsweredRead:
    """Ask, and wait for the whole answer. It is made and kept whether the caller waits or not.

    409 `no_provider` without a provider, 409 `chat_busy` while another answer is being made here. Where balances are
    charged: 402 `balance_short` with `needed` and `available` in micro-units, 409 `price_unknown`.
    """
    run = await _ask(runtime, identity, ai_chat, body)
    return await _whole(runtime, identity, run)


@router.post(
    "/message/stream", summary="Ask a model and read along", responses={**_ASKING, **EVENT_STREAM}
)
async def ask_streaming(
    ai_chat: ChatPath, body: QuestionCreate, request: Request, runtime: CurrentRuntime, identity: Person,
    last: LastEvent = None,
) -> Response:  # fmt: skip
    """Ask, and get the answer as server-sent events: `start`, `delta`…, `done` or `error`.

    Who comes back with the same `key` and `Last-Event-ID` goes on where they were.
    """
    del last  # read with the request; named for the reference
    run = await _ask(runtime, identity, ai_chat, body)
    return streamed(request, runtime, identity.workspace_id, run)


@router.get(
    "/stream",
    summary="Read an answer along",
    responses={**problems(401, 403, 404, 422), **EVENT_STREAM},
)
async def follow(
    ai_chat: ChatPath, request: Request, runtime: CurrentRuntime, identity: Person,
    run: Annotated[UUID | None, Query(description="The answer, where several are made.")] = None, last: LastEvent = None,
) -> Response:  # fmt: skip
    """Read along again: the answer that `Last-Event-ID` or `run` names, else the last one from its beginning."""
    del last
    entry = await find_chat(runtime, identity, ai_chat)
    place = place_in(request)
    found = await service.newest_run(
        runtime, identity.workspace_id, entry.conversation.id, named=None if place is None else place.run_id, only=run
    )  # fmt: skip
    return streamed(request, runtime, identity.workspace_id, found)


@router.post(
    "/stop", status_code=204, summary="Stop the answer", responses=problems(401, 403, 404, 422)
)
async def stop(
    ai_chat: ChatPath, runtime: CurrentRuntime, identity: Person,
    run: Annotated[UUID | None, Query(description="One of several answers.")] = None,
) -> None:  # fmt: skip
    """End what is being answered, with the provider too; what was said stays. Without anything nothing happens."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.stop(runtime, conn, await chat_id(conn, identity, ai_chat), run=run)


@router.post(
    "/messages/{seq}/regenerate", summary="Answer again", response_model=AnsweredRead,
    responses={**_ASKING, **EVENT_STREAM},
)  # fmt: skip
async def regenerate(
    ai_chat: ChatPath, seq: int, body: Again, request: Request, runtime: CurrentRuntime, identity: Person
) -> Response | AnsweredRead:  # fmt: skip
    """Have a question answered once more; `seq` is its place, or that of an answer to it. Both answers stay."""
    entry = await find_chat(runtime, identity, ai_chat)
    run = await service.regenerate(
        runtime, identity.workspace_id, entry.conversation.id, seq, model=body.model,
        asker=asker_of(identity),
    )  # fmt: skip
    if body.stream:
        return streamed(request, runtime, identity.workspace_id, run)
    return await _whole(runtime, identity, run)


async def _ask(
    runtime: Runtime, identity: Identity, ai_chat: ChatPath, body: QuestionCreate
) -> Run:  # fmt: skip
    entry = await find_chat(runtime, identity, ai_chat)
    return await service.ask(
        runtime, identity.workspace_id, entry, body.asked(), asker=asker_of(identity)
    )


async def _whole(runtime: Runtime, identity: Identity, run: Run) -> AnsweredRead:
    ended = await service.wait_for(runtime, identity.workspace_id, run)
    turn = await service.answer_of(runtime, identity.workspace_id, ended)
    return shown_answer(ended, turn)
