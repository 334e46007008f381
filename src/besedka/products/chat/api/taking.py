"""`/llm/chat/{id}`: what a question would cost, and a chat to take away."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.schemas import problems
from besedka.core.security.ratelimit import HEAVY
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.conversations.deps import ChatPath
from besedka.products.chat import service
from besedka.products.chat.deps import Person, asker_of, find_chat, own_chat
from besedka.products.chat.schemas import (
    EstimateRead,
    ExportRead,
    QuestionCreate,
    shown_estimate,
    shown_turn,
)

router = APIRouter(prefix="/llm", tags=["models"], route_class=KeyedRoute)

FORMS: Final[dict[str, dict[str, str]]] = {"application/json": {}, "text/markdown": {}}


@router.post(
    "/estimate", summary="What a first question would take", responses=problems(401, 403, 404, 409, 422, 502)
)  # fmt: skip
async def estimate_first(
    body: QuestionCreate, runtime: CurrentRuntime, identity: Person
) -> EstimateRead:
    """Tell what a question would take as the first of a chat. Nothing is asked or stored."""
    found = await service.estimate(
        runtime, identity.workspace_id, None, body.asked(), asker=asker_of(identity)
    )
    return shown_estimate(found)


@router.post(
    "/chat/{ai_chat}/estimate", summary="What a question would take", responses=problems(401, 403, 404, 409, 422, 502)
)  # fmt: skip
async def estimate(
    ai_chat: ChatPath, body: QuestionCreate, runtime: CurrentRuntime, identity: Person
) -> EstimateRead:
    """Tell what a question would take after all that was said: tokens, and the price at most. Nothing is asked or stored."""
    entry = await find_chat(runtime, identity, ai_chat)
    found = await service.estimate(
        runtime,
        identity.workspace_id,
        entry.conversation.id,
        body.asked(),
        asker=asker_of(identity),
    )
    return shown_estimate(found)


@router.get(
    "/chat/{ai_chat}/export", summary="Take a chat away", response_model=ExportRead,
    responses={200: {"content": FORMS}, **problems(401, 403, 404, 422, 429)},
)  # fmt: skip
async def export(
    ai_chat: ChatPath, runtime: CurrentRuntime, identity: Person, locale: CurrentLocale,
    form: Annotated[Literal["json", "md"], Query(alias="format")] = "json",
) -> Response:  # fmt: skip
    """Take away the branch that is shown: as JSON with models, tokens and costs, or as Markdown to read."""
    await runtime.limiter.hit(HEAVY, "export", str(identity.user_id))
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        entry = await own_chat(conn, identity, ai_chat)
        setup = await service.get_setup(conn, entry.conversation.id)
        turns = await service.whole_branch(conn, entry.conversation.id)
    title = entry.conversation.title
    tags = entry.conversation.meta.get("tags")
    if form == "md":
        content = service.as_markdown(locale, turns, title=title, instructions=setup.instructions)
    else:
        content = ExportRead(
            title=title, tags=[str(tag) for tag in tags] if isinstance(tags, list) else [], model=setup.model, instructions=setup.instructions,
            messages=[shown_turn(turn) for turn in turns],
        ).model_dump_json(indent=2)  # fmt: skip
    return Response(
        content,
        media_type="text/markdown; charset=utf-8" if form == "md" else "application/json",
        headers={"Content-Disposition": f'attachment; filename="chat-{ai_chat}.{form}"'},
    )
