"""Audit events as pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from besedka.core.ids import ActorId


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One deed. Without an actor it was the system's own, or a stranger's."""

    id: UUID
    actor_id: ActorId | None
    action: str
    target_type: str
    target_id: UUID | None
    detail: Mapping[str, JsonValue]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events a page shows; None stands for all."""

    actor_id: ActorId | None = None
    action: str | None = None
    target_id: UUID | None = None
