"""Audit events as pages show them, and as the chain holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import JsonValue

from besedka.core.ids import ActorId, WorkspaceId

MOST_FLAWS = 50


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


@dataclass(frozen=True, slots=True)
class Link:
    """An event as the chain holds it: `detail` is the database's own text of it."""

    id: UUID
    actor_id: UUID | None
    action: str
    target_type: str
    target_id: UUID | None
    detail: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """A link with its place in the chain, from 1, and its hash."""

    place: int
    hash: bytes
    link: Link


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a workspace's chain: how many events are sealed, the hash of the last one, and when that was."""

    place: int
    hash: bytes
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head that was written down where nobody can change it together with the database."""

    workspace_id: WorkspaceId
    place: int
    hash: bytes


class FlawKind(StrEnum):
    """What is wrong at a place of the chain."""

    CHANGED = "changed"
    """The event is not the one that was sealed."""
    MISSING = "missing"
    """Events are gone: all from this place to `until`."""
    INSERTED = "inserted"
    """An event stands here that was never sealed at this place."""
    BACKDATED = "backdated"
    """The event claims to be much older than the one that was sealed before it."""
    HEAD = "head"
    """The head is not the hash of the last event, or is gone."""
    ANCHOR = "anchor"
    """The chain is not the one that the anchor was taken from: it was written anew."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is wrong, and where."""

    kind: FlawKind
    place: int
    until: int = 0
    event_id: UUID | None = None


@dataclass(slots=True)
class Verdict:
    """What a verification found. `flaws` holds the first ones, `flawed` counts all."""

    workspace_id: WorkspaceId
    checked: int = 0
    unsealed: int = 0
    flawed: int = 0
    flaws: list[Flaw] = field(default_factory=list)

    def note(self, flaw: Flaw) -> None:
        """Take a flaw down."""
        self.flawed += 1
        if len(self.flaws) < MOST_FLAWS:
            self.flaws.append(flaw)
