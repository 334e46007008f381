"""JSON of operations: `/operations`, for hosts."""

from fastapi import APIRouter

from besedka.core.deps import CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import HostIdentity
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.products.operations import service
from besedka.products.operations.schemas import LevelRead, LevelUpdate
from besedka.products.operations.types import LevelUntil

router = APIRouter(prefix="/operations", tags=["operations"], route_class=KeyedRoute)


def _read(found: LevelUntil | None) -> LevelRead:
    if found is None:
        return LevelRead(level=None, until=None)
    return LevelRead(level=found.level, until=found.until)


@router.get("/log-level", summary="Log level", responses=problems(401, 403))
async def get_level(runtime: CurrentRuntime, _host: HostIdentity) -> LevelRead:
    """Return the level that was set while running."""
    async with runtime.db.system.acquire() as conn:
        return _read(await service.find_level(conn))


@router.put("/log-level", summary="Set the log level", responses=problems(401, 403, 422))
async def set_level(body: LevelUpdate, runtime: CurrentRuntime, _host: HostIdentity) -> LevelRead:
    """Have every process log from a level on for some minutes; they follow within seconds."""
    async with runtime.db.system.transaction() as conn:
        return _read(await service.set_level(conn, body.level, minutes=body.minutes))


@router.delete(
    "/log-level", status_code=204, summary="Reset the log level", responses=problems(401, 403)
)
async def reset_level(runtime: CurrentRuntime, _host: HostIdentity) -> None:
    """Have every process log as its settings say."""
    async with runtime.db.system.transaction() as conn:
        await service.reset_level(conn)
