"""What routes with files need: taking a form's file as it comes in, and handing a file out."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse

from besedka.core.content.kinds import Kind
from besedka.core.errors import BesedkaError
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import HEAVY
from besedka.kernel.accounts.types import Identity
from besedka.kernel.files import service
from besedka.kernel.files.errors import BadUpload
from besedka.kernel.files.multipart import FormReader, Part
from besedka.kernel.files.names import attachment
from besedka.kernel.files.ranges import Span, wanted
from besedka.kernel.files.service import USUAL_KINDS, Opened, Source
from besedka.kernel.files.store import Draft
from besedka.kernel.files.types import StoredFile

FILE_PART = "file"
MOST_FIELDS, LONGEST_FIELD = 20, 64 * 1024
DOWNLOAD: dict[int | str, dict[str, object]] = {
    200: {"content": {"*/*": {}}, "description": "The file's bytes, of its own type."},
    206: {"content": {"*/*": {}}, "description": "A part of them."},
    304: {"description": "The caller has them."},
}
"""What a route that answers with `hand_out` declares."""
_ACTIVE = frozenset({Kind.HTML, Kind.SVG, Kind.XML})
"""Kinds that a browser would run: their type is not told to it."""
_OPAQUE = "application/octet-stream"
_INERT = "default-src 'none'; sandbox"


@dataclass(frozen=True, slots=True)
class Received:
    """A form's file, stored, and its other fields."""

    file: StoredFile
    fields: Mapping[str, str]


async def receive_file(
    request: Request, runtime: Runtime, *, identity: Identity, kinds: frozenset[Kind] = USUAL_KINDS
) -> Received:
    """Take the file of a multipart form, in the part `file`, straight to the disk.

    The route must not declare the form: the framework would read it all before anybody is asked who they are.
    Raises BadUpload, TooLarge, QuotaExceeded, RateLimited, and what keep_draft raises.
    """
    await runtime.limiter.hit(HEAVY, "upload", str(identity.user_id))
    if identity.by_cookie and "x-csrf-token" not in request.headers:
        return await _receive_parsed(request, runtime, identity=identity, kinds=kinds)
    return await receive_from(
        request, runtime, workspace=identity.workspace_id, uploader=identity.actor_id, kinds=kinds
    )


async def receive_from(
    request: Request, runtime: Runtime, *, workspace: WorkspaceId, uploader: ActorId,
    kinds: frozenset[Kind] = USUAL_KINDS,
) -> Received:  # fmt: skip
    """Take the file of an actor's multipart form, as `receive_file`; the caller has limited how often."""
    async with service.new_draft(runtime, workspace, expected=_expected(request)) as draft:
        form = _Form(draft)
        await form.read(request)
        source = Source(workspace, uploader, form.filename, kinds)
        stored = await service.store_draft(runtime, draft, source)
    return Received(
        stored, {name: value.decode("utf-8", "replace") for name, value in form.fields.items()}
    )


def _expected(request: Request) -> int:
    """Return how many bytes a form's file has at least, by what the sender says of the form."""
    declared = request.headers.get("content-length", "")
    if not declared.isascii() or not declared.isdigit():
        return 0
    return max(0, int(declared) - MOST_FIELDS * LONGEST_FIELD)


@asynccontextmanager
async def dropping(
    runtime: Runtime, received: Received, *, identity: Identity
) -> AsyncIterator[None]:
    """Delete a received file again if the block refuses to make something of it."""
    try:
        yield
    except BesedkaError:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.delete(conn, received.file.id)
        raise


async def _receive_parsed(
    request: Request, runtime: Runtime, *, identity: Identity, kinds: frozenset[Kind]
) -> Received:
    """Take the file of a page's plain form: the check of its CSRF field has read it already."""
    async with request.form() as form:
        upload = form.get(FILE_PART)
        if not isinstance(upload, UploadFile):
            raise BadUpload(reason="no file")
        stored = await service.store_upload(
            runtime, upload, workspace_id=identity.workspace_id, actor_id=identity.actor_id, kinds=kinds
        )  # fmt: skip
        return Received(stored, {key: each for key, each in form.items() if isinstance(each, str)})


@dataclass(slots=True)
class _Form:
    """Sorts a form's pieces: the file's go to the draft, fields are small and few."""

    draft: Draft
    fields: dict[str, bytearray] = field(default_factory=dict)
    filename: str | None = None
    _seen: bool = False
    _current: str | None = None
    """The field that is being read; None while it is the file."""

    async def read(self, request: Request) -> None:
        """Read a request to its end. Raises BadUpload, TooLarge."""
        reader = FormReader(request.headers.get("content-type", ""))
        try:
            async with aclosing(request.stream()) as body:
                async for piece in body:
                    for event in reader.feed(piece):
                        await self._take(event)
        except ClientDisconnect as error:
            raise BadUpload(reason="the sender went away") from error
        reader.finish()
        if not self._seen:
            raise BadUpload(reason="no file")

    async def _take(self, event: Part | bytes) -> None:
        if isinstance(event, Part):
            self._open(event)
        elif self._current is None:
            await self.draft.write(event)
        else:
            value = self.fields[self._current]
            value.extend(event)
            if len(value) > LONGEST_FIELD:
                raise BadUpload(reason="a field is too long")

    def _open(self, part: Part) -> None:
        if part.filename is None:
            if len(self.fields) >= MOST_FIELDS or part.name in self.fields:
                raise BadUpload(reason="too many fields")
            self._current = part.name
            self.fields[part.name] = bytearray()
            return
        if self._seen or part.name != FILE_PART:
            raise BadUpload(reason="one file at a time, in the part file")
        self._seen, self._current, self.filename = True, None, part.filename


def hand_out(request: Request, opened: Opened) -> Response:
    """Answer with a file as a download: whole, a part (RFC 9110, 14), its headers only, or "you have it".

    The caller has checked who asks. Raises RangeNotSatisfiable.
    """
    headers = _headers(opened)
    if _has_it(request, headers["ETag"]):
        return Response(status_code=304, headers={"ETag": headers["ETag"]})
    span = _span(request, opened.size, headers["ETag"])
    status = 200 if span is None else 206
    if span is not None:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{opened.size}"
    span = span or Span(0, opened.size)
    headers["Content-Length"] = str(span.length)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(_bytes(opened, span), status, headers=headers)


async def _bytes(opened: Opened, span: Span) -> AsyncIterator[bytes]:
    async for block in opened.read(start=span.start, end=span.end):
        yield block


def _headers(opened: Opened) -> dict[str, str]:
    file = opened.file
    return {
        "Content-Type": _OPAQUE if file.kind in _ACTIVE else opened.media_type,
        "Content-Disposition": attachment(file.name),
        "Content-Security-Policy": _INERT,
        "Accept-Ranges": "bytes",
        "ETag": f'"{opened.tag}"',
    }


def _has_it(request: Request, etag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or etag in (
        tag.strip().removeprefix("W/") for tag in known.split(",")
    )


def _span(request: Request, size: int, etag: str) -> Span | None:
    condition = request.headers.get("if-range")
    if condition is not None and condition.strip() != etag:
        return None
    return wanted(request.headers.get("range"), size)
