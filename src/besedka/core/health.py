"""Health, readiness and metrics."""

from typing import cast

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from besedka import __version__
from besedka.core.deps import CurrentRuntime
from besedka.core.errors import DatabaseAway
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime

router = APIRouter(tags=["health"], route_class=LateRoute)


@router.get("/health", summary="The process lives")
async def health() -> dict[str, str]:
    """Say that the process answers, whatever else is away."""
    return {"status": "ok", "version": __version__}


@router.get("/health/ready", summary="The process can work")
async def ready(runtime: CurrentRuntime) -> Response:
    """Say whether the database answers, with 503 while it does not, and whether other processes are heard."""
    try:
        async with runtime.db.system.acquire() as conn:
            await conn.fetchval("SELECT 1")
    except DatabaseAway:
        return JSONResponse(
            {"status": "degraded", "database": "away"}, 503, headers={"Retry-After": "2"}
        )
    if runtime.bus is None:
        return JSONResponse({"status": "ok", "database": "ok"})
    heard = runtime.bus.healthy
    return JSONResponse(
        {
            "status": "ok" if heard else "degraded",
            "database": "ok",
            "bus": "ok" if heard else "away",
        }
    )


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Give Prometheus metrics to callers on this machine."""
    client = request.client.host if request.client else ""
    settings = cast(Runtime, request.app.state.runtime).settings
    if client not in {"127.0.0.1", "::1", *settings.trusted_proxies}:
        return Response(status_code=404)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
