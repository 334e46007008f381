"""Settings: webhooks, added, watched and changed by people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response

from besedka.core.deps import CurrentRuntime, get_runtime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import has_text, locale_of, text
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.products.webhooks import service
from besedka.products.webhooks.errors import NoKind
from besedka.products.webhooks.schemas import WebhookForm
from besedka.products.webhooks.service import PAGE
from besedka.products.webhooks.types import MANAGE, PING, SWITCHED_OFF, Delivery, DeliveryState
from besedka.web import render

router = APIRouter(prefix=PAGE, route_class=LateRoute)

ROWS = 30

Manager = Annotated[Identity, Depends(require_on_page(MANAGE))]
Given = Annotated[WebhookForm, Form()]


@router.get("")
async def show_webhooks(request: Request, runtime: CurrentRuntime, identity: Manager) -> Response:
    """Show the workspace's webhooks, and the form of another one."""
    return await _list(request, runtime, identity, WebhookForm())


async def _list(
    request: Request, runtime: CurrentRuntime, identity: Identity, form: WebhookForm, failure: BesedkaError | None = None
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_webhooks(conn)
    return await render.page(
        request, "webhooks/list.html", status=failure.status if failure else 200, here_tab=PAGE, path=PAGE,
        webhooks=found, words=_words(request), form=form, **_said(request, failure),
    )  # fmt: skip


def _words(request: Request) -> Mapping[str, str]:
    """Return what a reader calls the kinds of events; one that has no words yet keeps its name."""
    locale = locale_of(request)
    keys = {kind: "webhooks.kind_" + kind.replace(".", "_") for kind in service.kinds()}
    return {kind: text(locale, key) if has_text(key) else kind for kind, key in keys.items()}


def _said(request: Request, failure: BesedkaError | None) -> dict[str, object]:
    """Say what is wrong beside the field that it is about: all but the choice of events is about the address."""
    if failure is None:
        return {}
    field = "kinds" if isinstance(failure, NoKind) else "url"
    return {"errors": {field: words_of(locale_of(request), failure)}}


@router.post("")
async def add_webhook(
    request: Request, runtime: CurrentRuntime, identity: Manager, form: Given
) -> Response:
    """Add a webhook and show its secret, this once."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            made, secret = await service.create(
                runtime, conn, url=form.url.strip(), wanted=form.wanted(), actor_id=identity.actor_id
            )  # fmt: skip
    except BesedkaError as error:
        return await _list(request, runtime, identity, form, error)
    return await _one(request, identity, made.id, secret=secret)


@router.get("/{webhook_id}")
async def show_webhook(
    request: Request, webhook_id: UUID, identity: Manager, before: UUID | None = None,
    state: DeliveryState | None = None,
) -> Response:  # fmt: skip
    """Show one webhook with the log of its deliveries: all, or those in a state."""
    return await _one(request, identity, webhook_id, look=Look(before, state))


@dataclass(frozen=True, slots=True)
class Look:
    """Which part of the log is shown."""

    before: UUID | None = None
    state: DeliveryState | None = None

    def next_path(self, path: str, log: Sequence[Delivery]) -> str:
        """Return the address of the next part, if there may be one."""
        if len(log) < ROWS:
            return ""
        chosen = f"&state={self.state}" if self.state else ""
        return f"{path}?before={log[-1].id}{chosen}"


async def _one(
    request: Request, identity: Identity, webhook_id: UUID, *, look: Look = Look(), secret: str = "",
    form: WebhookForm | None = None, failure: BesedkaError | None = None,
) -> Response:  # fmt: skip
    runtime = get_runtime(request)
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        webhook = await service.get_webhook(conn, webhook_id)
        log = await service.list_deliveries(
            conn, webhook_id, before=look.before, limit=ROWS, state=look.state
        )
    host = urlsplit(webhook.url).hostname or webhook.url
    shown = form or WebhookForm(url=webhook.url, kinds=list(webhook.kinds), every=not webhook.kinds)
    return await render.page(
        request, "webhooks/one.html", status=failure.status if failure else 200, here_tab=PAGE, path=PAGE,
        webhook=webhook, host=host, deliveries=log, secret=secret, form=shown, words=_words(request), ping=PING,
        look=look, states=list(DeliveryState), reasons={each.id: _reason(request, each, host) for each in log},
        is_sending=any(each.state is DeliveryState.QUEUED and not each.attempts for each in log),
        next_path=look.next_path(f"{PAGE}/{webhook_id}", log), **_said(request, failure),
    )  # fmt: skip


def _reason(request: Request, delivery: Delivery, host: str) -> str:
    """Say why nobody answered a delivery; empty when somebody did."""
    locale, code = locale_of(request), delivery.error.partition("(")[0]
    if delivery.error == SWITCHED_OFF:
        return text(locale, "webhooks.was_off")
    if has_text(f"errors.{code}"):
        return text(locale, f"errors.{code}", host=host)
    return text(locale, "errors.unreachable", host=host) if delivery.error else ""


@router.post("/{webhook_id}")
async def save_webhook(
    request: Request, webhook_id: UUID, runtime: CurrentRuntime, identity: Manager, form: Given
) -> Response:
    """Change the address and the events."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.update(
                runtime, conn, webhook_id, url=form.url.strip(), wanted=form.wanted(), enabled=None,
                actor_id=identity.actor_id,
            )  # fmt: skip
    except BesedkaError as error:
        return await _one(request, identity, webhook_id, form=form, failure=error)
    return render.redirect(request, f"{PAGE}/{webhook_id}", flash="webhooks.saved")


@router.post("/{webhook_id}/switch")
async def switch_webhook(
    request: Request, webhook_id: UUID, runtime: CurrentRuntime, identity: Manager,
    enabled: Annotated[Literal["true", "false"], Form()],
) -> Response:  # fmt: skip
    """Switch a webhook off or on."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.update(
            runtime, conn, webhook_id, url=None, wanted=None, enabled=enabled == "true",
            actor_id=identity.actor_id,
        )  # fmt: skip
    return render.redirect(request, f"{PAGE}/{webhook_id}", flash="webhooks.saved")


@router.post("/{webhook_id}/test")
async def send_ping(
    request: Request, webhook_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Send a test event."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.ping(conn, webhook_id)
    return render.redirect(request, f"{PAGE}/{webhook_id}", flash="webhooks.queued")


@router.post("/{webhook_id}/secret")
async def rotate_secret(
    request: Request, webhook_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Make a new secret and show it, this once."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        secret = await service.rotate_secret(runtime, conn, webhook_id, actor_id=identity.actor_id)
    return await _one(request, identity, webhook_id, secret=secret)


@router.post("/{webhook_id}/delete")
async def delete_webhook(
    request: Request, webhook_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Remove a webhook with its log."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete(conn, webhook_id, actor_id=identity.actor_id)
    return render.redirect(request, PAGE, flash="webhooks.deleted")


@router.post("/{webhook_id}/deliveries/{delivery_id}/redeliver")
async def redeliver(
    request: Request, webhook_id: UUID, delivery_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> Response:  # fmt: skip
    """Send a delivery once more."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.redeliver(conn, webhook_id, delivery_id)
    return render.redirect(request, f"{PAGE}/{webhook_id}", flash="webhooks.queued")
