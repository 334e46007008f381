"""Words of the inbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pydantic import JsonValue

from besedka.core.ids import ActorId
from besedka.kernel.conversations.types import ConversationId, TeamMode

HELPERS = frozenset({"owner", "admin", "operator"})
"""The roles that answer visitors."""
MANAGES = "inbox.manage"
"""The permission to make teams and to say how much a person takes."""
GRACE = timedelta(seconds=90)
"""Who was not seen for so long is offline: what waits for them goes back to the queue."""
NOTE_SECONDS = 20.0
"""How often a process notes whose tabs are open: several times within the grace."""
CAPACITY = 10
"""Open dialogs that a person is given at most, unless told otherwise."""
MOST_CAPACITY = 500
MOST_ASSIGNED = 100
"""Dialogs of the queue that are assigned in one transaction."""
MOST_VIEWS = 50
"""Saved views of a person, and shared ones of a workspace."""
LONGEST_VIEW = 60
MOST_BULK = 500
"""Dialogs that one bulk action changes."""
MOST_FOUND = 200
"""Messages whose dialogs a search in the inbox shows."""
LONGEST_SNOOZE = timedelta(days=366)
COLOURS = (
    "#64748b", "#dc2626", "#d97706", "#16a34a", "#0891b2", "#2563eb", "#9333ea", "#db2777",
)  # fmt: skip
"""What is proposed for labels that are made in passing, one after the other."""
WAKE_JOB = "inbox.wake"
ASSIGN_JOB = "inbox.assign_queue"


class BulkAction(StrEnum):
    """What can be done with many dialogs at once."""

    RESOLVE = "resolve"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    RETURN = "return"
    LABEL = "label"
    UNLABEL = "unlabel"
    PRIORITY = "priority"
    SNOOZE = "snooze"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person who answers visitors: whether they are there, want more, and have how much."""

    actor_id: ActorId
    name: str
    is_away: bool
    is_online: bool
    capacity: int
    load: int


@dataclass(slots=True, kw_only=True)
class Candidate:
    """An operator who may get dialogs now; `load` and `assigned_at` go on with what they get."""

    actor_id: ActorId
    capacity: int
    load: int
    assigned_at: datetime
    teams: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A dialog that waits for a person of a team; `gave_back` had it last and gave it back."""

    id: ConversationId
    epoch: int
    team_id: UUID
    mode: TeamMode
    gave_back: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """Filters and an order of the list under a name, for one person or for all."""

    id: UUID
    owner_id: ActorId
    is_shared: bool
    name: str
    query: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """How many dialogs a bulk action has changed, and which it was refused for, with the error's code."""

    changed: int
    refused: tuple[tuple[ConversationId, str], ...]
