"""The widget's public API: any site may call it, without cookies; a visitor shows a bearer token of their own."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from besedka.core.deps import ClientAddress, CurrentLocale, CurrentRuntime
from besedka.core.i18n import Locale
from besedka.core.schemas import problems
from besedka.core.security.ratelimit import ANONYMOUS
from besedka.kernel.answers import service as answers
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import DialogState
from besedka.kernel.files import service as files
from besedka.kernel.files.deps import DOWNLOAD, hand_out, receive_from
from besedka.kernel.files.schemas import UPLOAD_BODY
from besedka.kernel.files.service import USUAL_KINDS
from besedka.kernel.files.types import VariantName
from besedka.products.widget import service
from besedka.products.widget.errors import VisitorUnknown
from besedka.products.widget.schemas import (
    Called,
    ConfigRead,
    FileRead,
    PassageRead,
    QuestionCreate,
    SessionCreate,
    SessionRead,
)
from besedka.products.widget.types import Known, Place, Written

router = APIRouter(prefix="/widget/{key}", tags=["widget"])

JSON = "application/json"
WRITES = "20 per minute"
UPLOADS = "60 per hour"


async def open_place(
    key: str,
    runtime: CurrentRuntime,
    address: ClientAddress,
    origin: Annotated[str | None, Header()] = None,
) -> Place:
    """Return the widget of the path, for a caller within the limits and a page of an allowed site."""
    await runtime.limiter.hit(ANONYMOUS, "widget", address)
    return await service.find_place(runtime, key, origin)


OpenPlace = Annotated[Place, Depends(open_place)]


async def visiting(
    place: OpenPlace, runtime: CurrentRuntime, authorization: Annotated[str, Header()] = ""
) -> Known:
    """Return the visitor of the bearer token."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise VisitorUnknown
    return await service.find_visit(runtime, place, token)


Visitor = Annotated[Known, Depends(visiting)]


@router.get("", summary="How the widget looks", responses=problems(403, 404, 422, 429))
async def config(
    place: OpenPlace, runtime: CurrentRuntime, locale: Locale | None = None
) -> ConfigRead:
    """Return name, greeting and colour in a language."""
    async with runtime.db.fast.acquire(place.workspace_id) as conn:
        who = await answers.get_assistant(conn, place.assistant_id)
    return _config(place, who.greeting.get(locale or "en", ""), locale or "en")


def _config(place: Place, greeting: str, locale: str) -> ConfigRead:
    return ConfigRead(name=place.name, greeting=greeting, accent=place.accent, locale=locale)


@router.post(
    "/session",
    response_model=SessionRead,
    summary="Begin or continue a visitor's session",
    responses=problems(403, 404, 422, 429),
)
async def begin(
    body: SessionCreate, place: OpenPlace, runtime: CurrentRuntime, spoken: CurrentLocale,
    user_agent: Annotated[str, Header()] = "",
) -> Response:  # fmt: skip
    """Return the visitor's token, a ticket for the socket, and the messages so far."""
    locale = body.locale or spoken
    session = await service.begin(
        runtime, place, token=body.visitor, locale=locale, page=body.page, device=user_agent
    )
    head = {
        "visitor": session.visitor, "contact": str(session.contact),
        "chat": str(session.chat) if session.chat else None, "state": session.state, "ticket": session.ticket,
        "config": _config(place, session.greeting, locale).model_dump(),
    }  # fmt: skip
    spelled = conversations.messages_bytes(session.messages)
    content = (
        json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "messages": ' + spelled + b"}"
    )
    return Response(content, media_type=JSON)


@router.post(
    "/messages", status_code=201, summary="Ask", responses=problems(401, 403, 404, 409, 422, 429)
)
async def ask(
    body: QuestionCreate, place: OpenPlace, visitor: Visitor, runtime: CurrentRuntime, locale: CurrentLocale,
    address: ClientAddress, referer: Annotated[str, Header()] = "",
) -> Response:  # fmt: skip
    """Store a visitor's message; the assistant's answer comes over the socket."""
    await runtime.limiter.hit(WRITES, "widget-write", address)
    message = await service.post(
        runtime, place, visitor, Written(body.key, body.body, tuple(body.attachments)), locale=locale, page=referer
    )  # fmt: skip
    return Response(conversations.message_bytes(message), 201, media_type=JSON)


@router.get(
    "/messages", summary="Messages after a place", responses=problems(401, 403, 404, 422, 429)
)
async def read(
    place: OpenPlace,
    visitor: Visitor,
    runtime: CurrentRuntime,
    after_seq: Annotated[int, Query(ge=0, lt=2**62)] = 0,
) -> Response:
    """Return the visitor's messages, oldest first."""
    found = await service.messages(runtime, place, visitor, after_seq=after_seq)
    return Response(conversations.messages_bytes(found), media_type=JSON)


@router.post("/person", summary="Ask for a person", responses=problems(401, 403, 404, 422, 429))
async def call_person(
    place: OpenPlace, visitor: Visitor, runtime: CurrentRuntime, locale: CurrentLocale,
    referer: Annotated[str, Header()] = "",
) -> Called:  # fmt: skip
    """Put the dialog into the queue of people; before the first message that makes the dialog."""
    chat = await service.call_person(runtime, place, visitor, locale=locale, page=referer)
    return Called(chat=chat, state=DialogState.OPEN)


@router.get(
    "/passages/{chunk_id}",
    summary="Open a cited passage",
    responses=problems(401, 403, 404, 422, 429),
)
async def open_passage(
    chunk_id: UUID, place: OpenPlace, visitor: Visitor, runtime: CurrentRuntime
) -> PassageRead:
    """Return a passage that an answer in the visitor's own dialog cites."""
    hit = await service.passage(runtime, place, visitor, chunk_id=chunk_id)
    return PassageRead(
        title=hit.title, heading=list(hit.heading), text=hit.text, page=hit.page, url=hit.url
    )


@router.post(
    "/files", status_code=201, summary="Upload a file to send", openapi_extra=UPLOAD_BODY,
    responses=problems(400, 401, 403, 404, 413, 415, 422, 429, 503),
)  # fmt: skip
async def upload(
    request: Request,
    place: OpenPlace,
    visitor: Visitor,
    runtime: CurrentRuntime,
    address: ClientAddress,
) -> FileRead:
    """Take one file as the part `file` of a multipart form; a message then names it in `attachments`."""
    await runtime.limiter.hit(UPLOADS, "widget-upload", address)
    async with runtime.db.fast.acquire(place.workspace_id) as conn:
        await conversations.check_not_blocked(conn, visitor.contact_id)
    received = await receive_from(
        request, runtime, workspace=place.workspace_id, uploader=visitor.contact_id, kinds=USUAL_KINDS
    )  # fmt: skip
    file = received.file
    return FileRead(
        id=file.id, name=file.name, kind=file.kind.value, media_type=file.media_type, size=file.size
    )


@router.head("/messages/{message}/attachments/{attachment_id}", include_in_schema=False)
@router.get(
    "/messages/{message}/attachments/{attachment_id}", summary="Download a file of a message", response_class=Response,
    responses={**DOWNLOAD, **problems(401, 403, 404, 416, 422, 429, 503)},
)  # fmt: skip
async def download(
    message: UUID, attachment_id: UUID, request: Request, place: OpenPlace, visitor: Visitor, runtime: CurrentRuntime,
    variant: VariantName | None = None,
) -> Response:  # fmt: skip
    """Give the bytes of a file that the visitor sees in their dialog, or with `variant` a smaller copy of a picture."""
    file = await service.attachment(runtime, place, visitor, message, file_id=attachment_id)
    return hand_out(request, await files.open_stored(runtime, file, variant))
