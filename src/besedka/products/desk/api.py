"""`/canned-replies` and `/macros`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.ids import new_id
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.types import STAFF_READS, STAFF_WRITES, ConversationId
from besedka.products.desk import service
from besedka.products.desk.schemas import (
    CannedRead,
    CannedTable,
    CannedWrite,
    FilledRead,
    ImportedRead,
    MacroRead,
    MacroWrite,
    ReportRead,
    StepRead,
    TakenRead,
)
from besedka.products.desk.types import SHARES, Canned, Macro, Setting

router = APIRouter(prefix="/canned-replies", tags=["canned replies"], route_class=KeyedRoute)
macro_router = APIRouter(prefix="/macros", tags=["macros"], route_class=KeyedRoute)

Reader = Annotated[Identity, Depends(require(STAFF_READS))]
Writer = Annotated[Identity, Depends(require(STAFF_WRITES))]
Sharer = Annotated[Identity, Depends(require(SHARES))]
LONGEST_KEY = 100


def _canned(canned: Canned) -> CannedRead:
    return CannedRead(
        id=canned.id, name=canned.name, body_ru=canned.body_ru, body_en=canned.body_en, shared=canned.shared
    )  # fmt: skip


@router.get("", responses=problems(401, 403))
async def list_canned(runtime: CurrentRuntime, identity: Reader) -> list[CannedRead]:
    """List the shared ready replies and my own, by their names."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [_canned(each) for each in await service.list_canned(conn, identity)]


@router.post("", status_code=201, responses=problems(401, 403, 409, 422))
async def create_canned(body: CannedWrite, runtime: CurrentRuntime, identity: Writer) -> CannedRead:
    """Make a ready reply. Shared ones are for administrators to make."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return _canned(await service.create_canned(conn, identity, body.change()))


@router.get(
    "/export",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "A table."}, **problems(401, 403)},
)
async def export_table(runtime: CurrentRuntime, identity: Reader) -> Response:
    """Give the ready replies as CSV."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        table = await service.export_table(conn, identity)
    name = 'attachment; filename="replies.csv"'
    return Response(table, media_type="text/csv", headers={"Content-Disposition": name})


@router.post("/import", responses=problems(401, 403, 409, 422))
async def import_table(
    body: CannedTable, runtime: CurrentRuntime, identity: Writer
) -> ImportedRead:
    """Make ready replies of a CSV table: all of them, or none."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        count = await service.import_table(conn, identity, body.table, shared=body.shared)
    return ImportedRead(count=count)


@router.patch("/{canned_id}", responses=problems(401, 403, 404, 409, 422))
async def change_canned(
    canned_id: UUID, body: CannedWrite, runtime: CurrentRuntime, identity: Writer
) -> CannedRead:
    """Let a ready reply say something else."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return _canned(await service.change_canned(conn, identity, canned_id, given=body.change()))


@router.delete("/{canned_id}", status_code=204, responses=problems(401, 403, 404))
async def delete_canned(canned_id: UUID, runtime: CurrentRuntime, identity: Writer) -> None:
    """Delete a ready reply."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_canned(conn, identity, canned_id)


@router.get("/{canned_id}/filled", responses=problems(401, 403, 404, 422))
async def fill_canned(
    canned_id: UUID, runtime: CurrentRuntime, identity: Reader, dialog: Annotated[UUID, Query()]
) -> FilledRead:
    """Give a ready reply's words for a dialog, in its language, with its variables filled."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        body = await service.fill_canned(conn, identity, canned_id, dialog=ConversationId(dialog))
    return FilledRead(body=body)


def _macro(macro: Macro) -> MacroRead:
    steps = [StepRead(do=each.do, value=each.value) for each in macro.steps]
    return MacroRead(id=macro.id, name=macro.name, steps=steps)


@macro_router.get("", responses=problems(401, 403))
async def list_macros(runtime: CurrentRuntime, identity: Reader) -> list[MacroRead]:
    """List the macros by their names."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [_macro(each) for each in await service.list_macros(conn)]


@macro_router.post("", status_code=201, responses=problems(401, 403, 404, 409, 422))
async def create_macro(body: MacroWrite, runtime: CurrentRuntime, identity: Sharer) -> MacroRead:
    """Make a macro."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return _macro(
            await service.create_macro(conn, identity, name=body.name, steps=body.given())
        )


@macro_router.patch("/{macro_id}", responses=problems(401, 403, 404, 409, 422))
async def change_macro(
    macro_id: UUID, body: MacroWrite, runtime: CurrentRuntime, identity: Sharer
) -> MacroRead:
    """Let a macro do something else."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await service.change_macro(
            conn, identity, macro_id, name=body.name, steps=body.given()
        )
    return _macro(changed)


@macro_router.delete("/{macro_id}", status_code=204, responses=problems(401, 403, 404))
async def delete_macro(macro_id: UUID, runtime: CurrentRuntime, identity: Sharer) -> None:
    """Delete a macro."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_macro(conn, macro_id)


@macro_router.post("/{macro_id}/run/{dialog_id}", responses=problems(401, 403, 404, 409, 422))
async def run_macro(
    macro_id: UUID, dialog_id: UUID, runtime: CurrentRuntime, identity: Writer, locale: CurrentLocale,
    idempotency_key: Annotated[str, Header(max_length=200, include_in_schema=False)] = "",
) -> ReportRead:  # fmt: skip
    """Take a macro's steps on a dialog, one after the other, and report each; one that fails is the last."""
    setting = Setting(
        identity.workspace_id, ConversationId(dialog_id), identity,
        f"macro:{idempotency_key[:LONGEST_KEY] or new_id()}",
    )  # fmt: skip
    macro, report = await service.run_macro(runtime, setting, macro_id, locale=locale)
    return ReportRead(
        name=macro.name,
        steps=[
            TakenRead(do=each.step.do, value=each.step.value, state=each.state, code=each.code, reason=each.reason)
            for each in report
        ],
    )  # fmt: skip
