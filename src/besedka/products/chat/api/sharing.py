"""`/llm/shares`: links under which others read a chat."""

from uuid import UUID

from fastapi import APIRouter

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.core.schemas import problems
from besedka.core.security.ratelimit import HEAVY
from besedka.kernel.conversations.deps import ChatPath
from besedka.products.chat import service
from besedka.products.chat.deps import Person, own_chat
from besedka.products.chat.schemas import ShareCreate, ShareMade, ShareRead, shown_share
from besedka.products.chat.types import SHARED

router = APIRouter(prefix="/llm", tags=["models"], route_class=LateRoute)


@router.post(
    "/chat/{ai_chat}/shares", status_code=201, summary="Share a chat by a link",
    responses=problems(401, 403, 404, 409, 422, 429),
)  # fmt: skip
async def share(
    ai_chat: ChatPath, body: ShareCreate, runtime: CurrentRuntime, identity: Person
) -> ShareMade:
    """Make a link to the branch that is shown, as it is now: without files, costs and what a model was told of me.

    `url` is told this once; only its hash is kept. 409 `nothing_to_share` for a chat without a word, or a temporary one.
    """
    await runtime.limiter.hit(HEAVY, "share", str(identity.user_id))
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        entry = await own_chat(conn, identity, ai_chat)
        made, token = await service.share(conn, entry, owner=identity.actor_id, days=body.days)
    url = f"{runtime.settings.base_url}{SHARED}/{token}"
    return ShareMade(**shown_share(made).model_dump(), url=url)


@router.get("/shares", summary="My links", responses=problems(401, 403))
async def list_shares(runtime: CurrentRuntime, identity: Person) -> list[ShareRead]:
    """List my links that have not expired, the last made first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_shares(conn, identity.actor_id)
    return [shown_share(each) for each in found]


@router.delete(
    "/shares/{share_id}", status_code=204, summary="Take a link back", responses=problems(401, 403, 404, 422)
)  # fmt: skip
async def take_back(share_id: UUID, runtime: CurrentRuntime, identity: Person) -> None:
    """Let a link open nothing any more, at once."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.take_back(conn, share_id, owner=identity.actor_id)
