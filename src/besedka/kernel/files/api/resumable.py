"""`/files/resumable`: uploads that come in pieces and go on after a break, by tus 1.0 (creation, termination, expiration).

The protocol: https://tus.io/protocols/resumable-upload. `Upload-File` is our own: the id of the file, once it is one.
"""

import base64
import binascii
from collections.abc import AsyncGenerator
from contextlib import aclosing
from email.utils import format_datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import InvalidInput
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.core.schemas import problems
from besedka.core.security.ratelimit import HEAVY
from besedka.kernel.accounts.deps import CurrentIdentity
from besedka.kernel.accounts.types import Identity
from besedka.kernel.files import service
from besedka.kernel.files.errors import BadUpload, TusVersion
from besedka.kernel.files.room import MEBIBYTE
from besedka.kernel.files.service import Source
from besedka.kernel.files.types import Resumable

VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
_HELD = 1024 * 1024
_PIECE = {
    "requestBody": {
        "required": True,
        "content": {PIECE_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}

router = APIRouter(prefix="/files/resumable", tags=["files"], route_class=LateRoute)


async def _mine(
    runtime: Runtime, identity: Identity, *, upload_id: UUID
) -> tuple[Source, Resumable]:
    """Return the caller's own upload; to others it does not exist."""
    source = Source(identity.workspace_id, identity.actor_id)
    upload = await service.get_upload(runtime, source, upload_id)
    return Source(identity.workspace_id, identity.actor_id, upload.name), upload


@router.options("", status_code=204)
async def describe_protocol(runtime: CurrentRuntime, _identity: CurrentIdentity) -> Response:
    """Tell the version, the extensions and the limit."""
    limit = runtime.settings.max_upload_mb * MEBIBYTE
    return _answer(
        204, {"Tus-Version": VERSION, "Tus-Extension": "creation,termination,expiration",
              "Tus-Max-Size": str(limit)},
    )  # fmt: skip


@router.post("", status_code=201, responses=problems(400, 401, 412, 413, 422, 429))
async def begin_upload(
    request: Request, runtime: CurrentRuntime, identity: CurrentIdentity
) -> Response:
    """Begin an upload: `Upload-Length` says how long it is, `Upload-Metadata` its name. `Location` is where to send it."""
    await runtime.limiter.hit(HEAVY, "upload", str(identity.user_id))
    _check_version(request)
    length = _number(request, "upload-length")
    source = Source(identity.workspace_id, identity.actor_id, _name(request))
    made = await service.begin(runtime, source, length)
    place = {"Location": f"/api/v1/files/resumable/{made.id}"}
    return _answer(201, place | await _state(runtime, made))


@router.head("/{upload_id}", responses=problems(401, 404, 412, 422))
async def find_offset(
    upload_id: UUID, request: Request, runtime: CurrentRuntime, identity: CurrentIdentity
) -> Response:
    """Tell how many bytes are here."""
    _, upload = await _mine(runtime, identity, upload_id=upload_id)
    _check_version(request)
    return _answer(200, await _state(runtime, upload))


@router.patch(
    "/{upload_id}", status_code=204, openapi_extra=_PIECE,
    responses=problems(400, 401, 404, 409, 412, 413, 415, 422, 423, 503),
)  # fmt: skip
async def go_on(
    upload_id: UUID, request: Request, runtime: CurrentRuntime, identity: CurrentIdentity
) -> Response:
    """Send the bytes from `Upload-Offset` on; with the last ones the upload becomes a file, named by `Upload-File`."""
    source, upload = await _mine(runtime, identity, upload_id=upload_id)
    _check_version(request)
    if request.headers.get("content-type", "").partition(";")[0] != PIECE_TYPE:
        raise BadUpload(reason=f"not {PIECE_TYPE}")
    offset = _number(request, "upload-offset")
    async with aclosing(_pieces(request)) as pieces:
        await service.go_on(runtime, source, upload, offset=offset, pieces=pieces)
    upload = await service.get_upload(runtime, source, upload.id)
    return _answer(204, await _state(runtime, upload))


@router.delete("/{upload_id}", status_code=204, responses=problems(401, 404, 412, 422, 423))
async def end_upload(
    upload_id: UUID, request: Request, runtime: CurrentRuntime, identity: CurrentIdentity
) -> Response:
    """Give an upload up; the file that it became stays."""
    source, upload = await _mine(runtime, identity, upload_id=upload_id)
    _check_version(request)
    await service.give_up(runtime, source, upload)
    return _answer(204, {})


async def _pieces(request: Request) -> AsyncGenerator[bytes, None]:
    """Yield the body in pieces that are worth a write; the end of a body that breaks off is the end."""
    held = bytearray()
    try:
        async with aclosing(request.stream()) as body:
            async for piece in body:
                held += piece
                if len(held) >= _HELD:
                    yield bytes(held)
                    held.clear()
    except ClientDisconnect:
        pass
    if held:
        yield bytes(held)


async def _state(runtime: Runtime, upload: Resumable) -> dict[str, str]:
    found = {
        "Upload-Offset": str(await service.offset_of(runtime, upload)),
        "Upload-Length": str(upload.length),
        "Upload-Expires": format_datetime(upload.expires_at, usegmt=True),
    }
    return found if upload.file_id is None else {**found, "Upload-File": str(upload.file_id)}


def _answer(status: int, headers: dict[str, str]) -> Response:
    return Response(status_code=status, headers={"Tus-Resumable": VERSION, **headers})


def _check_version(request: Request) -> None:
    if request.headers.get("tus-resumable") != VERSION:
        raise TusVersion


def _number(request: Request, header: str) -> int:
    """Return a header's number. Raises InvalidInput."""
    given = request.headers.get(header, "")
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise InvalidInput(field=header, reason="a number is needed")
    return int(given)


def _name(request: Request) -> str | None:
    """Return `filename` of Upload-Metadata: pairs of a name and a value in base64. Raises InvalidInput."""
    for pair in request.headers.get("upload-metadata", "").split(","):
        name, _, value = pair.strip().partition(" ")
        if name == "filename":
            try:
                return base64.b64decode(value, validate=True).decode("utf-8", "replace")
            except binascii.Error:
                raise InvalidInput(field="upload-metadata", reason="no base64") from None
    return None
