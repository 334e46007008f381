"""Settings of the installation, for its host: queues, failures, and how much is logged."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import PageHost
from besedka.kernel.jobs import service as jobs
from besedka.kernel.jobs.types import JobId
from besedka.products.operations import service
from besedka.products.operations.schemas import LevelForm
from besedka.products.operations.types import MINUTES, MOST_MINUTES, Level
from besedka.web import render

PAGE = "/dashboard/settings/operation"
ROWS = 50

router = APIRouter(prefix=PAGE, route_class=LateRoute)

Name = Annotated[str, Form(max_length=100)]


@router.get("")
async def show(
    request: Request, runtime: CurrentRuntime, _host: PageHost, before: JobId | None = None
) -> Response:
    """Show what waits, what was given up, and the level of the logs."""
    async with runtime.db.system.acquire() as conn:
        queues = await jobs.list_queues(conn)
        failures = await jobs.list_failures(conn, before=before, limit=ROWS)
        level = await service.find_level(conn)
    return await render.page(
        request, "operations/operation.html", here_tab=PAGE, path=PAGE, queues=queues, failures=failures,
        level=level, levels=list(Level), own=runtime.settings.log_level, minutes=MINUTES,
        most=MOST_MINUTES,
        next_path=f"{PAGE}?before={failures[-1].job.id}" if len(failures) == ROWS else "",
    )  # fmt: skip


@router.post("/failures/{job_id}/retry")
async def retry(
    request: Request, job_id: JobId, runtime: CurrentRuntime, _host: PageHost
) -> Response:
    """Queue a job again that was given up."""
    async with runtime.db.system.transaction() as conn:
        done = await jobs.retry_failed(conn, job_id=job_id)
    return _done(request, "operations.queued" if done else "operations.nothing")


@router.post("/failures/{job_id}/drop")
async def drop(
    request: Request, job_id: JobId, runtime: CurrentRuntime, _host: PageHost
) -> Response:
    """Delete a job that was given up."""
    async with runtime.db.system.transaction() as conn:
        done = await jobs.drop_failed(conn, job_id=job_id)
    return _done(request, "operations.dropped" if done else "operations.nothing")


@router.post("/queues/retry")
async def retry_all(
    request: Request, runtime: CurrentRuntime, _host: PageHost, name: Name
) -> Response:
    """Queue all jobs of a name again that were given up."""
    async with runtime.db.system.transaction() as conn:
        done = await jobs.retry_failed(conn, name=name)
    return _done(request, "operations.queued" if done else "operations.nothing")


@router.post("/queues/drop")
async def drop_all(
    request: Request, runtime: CurrentRuntime, _host: PageHost, name: Name
) -> Response:
    """Delete all jobs of a name that were given up."""
    async with runtime.db.system.transaction() as conn:
        done = await jobs.drop_failed(conn, name=name)
    return _done(request, "operations.dropped" if done else "operations.nothing")


@router.post("/log-level")
async def set_level(
    request: Request, runtime: CurrentRuntime, _host: PageHost, form: Annotated[LevelForm, Form()]
) -> Response:
    """Have every process log from a level on, for a time."""
    async with runtime.db.system.transaction() as conn:
        await service.set_level(conn, form.level, minutes=form.minutes)
    return _done(request, "operations.level_set")


@router.post("/log-level/reset")
async def reset_level(request: Request, runtime: CurrentRuntime, _host: PageHost) -> Response:
    """Have every process log as its settings say."""
    async with runtime.db.system.transaction() as conn:
        await service.reset_level(conn)
    return _done(request, "operations.level_set")


def _done(request: Request, flash: str) -> Response:
    return render.redirect(request, PAGE, flash=flash)
