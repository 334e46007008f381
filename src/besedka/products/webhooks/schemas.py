"""Webhooks over the API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from besedka.core.pagination import MAX_LIMIT
from besedka.core.schemas import Read, Write
from besedka.products.webhooks.errors import NoKind
from besedka.products.webhooks.types import DeliveryState

Url = Annotated[str, Field(min_length=8, max_length=2000)]
Kinds = Annotated[
    list[Annotated[str, Field(max_length=80)]],
    Field(max_length=50, description="Kinds of events; an empty list stands for all."),
]


class DeliveryQuery(Write):
    """Which deliveries are listed: those before one, those in a state."""

    before: UUID | None = None
    state: DeliveryState | None = None
    limit: int = Field(50, ge=1, le=MAX_LIMIT)


class WebhookCreate(Write):
    """A new subscription."""

    url: Url
    kinds: Kinds = Field(default_factory=list)


class WebhookUpdate(Write):
    """What is to change."""

    url: Url | None = None
    kinds: Kinds | None = None
    enabled: bool | None = None


class WebhookForm(BaseModel):
    """The form of a page. `every` stands for all kinds; unknown fields are ignored: a form also carries its CSRF token."""

    url: str = Field("", max_length=2000)
    every: bool = False
    kinds: Kinds = Field(default_factory=list)

    def wanted(self) -> list[str]:
        """Return the kinds, none for all. Raises NoKind."""
        if not self.every and not self.kinds:
            raise NoKind(field="kinds")
        return [] if self.every else self.kinds

    @property
    def chosen(self) -> list[str] | None:
        """What the check boxes show: none for nothing chosen yet, an empty list for all."""
        return [] if self.every else self.kinds or None


class WebhookRead(Read):
    """A webhook. `disabled_for` says why it is off when nobody switched it off."""

    id: UUID
    url: str
    kinds: list[str]
    enabled: bool
    failing_since: datetime | None
    disabled_for: str | None
    created_at: datetime


class WebhookCreated(WebhookRead):
    """A new webhook with its secret, which is not told again."""

    secret: str


class SecretRead(Read):
    """A new secret, which is not told again."""

    secret: str


class DeliveryRead(Read):
    """An event on its way, what was sent, and how the last attempt went."""

    id: UUID
    event_id: UUID
    kind: str
    body: str
    state: str
    attempts: int
    attempted_at: datetime | None
    status: int | None
    response: str
    error: str
    duration_ms: int | None
    created_at: datetime
