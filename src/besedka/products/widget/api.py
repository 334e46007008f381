"""The widget's public API: any site may call it, without cookies; a visitor shows a bearer token of their own."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from besedka.core.clock import now
from besedka.core.deps import (
    ClientAddress,
    CurrentLocale,
    CurrentRuntime,
    client_address,
    get_runtime,
)
from besedka.core.i18n import Locale, locale_of
from besedka.core.routing import LateRoute, read_body, short
from besedka.core.runtime import Runtime
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
from besedka.kernel.hours import service as hours
from besedka.products.widget import service
from besedka.products.widget.errors import VisitorUnknown
from besedka.products.widget.schemas import (
    AttributesCreate,
    Called,
    ConfigRead,
    ContactCreate,
    FileRead,
    FormCreate,
    IdentityCreate,
    PassageRead,
    ProofCreate,
    QuestionCreate,
    QueueRead,
    SessionCreate,
    SessionRead,
    TranscriptCreate,
)
from besedka.products.widget.service import transcript
from besedka.products.widget.types import Known, Place, Written

router = APIRouter(prefix="/widget/{key}", tags=["widget"], route_class=LateRoute)

JSON = "application/json"
WRITES = "20 per minute"
UPLOADS = "60 per hour"
BY_VISITOR = "15 per minute"


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


async def speaking(place: OpenPlace, visitor: Visitor, runtime: CurrentRuntime) -> Known:
    """Return the visitor, from whom the company wants to hear. Messages and dialogs check that themselves."""
    async with runtime.db.fast.acquire(place.workspace_id) as conn:
        await conversations.check_not_blocked(conn, visitor.contact_id)
    return visitor


Speaker = Annotated[Known, Depends(speaking)]


@router.get("", summary="How the widget looks", responses=problems(403, 404, 422, 429))
async def config(
    place: OpenPlace, runtime: CurrentRuntime, locale: Locale | None = None
) -> ConfigRead:
    """Return name, greeting, colour, hours and offers in a language."""
    spoken = service.spoken_in(place, locale or "en")
    async with runtime.db.fast.acquire(place.workspace_id) as conn:
        who = await answers.get_assistant(conn, place.assistant_id)
        opening = await hours.opening(conn, now())
    greeting = service.greeting_of(place, who, spoken)
    return ConfigRead.of(place, greeting=greeting, locale=spoken, opening=opening)


@router.post(
    "/session",
    response_model=SessionRead,
    summary="Begin or continue a visitor's session",
    responses=problems(403, 404, 422, 429),
)
async def begin(
    body: SessionCreate, place: OpenPlace, runtime: CurrentRuntime, spoken: CurrentLocale, address: ClientAddress,
    origin: Annotated[str | None, Header()] = None, user_agent: Annotated[str, Header()] = "",
) -> Response:  # fmt: skip
    """Return the visitor's token, a ticket for the socket, and the messages so far."""
    seen = origin if origin and not service.is_own(runtime, origin.lower()) else None
    arrival = service.Arrival(
        token=body.visitor, locale=body.locale or spoken, page=body.page, origin=seen and seen[:200],
        resume=body.resume, address=address, device=user_agent,
    )  # fmt: skip
    return await _session(runtime, place, arrival)


async def _session(runtime: Runtime, place: Place, arrival: service.Arrival) -> Response:
    session = await service.begin(runtime, place, arrival)
    locale = service.spoken_in(place, arrival.locale)
    config = ConfigRead.of(place, greeting=session.greeting, locale=locale, opening=session.opening)
    who = session.assignee
    head = {
        "visitor": session.visitor, "contact": str(session.contact),
        "chat": str(session.chat) if session.chat else None, "state": session.state, "ticket": session.ticket,
        "assignee": who and {"id": str(who.id), "kind": who.kind, "name": who.name},
        "verified": session.verified, "lasts": session.lasts, "needs_form": session.needs_form,
        "config": config.model_dump(mode="json"),
    }  # fmt: skip
    spelled = conversations.messages_bytes(session.messages)
    content = (
        json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "messages": ' + spelled + b"}"
    )
    return Response(content, media_type=JSON)


@router.delete(
    "/session", status_code=204, summary="Log out", responses=problems(401, 403, 404, 422, 429)
)
async def end(place: OpenPlace, visitor: Visitor, runtime: CurrentRuntime) -> None:
    """Let the visitor's token be good for nothing any more; their dialog stays with the company."""
    await service.leave(runtime, place, visitor)


@router.post(
    "/identity", response_model=SessionRead, summary="Say who the visitor is", responses=problems(401, 403, 404, 422, 429)
)  # fmt: skip
async def identify(
    body: IdentityCreate, place: OpenPlace, visitor: Visitor, runtime: CurrentRuntime, locale: CurrentLocale,
    address: ClientAddress,
) -> Response:  # fmt: skip
    """Take a token that the site signed; return the session of whom it names, under a new visitor's token."""
    await runtime.limiter.hit(WRITES, "widget-identity", address)
    claims = service.read_token(runtime, place, body.token)
    token = await service.identify(runtime, place, visitor, claims=claims, locale=locale)
    return await _session(runtime, place, service.Arrival(token=token, locale=locale, page=""))


@router.post(
    "/form", status_code=204, summary="Fill in the form", responses=problems(401, 403, 404, 422, 429)
)  # fmt: skip
async def fill(
    body: FormCreate, place: OpenPlace, visitor: Speaker, runtime: CurrentRuntime, locale: CurrentLocale,
    address: ClientAddress,
) -> None:  # fmt: skip
    """Keep what the visitor says of themselves, and what they agreed to."""
    await runtime.limiter.hit(WRITES, "widget-write", address)
    await service.fill(
        runtime, place, visitor, body.filled(), locale=service.spoken_in(place, locale)
    )


@router.post(
    "/attributes", status_code=204, summary="Describe the visitor", responses=problems(401, 403, 404, 422, 429)
)  # fmt: skip
async def describe(
    body: AttributesCreate,
    place: OpenPlace,
    visitor: Speaker,
    runtime: CurrentRuntime,
    address: ClientAddress,
) -> None:
    """Keep what the page says of the visitor, for the people who answer; nobody verifies it."""
    await runtime.limiter.hit(WRITES, "widget-write", address)
    await service.describe(runtime, place, visitor, body.attributes)


@router.post(
    "/proof", status_code=204, summary="Solve the puzzle", responses=problems(401, 403, 404, 422, 429)
)  # fmt: skip
async def prove(
    body: ProofCreate, place: OpenPlace, visitor: Visitor, runtime: CurrentRuntime
) -> None:
    """Take the solution of the puzzle of `proof_needed`: SHA-256 of `challenge:solution` begins with `bits` zeros."""
    await service.accept(runtime, place, visitor, challenge=body.challenge, solution=body.solution)


@router.get("/queue", summary="Place in the queue", responses=problems(401, 403, 404, 422, 429))
async def queue(place: OpenPlace, visitor: Visitor, runtime: CurrentRuntime) -> QueueRead:
    """Return how many dialogs wait before this one, and whether anybody is there."""
    return QueueRead.model_validate(await service.queue(runtime, place, visitor))


@router.post(
    "/contact", status_code=204, summary="Leave a contact", responses=problems(401, 403, 404, 409, 422, 429)
)  # fmt: skip
async def leave_contact(
    body: ContactCreate,
    place: OpenPlace,
    visitor: Speaker,
    runtime: CurrentRuntime,
    locale: CurrentLocale,
) -> None:
    """Keep where the answer is to go when the visitor is away."""
    await service.leave_contact(runtime, place, visitor, contact=body.contact, locale=locale)


@router.post(
    "/transcript", status_code=204, summary="Send the conversation", responses=problems(401, 403, 404, 409, 422, 429)
)  # fmt: skip
async def send_transcript(
    body: TranscriptCreate,
    place: OpenPlace,
    visitor: Speaker,
    runtime: CurrentRuntime,
    locale: CurrentLocale,
) -> None:
    """Send what was said in public to an address."""
    await transcript.send(runtime, place, visitor, to=body.email, locale=locale)


async def ask_shortly(request: Request) -> Response | None:
    """Take a question without the framework, whose part of it costs as much as the search for an answer."""
    body = await read_body(request, QuestionCreate)
    if body is None:
        return None
    runtime, address, headers = get_runtime(request), client_address(request), request.headers
    place = await open_place(request.path_params["key"], runtime, address, headers.get("origin"))
    visitor = await visiting(place, runtime, headers.get("authorization", ""))
    return await ask(
        body, place, visitor, runtime, locale_of(request), address, headers.get("referer", "")
    )


@router.post(
    "/messages", status_code=201, summary="Ask", responses=problems(401, 403, 404, 409, 422, 429)
)
@short(ask_shortly)
async def ask(
    body: QuestionCreate, place: OpenPlace, visitor: Visitor, runtime: CurrentRuntime, locale: CurrentLocale,
    address: ClientAddress, referer: Annotated[str, Header()] = "",
) -> Response:  # fmt: skip
    """Store a visitor's message; the assistant's answer comes over the socket."""
    await runtime.limiter.hit(WRITES, "widget-write", address)
    await runtime.limiter.hit(BY_VISITOR, "widget-visitor-write", str(visitor.id))
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


@router.post(
    "/person", summary="Ask for a person", responses=problems(401, 403, 404, 409, 422, 429)
)
async def call_person(
    place: OpenPlace, visitor: Speaker, runtime: CurrentRuntime, locale: CurrentLocale,
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
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
)  # fmt: skip
async def upload(
    request: Request,
    place: OpenPlace,
    visitor: Speaker,
    runtime: CurrentRuntime,
    address: ClientAddress,
) -> FileRead:
    """Take one file as the part `file` of a multipart form; a message then names it in `attachments`."""
    service.check_files(place)
    await runtime.limiter.hit(UPLOADS, "widget-upload", address)
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
