"""`/model-servers`: servers of models for the whole installation, for hosts."""

from uuid import UUID

from fastapi import APIRouter

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.problems import words_of
from besedka.core.runtime import Runtime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import HostIdentity
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.llm import service as llm
from besedka.products.models.schemas import (
    CallRead,
    FoundServerRead,
    LookWrite,
    OrderWrite,
    ProviderHealthRead,
    ServerRead,
    ServerWrite,
    shown_found,
    shown_server,
)

router = APIRouter(prefix="/model-servers", tags=["models"], route_class=KeyedRoute)


@router.get("", summary="Servers of models", responses=problems(401, 403))
async def list_servers(runtime: CurrentRuntime, _host: HostIdentity) -> list[ServerRead]:
    """List the servers that hosts connected, with their models and without their keys."""
    return [shown_server(each) for each in await llm.list_servers(runtime)]


@router.post(
    "",
    status_code=201,
    summary="Connect a server of models",
    responses=problems(401, 403, 409, 422, 502),
)
async def create_server(
    body: ServerWrite, runtime: CurrentRuntime, _host: HostIdentity
) -> ServerRead:  # fmt: skip
    """Connect a server; its address is asked with the key first. What it tells of a model stands in where you don't say.

    Inside the network only addresses of `BESEDKA_MODEL_HOSTS` are asked: 422 `llm_bad_address`.
    """
    found = await llm.look_at(
        runtime, body.base_url, api_key=body.api_key or "", kind=body.kind
    )  # fmt: skip
    async with runtime.db.system.transaction() as conn:
        made = await llm.put_server(runtime, conn, _wanted(body, found))
    return await _one(runtime, made)


@router.put(
    "/{server_id}", summary="Change a server of models", responses=problems(401, 403, 404, 422)
)
async def update_server(
    server_id: UUID, body: ServerWrite, runtime: CurrentRuntime, _host: HostIdentity
) -> ServerRead:  # fmt: skip
    """Replace the address, the key and the models of a server; its name stays."""
    async with runtime.db.system.transaction() as conn:
        await llm.put_server(runtime, conn, _wanted(body, None), server=server_id)
    return await _one(runtime, server_id)


@router.delete(
    "/{server_id}", status_code=204, summary="Forget a server of models", responses=problems(401, 403, 404, 422)
)  # fmt: skip
async def delete_server(server_id: UUID, runtime: CurrentRuntime, _host: HostIdentity) -> None:
    """Forget a server and its key."""
    async with runtime.db.system.transaction() as conn:
        await llm.delete_server(runtime, conn, server_id)


@router.post("/look", summary="Look for models", responses=problems(401, 403, 409, 422, 502))
async def look(
    body: LookWrite, runtime: CurrentRuntime, _host: HostIdentity
) -> list[FoundServerRead]:
    """List what servers offer: the one at an address, or those at the usual ports of this machine.

    409 `local_models_off` where no setting allows to look at this machine; 422 `no_model_server` where nothing answers.
    """
    if not body.base_url:
        return [shown_found(each) for each in await llm.look_here(runtime)]
    found = await llm.look_at(runtime, body.base_url, api_key=body.api_key, kind=body.kind)
    return [shown_found(found)]


@router.get("/health", summary="How providers are", responses=problems(401, 403))
async def read_health(runtime: CurrentRuntime, _host: HostIdentity) -> list[ProviderHealthRead]:
    """Tell how calls of the installation's providers went in the last 24 hours, and which are passed over for now."""
    return [ProviderHealthRead.model_validate(each) for each in await llm.read_health(runtime)]


@router.put("/order", summary="Order of providers", responses=problems(401, 403, 422))
async def set_order(body: OrderWrite, runtime: CurrentRuntime, _host: HostIdentity) -> list[str]:
    """Say who is asked first, by `name` of `/model-servers/health`. When one fails before its first word, the next one answers."""
    async with runtime.db.system.transaction() as conn:
        await llm.set_order(runtime, conn, body.providers)
    return [each.name for each in await llm.installed_providers(runtime)]


@router.post(
    "/{server_id}/test", summary="Call a server once", responses=problems(401, 403, 404, 422)
)
async def call_server(
    server_id: UUID, runtime: CurrentRuntime, _host: HostIdentity, locale: CurrentLocale
) -> CallRead:  # fmt: skip
    """Call the first model of a server once, and say how that went."""
    return shown_call(await llm.try_server(runtime, server_id), locale)


def shown_call(result: llm.TestResult, locale: str) -> CallRead:
    """Return how a call went as it is shown."""
    failure = result.failure
    return CallRead(
        ok=result.ok, milliseconds=result.milliseconds, said=result.said,
        code=failure.code if failure else None, message=words_of(locale, failure) if failure else "",
        detail=failure.detail if failure else "",
    )  # fmt: skip


async def _one(runtime: Runtime, server: UUID) -> ServerRead:
    return next(shown_server(each) for each in await llm.list_servers(runtime) if each.id == server)


def _wanted(body: ServerWrite, found: llm.FoundServer | None) -> llm.WantedServer:
    known = {each.id: each for each in found.models} if found else {}
    models = (each.served() for each in body.models)
    return llm.WantedServer(
        name=body.name, base_url=body.base_url, kind=body.kind, api_key=body.api_key,
        models=tuple(llm.completed(each, known.get(each.upstream)) for each in models),
    )  # fmt: skip
