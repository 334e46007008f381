"""`/files`: bare uploads, for the uploader and for those who may read all."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.runtime import Runtime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import CurrentIdentity
from besedka.kernel.accounts.types import Identity
from besedka.kernel.files import service
from besedka.kernel.files.deps import hand_out, receive_file
from besedka.kernel.files.errors import FileNotFound
from besedka.kernel.files.schemas import UPLOAD_BODY, FileRead
from besedka.kernel.files.types import StoredFile

READ, DELETE = "files.read", "files.delete"

router = APIRouter(prefix="/files", tags=["files"])


@router.post(
    "/upload",
    status_code=201,
    openapi_extra=UPLOAD_BODY,
    responses=problems(401, 400, 413, 415, 422, 429),
)
async def upload(request: Request, runtime: CurrentRuntime, identity: CurrentIdentity) -> FileRead:
    """Upload one file as the part `file` of a multipart form."""
    received = await receive_file(request, runtime, identity=identity)
    return _shown(received.file)


@router.get("/{file_id}", responses=problems(401, 404, 422))
async def describe(file_id: UUID, runtime: CurrentRuntime, identity: CurrentIdentity) -> FileRead:
    """Tell a file's name, kind and size."""
    return _shown(await _readable(runtime, identity, file_id=file_id))


@router.head("/{file_id}/content", include_in_schema=False)
@router.get(
    "/{file_id}/content", response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The file's bytes."},
        206: {"content": {"application/octet-stream": {}}, "description": "A part of them."},
        304: {"description": "The caller has them."},
        **problems(401, 404, 416, 422),
    },
)  # fmt: skip
async def download(
    file_id: UUID, request: Request, runtime: CurrentRuntime, identity: CurrentIdentity
) -> Response:
    """Give a file's bytes as a download; Range and If-None-Match are understood."""
    file = await _readable(runtime, identity, file_id=file_id)
    return hand_out(request, await service.open_stored(runtime, file))


@router.delete("/{file_id}", status_code=204, responses=problems(401, 404, 409, 422))
async def remove(file_id: UUID, runtime: CurrentRuntime, identity: CurrentIdentity) -> None:
    """Delete a file."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        file = await service.get_file(conn, file_id)
        _check(identity, file, permission=DELETE)
        await service.delete(conn, file.id)


async def _readable(runtime: Runtime, identity: Identity, *, file_id: UUID) -> StoredFile:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        file = await service.get_file(conn, file_id)
    _check(identity, file, permission=READ)
    return file


def _check(identity: Identity, file: StoredFile, *, permission: str) -> None:
    """Let the uploader and the permitted through; to others the file does not exist."""
    if file.uploader_id != identity.actor_id and not identity.may(permission):
        raise FileNotFound


def _shown(file: StoredFile) -> FileRead:
    return FileRead(
        id=file.id, name=file.name, kind=file.kind.value, media_type=file.media_type,
        size=file.size, created_at=file.created_at, url=f"/api/v1/files/{file.id}/content",
    )  # fmt: skip
