"""`/chats/{id}/export`: a whole conversation to take away."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.core.schemas import problems
from besedka.core.security.ratelimit import HEAVY
from besedka.kernel.accounts.deps import CurrentIdentity
from besedka.kernel.conversations import service
from besedka.kernel.conversations.deps import ChatPath, reading, viewer_of

router = APIRouter(prefix="/chats/{chat}", tags=["chats"], route_class=LateRoute)

Form = Annotated[Literal["json", "html"], Query(alias="format")]
CONTENT: Final[dict[str, dict[str, str]]] = {"application/json": {}, "text/html": {}}


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": CONTENT}, **problems(401, 404, 422, 429)},
)
async def export_chat(
    chat: ChatPath,
    runtime: CurrentRuntime,
    identity: CurrentIdentity,
    locale: CurrentLocale,
    form: Form = "json",
) -> StreamingResponse:
    """Take away a conversation as I see it: as JSON with everything, or as a page to read without a server."""
    await runtime.limiter.hit(HEAVY, "export", str(identity.user_id))
    async with reading(runtime, identity, chat) as (_, entry):
        viewer = viewer_of(identity, entry)
    writes = service.AsJson() if form == "json" else service.AsHtml(locale)
    return StreamingResponse(
        service.export_chat(runtime, entry, viewer, form=writes),
        media_type="application/json" if form == "json" else "text/html",
        headers={"Content-Disposition": f'attachment; filename="chat-{chat}.{form}"'},
    )
