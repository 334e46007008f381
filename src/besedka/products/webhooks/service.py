"""Use cases of webhooks: subscribe, hear, deliver, look at the log."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import JsonValue
from pydantic_core import to_json

from besedka.core import events
from besedka.core.clock import monotonic, now
from besedka.core.db.connection import Conn, SystemConn, TenantConn
from besedka.core.http.errors import OutgoingError
from besedka.core.http.types import Limits
from besedka.core.i18n import DEFAULT_LOCALE
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import Role
from besedka.kernel.audit import service as audit
from besedka.kernel.jobs import service as jobs
from besedka.kernel.jobs.errors import RetryLater
from besedka.kernel.mail import service as mail
from besedka.products.webhooks import repository, signing
from besedka.products.webhooks.errors import (
    DeliveryNotFound,
    TooManyWebhooks,
    UnknownKind,
    WebhookNotFound,
    WebhookOff,
)
from besedka.products.webhooks.repository import DeliveryRepository, WebhookRepository
from besedka.products.webhooks.types import (
    PING,
    SWITCHED_OFF,
    Attempt,
    Delivery,
    DeliveryId,
    DeliveryState,
    Reason,
    Webhook,
    WebhookId,
)

DELIVER = "webhooks.deliver"
PAGE = "/dashboard/settings/webhooks"
MOST = 20
EXCERPT_BYTES = 2048
FORMER_SECRET_HOURS = 24
LOG_DAYS = 30
LONG_FAILURE = timedelta(days=5)
GONE = 410
DELAYS = (5.0, 60.0, 300.0, 1800.0, 3600.0, 7200.0, 14_400.0, 21_600.0, 28_800.0)
"""Seconds between attempts: about 22 hours in all."""
LIMITS = Limits(max_bytes=256 * 1024, connect=5.0, idle=15.0, total=20.0)


def kinds() -> list[str]:
    """Return the kinds of events that can be subscribed to."""
    return events.public_kinds()


async def list_webhooks(conn: TenantConn) -> list[Webhook]:
    """Return the workspace's webhooks, oldest first."""
    return await WebhookRepository(conn).all()


async def get_webhook(conn: TenantConn, webhook_id: UUID) -> Webhook:
    """Return a webhook. Raises WebhookNotFound."""
    found = await WebhookRepository(conn).find(WebhookId(webhook_id))
    if found is None:
        raise WebhookNotFound
    return found


async def create(
    runtime: Runtime, conn: TenantConn, *, url: str, wanted: Sequence[str], actor_id: ActorId
) -> tuple[Webhook, str]:
    """Subscribe; returns the webhook and its secret, which is told this once.

    Raises BadUrl, RefusedAddress, UnknownKind, TooManyWebhooks.
    """
    runtime.http.guard.target(url)
    _check_kinds(wanted)
    if await WebhookRepository(conn).count_locked() >= MOST:
        raise TooManyWebhooks(limit=MOST)
    webhook_id, secret = WebhookId(new_id()), signing.new_secret()
    sealed = runtime.secrets.seal(secret, _place(conn.workspace, webhook_id))
    await WebhookRepository(conn).insert(webhook_id, url=url, kinds=wanted, secret=sealed)
    await _record(conn, actor_id, "webhook.create", webhook_id, host=_host(url))
    return await get_webhook(conn, webhook_id), secret


async def update(
    runtime: Runtime, conn: TenantConn, webhook_id: UUID, *, url: str | None,
    wanted: Sequence[str] | None, enabled: bool | None, actor_id: ActorId,
) -> Webhook:  # fmt: skip
    """Change a webhook. Raises WebhookNotFound, BadUrl, RefusedAddress, UnknownKind."""
    found = await get_webhook(conn, webhook_id)
    if url is not None:
        runtime.http.guard.target(url)
    _check_kinds(wanted or ())
    await WebhookRepository(conn).update(found.id, url=url, kinds=wanted, enabled=enabled)
    await _record(conn, actor_id, "webhook.update", found.id, host=_host(url or found.url))
    return await get_webhook(conn, webhook_id)


async def delete(conn: TenantConn, webhook_id: UUID, *, actor_id: ActorId) -> None:
    """Remove a webhook with its log. Raises WebhookNotFound."""
    if not await WebhookRepository(conn).delete(WebhookId(webhook_id)):
        raise WebhookNotFound
    await _record(conn, actor_id, "webhook.delete", WebhookId(webhook_id))


async def rotate_secret(
    runtime: Runtime, conn: TenantConn, webhook_id: UUID, *, actor_id: ActorId
) -> str:
    """Return a new secret; for a day everything is signed with the former one too. Raises WebhookNotFound."""
    found, secret = await get_webhook(conn, webhook_id), signing.new_secret()
    place = _place(conn.workspace, found.id)
    former = runtime.secrets.seal(
        runtime.secrets.open(found.secret, place), _former_place(conn.workspace, found.id)
    )
    await WebhookRepository(conn).replace_secret(
        found.id, secret=runtime.secrets.seal(secret, place), former=former,
        until=now() + timedelta(hours=FORMER_SECRET_HOURS),
    )  # fmt: skip
    await _record(conn, actor_id, "webhook.rotate", found.id)
    return secret


async def hear(conn: Conn, event: events.Event) -> None:
    """Queue an event for every webhook that wants it, in the transaction of what happened; else store nothing."""
    listeners = await repository.listening(conn, event.workspace_id, event.public)
    if not listeners:
        return
    body = _body(event.public, events.encode(event))
    for webhook_id in listeners:
        await _queue(
            conn, event.workspace_id, webhook_id, event_id=event.event_id, kind=event.public, body=body
        )  # fmt: skip


async def ping(conn: TenantConn, webhook_id: UUID) -> Delivery:
    """Send a test event. Raises WebhookNotFound, WebhookOff."""
    found = await get_webhook(conn, webhook_id)
    if not found.enabled:
        raise WebhookOff
    body = _body(PING, {"webhook_id": str(found.id)})
    made = await _queue(conn, conn.workspace, found.id, event_id=new_id(), kind=PING, body=body)
    assert made is not None
    return await get_delivery(conn, webhook_id, made)


async def list_deliveries(
    conn: TenantConn,
    webhook_id: UUID,
    *,
    before: UUID | None,
    limit: int,
    state: DeliveryState | None = None,
) -> list[Delivery]:
    """Return the log of a webhook, or what of it is in a state, newest first. Raises WebhookNotFound."""
    found = await get_webhook(conn, webhook_id)
    return await DeliveryRepository(conn).page(found.id, before=before, limit=limit, state=state)


async def get_delivery(conn: TenantConn, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Return a delivery of a webhook. Raises DeliveryNotFound."""
    found = await DeliveryRepository(conn).find(DeliveryId(delivery_id))
    if found is None or found.webhook_id != webhook_id:
        raise DeliveryNotFound
    return found


async def redeliver(conn: TenantConn, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Send a delivery once more, under the same id. Raises WebhookNotFound, DeliveryNotFound, WebhookOff."""
    webhook = await get_webhook(conn, webhook_id)
    found = await get_delivery(conn, webhook_id, delivery_id)
    if not webhook.enabled:
        raise WebhookOff
    await DeliveryRepository(conn).set_state(found.id, DeliveryState.QUEUED)
    await jobs.drop(conn, _key(found.id))  # a later attempt is not needed any more
    await _defer(conn, conn.workspace, found.id)
    return await get_delivery(conn, webhook_id, delivery_id)


async def deliver(
    runtime: Runtime, workspace: WorkspaceId, delivery_id: UUID, *, attempt: int
) -> None:
    """Make one attempt at a delivery. Raises RetryLater while more may follow."""
    async with runtime.db.fast.acquire(workspace) as conn:
        delivery = await DeliveryRepository(conn).find(DeliveryId(delivery_id))
        if delivery is None or delivery.state is not DeliveryState.QUEUED:
            return
        webhook = await get_webhook(conn, delivery.webhook_id)
        if not webhook.enabled:
            await DeliveryRepository(conn).set_state(
                delivery.id, DeliveryState.FAILED, error=SWITCHED_OFF
            )
            return
    made = await _send(runtime, workspace, webhook, delivery)
    again = not made.succeeded and made.status != GONE and attempt <= len(DELAYS)
    async with runtime.db.fast.transaction(workspace) as conn:
        await _settle(runtime, conn, webhook, delivery, made=made, again=again)
    if again:
        raise RetryLater(made.error or f"answered {made.status}", after=DELAYS[attempt - 1])


async def purge(conn: SystemConn) -> None:
    """Delete deliveries that are older than a month."""
    await repository.purge(conn, days=LOG_DAYS)


async def _settle(
    runtime: Runtime, conn: TenantConn, webhook: Webhook, delivery: Delivery, *, made: Attempt, again: bool
) -> None:  # fmt: skip
    webhooks = WebhookRepository(conn)
    state = DeliveryState.QUEUED if again else DeliveryState.FAILED
    if made.succeeded:
        await webhooks.note_success(webhook.id)
        state = DeliveryState.DELIVERED
    else:
        since = await webhooks.note_failure(webhook.id)
        if made.status == GONE:
            await _switch_off(runtime, conn, webhook, Reason.GONE)
        elif since is not None and now() - since > LONG_FAILURE:
            await _switch_off(runtime, conn, webhook, Reason.FAILING)
    await DeliveryRepository(conn).record(delivery.id, made, state=state)


async def _switch_off(runtime: Runtime, conn: TenantConn, webhook: Webhook, reason: Reason) -> None:
    """Send nothing more to a webhook, and write to the owners, each in their language."""
    if not await WebhookRepository(conn).switch_off(webhook.id, reason):
        return
    await _record(conn, None, "webhook.switch_off", webhook.id, host=_host(webhook.url))
    workspace = await accounts.get_workspace(conn)
    params: dict[str, JsonValue] = {
        "workspace": workspace.name, "host": _host(webhook.url), "gone": reason is Reason.GONE,
        "page": f"{runtime.settings.base_url}/w/{workspace.slug}{PAGE}/{webhook.id}",
    }  # fmt: skip
    for person in await accounts.people(conn):
        if person.role == Role.OWNER and person.active:
            await mail.send(
                conn, to=person.email, letter="webhook_off", locale=person.locale or DEFAULT_LOCALE,
                params=params,
            )  # fmt: skip


async def _send(
    runtime: Runtime, workspace: WorkspaceId, webhook: Webhook, delivery: Delivery
) -> Attempt:
    """Send a delivery, signed with every valid secret."""
    signed = signing.headers(
        f"msg_{delivery.event_id.hex}", delivery.body, timestamp=int(now().timestamp()),
        keys=_secrets(runtime, workspace, webhook),
    )  # fmt: skip
    started = monotonic()
    try:
        async with runtime.http.stream(
            "POST", webhook.url, headers={"Content-Type": "application/json", **signed},
            body=delivery.body.encode(), limits=LIMITS,
        ) as answer:  # fmt: skip
            excerpt = await answer.read_start(EXCERPT_BYTES)
            status = answer.status
    except OutgoingError as error:
        return Attempt(None, "", str(error), _since(started))
    words = excerpt[:EXCERPT_BYTES].decode("utf-8", "replace").replace("\0", "")
    return Attempt(status, words, "", _since(started))


def _secrets(runtime: Runtime, workspace: WorkspaceId, webhook: Webhook) -> list[str]:
    valid = [runtime.secrets.open(webhook.secret, _place(workspace, webhook.id))]
    until = webhook.former_until
    if webhook.former_secret is not None and until is not None and until > now():
        place = _former_place(workspace, webhook.id)
        valid.append(runtime.secrets.open(webhook.former_secret, place))
    return valid


async def _queue(
    conn: Conn, workspace: WorkspaceId, webhook_id: WebhookId, *, event_id: UUID, kind: str,
    body: str,
) -> DeliveryId | None:  # fmt: skip
    made = await repository.insert_delivery(
        conn, workspace, webhook_id, event_id=event_id, kind=kind, body=body
    )
    if made is not None:
        await _defer(conn, workspace, made)
    return made


async def _defer(conn: Conn, workspace: WorkspaceId, delivery_id: DeliveryId) -> None:
    await jobs.defer(
        conn, DELIVER, {"delivery_id": str(delivery_id)}, workspace_id=workspace,
        unique_key=_key(delivery_id),
    )  # fmt: skip


def _key(delivery_id: DeliveryId) -> str:
    return f"{DELIVER}:{delivery_id}"


async def _record(
    conn: TenantConn, actor_id: ActorId | None, action: str, webhook_id: WebhookId, **detail: str
) -> None:
    await audit.record(
        conn, actor_id=actor_id, action=action, target_type="webhook", target_id=webhook_id,
        detail={**detail},
    )  # fmt: skip


def _body(kind: str, data: object) -> str:
    return to_json({"type": kind, "timestamp": now(), "data": data}).decode()


def _check_kinds(wanted: Sequence[str]) -> None:
    unknown = set(wanted) - set(kinds())
    if unknown:
        raise UnknownKind(field="kinds", kind=min(unknown))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _since(started: float) -> int:
    return int((monotonic() - started) * 1000)


def _place(workspace: WorkspaceId, webhook_id: WebhookId) -> str:
    return f"{workspace}/webhook/{webhook_id}/secret"


def _former_place(workspace: WorkspaceId, webhook_id: WebhookId) -> str:
    return f"{workspace}/webhook/{webhook_id}/former_secret"
