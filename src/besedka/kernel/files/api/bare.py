"""`/files`: bare uploads, for the uploader and for those who may read all."""

from base64 import b64encode
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import CurrentIdentity, require
from besedka.kernel.accounts.types import Identity
from besedka.kernel.files import service
from besedka.kernel.files.deps import DOWNLOAD, hand_out, receive_file
from besedka.kernel.files.errors import FileNotFound
from besedka.kernel.files.schemas import (
    UPLOAD_BODY,
    FileRead,
    Retention,
    UsageRead,
    VariantRead,
)
from besedka.kernel.files.types import StoredFile, VariantName

READ, DELETE = "files.read", "files.delete"
Keeper = Annotated[Identity, Depends(require(DELETE))]

router = APIRouter(prefix="/files", tags=["files"], route_class=LateRoute)


@router.post(
    "/upload",
    status_code=201,
    openapi_extra=UPLOAD_BODY,
    responses=problems(401, 400, 413, 415, 422, 429, 503),
)
async def upload(request: Request, runtime: CurrentRuntime, identity: CurrentIdentity) -> FileRead:
    """Upload one file as the part `file` of a multipart form."""
    received = await receive_file(request, runtime, identity=identity)
    return _shown(received.file)


@router.get("/usage", responses=problems(401))
async def get_usage(runtime: CurrentRuntime, identity: CurrentIdentity) -> UsageRead:
    """Tell how much room the workspace's files take, and how much they may."""
    return await _usage(runtime, identity)


@router.put("/retention", responses=problems(401, 403, 422))
async def set_retention(body: Retention, runtime: CurrentRuntime, identity: Keeper) -> UsageRead:
    """Say for how many days files that nothing refers to are kept."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.keep_unused_for(conn, body.keep_days, actor=identity.actor_id)
    return await _usage(runtime, identity)


async def _usage(runtime: Runtime, identity: Identity) -> UsageRead:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return UsageRead.model_validate(await service.usage(runtime, conn))


@router.get("/{file_id}", responses=problems(401, 404, 422))
async def describe(file_id: UUID, runtime: CurrentRuntime, identity: CurrentIdentity) -> FileRead:
    """Tell a file's name, kind and size."""
    return _shown(await _readable(runtime, identity, file_id=file_id))


@router.head("/{file_id}/content", include_in_schema=False)
@router.get(
    "/{file_id}/content", response_class=Response,
    responses={**DOWNLOAD, **problems(401, 404, 416, 422, 503)},
)  # fmt: skip
async def download(
    file_id: UUID, request: Request, runtime: CurrentRuntime, identity: CurrentIdentity,
    variant: VariantName | None = None,
) -> Response:  # fmt: skip
    """Give a file's bytes as a download; Range and If-None-Match are understood.

    With `variant` the smaller copy of a picture; of one that is small already, or of another file, the file itself.
    """
    file = await _readable(runtime, identity, file_id=file_id)
    return hand_out(request, await service.open_stored(runtime, file, variant))


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
    url, look = f"/api/v1/files/{file.id}/content", file.look
    placeholder = look.placeholder
    return FileRead(
        id=file.id, name=file.name, kind=file.kind.value, media_type=file.media_type,
        size=file.size, created_at=file.created_at, url=url, width=look.width, height=look.height,
        placeholder=None if placeholder is None else b64encode(placeholder).decode("ascii"),
        duration_ms=look.duration_ms, scan=look.scan,
        variants=[
            VariantRead(
                name=each.name, width=each.width, height=each.height, size=each.size,
                url=f"{url}?variant={each.name}",
            )
            for each in file.variants
        ],
    )  # fmt: skip
