"""`/messages/search`: the words of all chats that I may read."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.ids import ActorId
from besedka.core.pagination import next_link
from besedka.core.routing import LateRoute
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import CurrentIdentity
from besedka.kernel.conversations import service
from besedka.kernel.conversations.api.chats import JSON
from besedka.kernel.conversations.schemas import FoundRead, SearchQuery
from besedka.kernel.conversations.types import ConversationId

router = APIRouter(prefix="/messages", tags=["messages"], route_class=LateRoute)


@router.get("/search", response_model=list[FoundRead], responses=problems(401, 422))
async def search_messages(
    request: Request,
    identity: CurrentIdentity,
    runtime: CurrentRuntime,
    wanted: Annotated[SearchQuery, Query()],
) -> Response:
    """Find messages that have all the words, the newest first.

    With a Link there is more, also after a page that is short or empty: the server looks at so much at a time.
    """
    search = service.Search(
        text=wanted.q,
        attached=wanted.has is not None,
        chat=None if wanted.chat is None else ConversationId(wanted.chat),
        kind=wanted.kind,
        sender=None if wanted.sender is None else ActorId(wanted.sender),
        since=wanted.since,
        until=wanted.until,
        before=wanted.before,
        limit=wanted.limit,
    )
    results = await service.search_messages(runtime, identity.workspace_id, identity, search)
    response = Response(service.found_bytes(results.found), media_type=JSON)
    if results.next is not None:
        response.headers["Link"] = next_link(request, {"before": str(results.next)})
    return response
