"""JSON of webhooks: `/webhooks`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.pagination import add_next
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.products.webhooks import service
from besedka.products.webhooks.schemas import (
    DeliveryQuery,
    DeliveryRead,
    SecretRead,
    WebhookCreate,
    WebhookCreated,
    WebhookRead,
    WebhookUpdate,
)
from besedka.products.webhooks.types import MANAGE, Delivery, Webhook

router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=KeyedRoute)

Manager = Annotated[Identity, Depends(require(MANAGE))]


@router.get("", summary="Webhooks", response_model=list[WebhookRead], responses=problems(401, 403))
async def list_webhooks(runtime: CurrentRuntime, identity: Manager) -> list[Webhook]:
    """List the workspace's webhooks, oldest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return await service.list_webhooks(conn)


@router.get("/kinds", summary="Kinds of events", responses=problems(401, 403))
async def list_kinds(_identity: Manager) -> list[str]:
    """List what can be subscribed to."""
    return service.kinds()


@router.post(
    "", status_code=201, summary="Subscribe", responses=problems(401, 403, 409, 422),
)  # fmt: skip
async def create_webhook(
    body: WebhookCreate, runtime: CurrentRuntime, identity: Manager
) -> WebhookCreated:
    """Add a webhook. The answer holds the secret, this once."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made, secret = await service.create(
            runtime, conn, url=body.url, wanted=body.kinds, actor_id=identity.actor_id
        )
    return WebhookCreated(**WebhookRead.model_validate(made).model_dump(), secret=secret)


@router.get(
    "/{webhook_id}", summary="A webhook", response_model=WebhookRead,
    responses=problems(401, 403, 404, 422),
)  # fmt: skip
async def get_webhook(webhook_id: UUID, runtime: CurrentRuntime, identity: Manager) -> Webhook:
    """Return a webhook."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return await service.get_webhook(conn, webhook_id)


@router.patch(
    "/{webhook_id}", summary="Change a webhook", response_model=WebhookRead,
    responses=problems(401, 403, 404, 422),
)  # fmt: skip
async def update_webhook(
    webhook_id: UUID, body: WebhookUpdate, runtime: CurrentRuntime, identity: Manager
) -> Webhook:
    """Change address or kinds, switch it off or on."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return await service.update(
            runtime, conn, webhook_id, url=body.url, wanted=body.kinds, enabled=body.enabled,
            actor_id=identity.actor_id,
        )  # fmt: skip


@router.delete(
    "/{webhook_id}", status_code=204, summary="Remove a webhook",
    responses=problems(401, 403, 404, 422),
)  # fmt: skip
async def delete_webhook(webhook_id: UUID, runtime: CurrentRuntime, identity: Manager) -> None:
    """Remove a webhook and its log."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete(conn, webhook_id, actor_id=identity.actor_id)


@router.post(
    "/{webhook_id}/test", status_code=202, summary="Send a test event",
    response_model=DeliveryRead, responses=problems(401, 403, 404, 409, 422),
)  # fmt: skip
async def send_ping(webhook_id: UUID, runtime: CurrentRuntime, identity: Manager) -> Delivery:
    """Queue a `webhook.ping`; its delivery tells how it went."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return await service.ping(conn, webhook_id)


@router.post(
    "/{webhook_id}/secret", summary="Another secret", responses=problems(401, 403, 404, 422),
)  # fmt: skip
async def rotate_secret(webhook_id: UUID, runtime: CurrentRuntime, identity: Manager) -> SecretRead:
    """Make a new secret; for a day everything is signed with both."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        secret = await service.rotate_secret(runtime, conn, webhook_id, actor_id=identity.actor_id)
    return SecretRead(secret=secret)


@router.get(
    "/{webhook_id}/deliveries", summary="Log of deliveries", response_model=list[DeliveryRead],
    responses=problems(401, 403, 404, 422),
)  # fmt: skip
async def list_deliveries(
    request: Request, response: Response, webhook_id: UUID, runtime: CurrentRuntime,
    identity: Manager, wanted: Annotated[DeliveryQuery, Query()],
) -> list[Delivery]:  # fmt: skip
    """List what was sent, or what of it is in a state, newest first; a month is kept."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_deliveries(
            conn, webhook_id, before=wanted.before, limit=wanted.limit, state=wanted.state
        )
    add_next(
        request, response, {"before": str(found[-1].id)} if len(found) == wanted.limit else None
    )
    return found


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver", status_code=202,
    summary="Send a delivery again", response_model=DeliveryRead,
    responses=problems(401, 403, 404, 409, 422),
)  # fmt: skip
async def redeliver(
    webhook_id: UUID, delivery_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> Delivery:
    """Queue a delivery once more; it keeps its `webhook-id`."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return await service.redeliver(conn, webhook_id, delivery_id)
