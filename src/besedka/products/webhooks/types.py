"""Webhooks and deliveries as the API shows them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

WebhookId = NewType("WebhookId", UUID)
DeliveryId = NewType("DeliveryId", UUID)

PING: Final = "webhook.ping"
MANAGE: Final = "webhooks.manage"
"""The permission."""


SWITCHED_OFF: Final = "switched off"
"""The error of a delivery that was not tried any more, because its webhook is off."""


class DeliveryState(StrEnum):
    """Where a delivery is; queued also stands for waiting between attempts."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a webhook is switched off, when it was not a person."""

    FAILING = "failing"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription. The secrets are sealed."""

    id: WebhookId
    url: str
    kinds: tuple[str, ...]
    secret: bytes
    former_secret: bytes | None
    former_until: datetime | None
    enabled: bool
    failing_since: datetime | None
    disabled_for: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way, and how the last attempt went. `duration_ms` is of that attempt."""

    id: DeliveryId
    webhook_id: WebhookId
    event_id: UUID
    kind: str
    body: str
    state: DeliveryState
    attempts: int
    attempted_at: datetime | None
    status: int | None
    response: str
    error: str
    duration_ms: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt went. Without a status nobody answered, and `error` says why."""

    status: int | None
    response: str
    error: str
    duration_ms: int

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and self.status // 100 == 2
