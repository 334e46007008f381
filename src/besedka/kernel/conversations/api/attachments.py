"""`/messages/{id}/attachments/{attachment_id}`: a file of a message, for whoever may see the message."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import CurrentIdentity
from besedka.kernel.conversations import service
from besedka.kernel.conversations.deps import find_message
from besedka.kernel.files import service as files
from besedka.kernel.files.deps import DOWNLOAD, hand_out
from besedka.kernel.files.types import VariantName

router = APIRouter(
    prefix="/messages/{message}/attachments", tags=["messages"], route_class=LateRoute
)


@router.head("/{attachment_id}", include_in_schema=False)
@router.get(
    "/{attachment_id}",
    response_class=Response,
    responses={**DOWNLOAD, **problems(401, 404, 416, 422, 503)},
)
async def download_attachment(
    message: UUID, attachment_id: UUID, request: Request, identity: CurrentIdentity, runtime: CurrentRuntime,
    variant: VariantName | None = None,
) -> Response:  # fmt: skip
    """Give a file's bytes as a download; Range and If-None-Match are understood.

    With `variant` the smaller copy of a picture; of one that is small already, or of another file, the file itself.
    """
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await find_message(conn, identity, message)
        file = await service.get_attachment(conn, found, attachment_id)
    return hand_out(request, await files.open_stored(runtime, file, variant))
