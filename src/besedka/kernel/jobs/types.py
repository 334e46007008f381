"""States, identifiers and views of jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from pydantic import JsonValue

from besedka.core.ids import WorkspaceId

JobId = NewType("JobId", int)


class JobState(StrEnum):
    """Where a job is. A failed attempt goes back to queued."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running job is."""

    done: int
    total: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as pages show it."""

    id: JobId
    name: str
    state: JobState
    attempts: int
    progress: Progress | None
    error: str | None
    run_at: datetime
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewJob:
    """What is needed to queue a job. Higher priorities go first; workers keep room for those above 0."""

    name: str
    args: Mapping[str, JsonValue] = field(default_factory=dict)
    workspace_id: WorkspaceId | None = None
    run_at: datetime | None = None
    priority: int = 0
    unique_key: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that this worker holds. `waited` is the time between due and claimed, in seconds."""

    id: JobId
    name: str
    args: Mapping[str, JsonValue]
    workspace_id: WorkspaceId | None
    attempt: int
    waited: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: the job's next state and, when that is queued, after how many seconds."""

    job: Claimed
    state: JobState
    error: str | None = None
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Want:
    """Which jobs a worker would take now, at most how many, and for how long in seconds."""

    names: Sequence[str] = ()
    limit: int = 0
    least_priority: int = 0
    lease: float = 0.0


@dataclass(frozen=True, slots=True)
class Queue:
    """The unfinished and failed jobs of one name, over all workspaces. `waited` is of the eldest that is due, in seconds."""

    name: str
    due: int
    later: int
    running: int
    failed: int
    waited: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that was given up. `workspace` is the name of the one that it belongs to, an empty one for the system's own."""

    job: JobView
    workspace: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """Jobs that are due, how long the first of them has waited in seconds, and how many failed within a day."""

    due: int
    waited: float
    failed: int
