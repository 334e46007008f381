"""Modules by manifest: what a module contributes to the application.

`besedka.modules.MODULES` is the one list of manifests; nothing else knows a module by name.
"""

import importlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from fastapi import APIRouter
from pydantic import JsonValue

from besedka.core.ids import ActorId, UserId, WorkspaceId

if TYPE_CHECKING:
    from besedka.core.db.connection import SystemConn, TenantConn
    from besedka.core.events import Event
    from besedka.core.runtime import Runtime


class JobContext(Protocol):
    """What a running job gets."""

    @property
    def runtime(self) -> "Runtime":
        """The process's shared objects."""

    @property
    def workspace(self) -> WorkspaceId:
        """The workspace that the job belongs to. Raises LookupError for a job without one."""

    @property
    def job_id(self) -> int:
        """The job's row."""

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1; attempts that crashed are counted."""

    @property
    def last_attempt(self) -> bool:
        """Whether no further attempt follows a failure of this one."""

    async def progress(self, done: int, total: int, *, note: str = "") -> None:
        """Record how far the job is, for the pages that show it."""


JobFunction = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A kind of job: its arguments are the function's keyword arguments, as JSON values."""

    name: str
    run: JobFunction
    max_attempts: int = 5
    timeout: float = 600.0


@dataclass(frozen=True, slots=True)
class PeriodicSpec:
    """A job without arguments that some worker runs every `every` seconds."""

    name: str
    run: JobFunction
    every: float
    timeout: float = 600.0


@dataclass(frozen=True, slots=True)
class HandlerSpec:
    """A consequence of an event: runs as a job, at least once, and is idempotent by the event's id."""

    event: "type[Event]"
    name: str
    run: JobFunction


class FindTitles(Protocol):
    """Says what things of a workspace are called; leaves out those that are not there."""

    async def __call__(self, conn: "TenantConn", ids: Sequence[UUID]) -> Mapping[UUID, str]: ...


@dataclass(frozen=True, slots=True)
class EntityType:
    """A kind of thing that conversations can be linked to, and what one has to be allowed to see it."""

    name: str
    find_titles: FindTitles
    permission: str


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed secrets, for the rotation of the master key.

    `place` is what they are sealed for, with the row's columns in braces: `{workspace_id}/llm_provider/{id}/api_key`.
    """

    table: str
    column: str
    place: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits behind an entry of the rail, and how an open page hears of a change."""

    count: "Callable[[Runtime, WorkspaceId], Awaitable[int]]"
    stream: str
    """Frames of this type over the socket say that the number may be another now."""
    path: str
    """Under `/api/v1`; answers with `{"count": …}`."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the rail. `label` is a key of the catalogue."""

    path: str
    icon: str
    label: str
    permission: str | None = None
    order: int = 100
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class PersonData:
    """Whose data is exported or erased: the user, and the actor that they are or were in each workspace."""

    user_id: UserId
    email: str
    places: tuple[tuple[WorkspaceId, ActorId], ...]

    @property
    def workspaces(self) -> list[WorkspaceId]:
        """The workspaces, in the order of `actors`."""
        return [workspace for workspace, _ in self.places]

    @property
    def actors(self) -> list[ActorId]:
        """The actors, in the order of `workspaces`."""
        return [actor for _, actor in self.places]


ExportPerson = Callable[["SystemConn", PersonData], Awaitable[Mapping[str, JsonValue]]]
ErasePerson = Callable[["SystemConn", PersonData], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that a module contributes."""

    name: str
    package: str
    """The module's dotted name, normally `__package__`."""
    routers: tuple[APIRouter, ...] = ()
    """JSON, mounted under `/api/v1`."""
    root_routers: tuple[APIRouter, ...] = ()
    """JSON aliases mounted at the root, outside the OpenAPI listing."""
    standard_routers: tuple[APIRouter, ...] = ()
    """Routers of the API at addresses that a standard of others gives, outside `/api/v1`."""
    pages: tuple[APIRouter, ...] = ()
    """HTML, mounted at the root, outside the OpenAPI listing."""
    sockets: tuple[APIRouter, ...] = ()
    """WebSockets, mounted at the root."""
    jobs: tuple[JobSpec, ...] = ()
    periodic: tuple[PeriodicSpec, ...] = ()
    handlers: tuple[HandlerSpec, ...] = ()
    permissions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Permission → the roles that have it."""
    navigation: tuple[NavItem, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    """Where people find a thing of a kind: kind → path of its page, with its `{id}` in braces."""
    entity_types: tuple[EntityType, ...] = ()
    """What conversations can be linked to."""
    public_paths: tuple[str, ...] = ()
    """Prefixes that any site may call from a browser, without cookies."""
    sandboxed: Mapping[str, str] = field(default_factory=dict)
    """Functions that child processes may run: name → "module:function"."""
    sealed: tuple[SealedColumn, ...] = ()
    """Every column that it seals secrets into: one that is not here is lost when the master key is rotated."""
    templates: Path | None = None
    letters: Path | None = None
    start: "Callable[[Runtime], Awaitable[None]] | None" = None
    started: "Callable[[Runtime], Awaitable[None]] | None" = None
    """Runs once every module has started: work that needs them all begins here."""
    stop: "Callable[[Runtime], Awaitable[None]] | None" = None
    export_person: ExportPerson | None = None
    """Gives what the module holds of a person, as JSON, for themselves to take away."""
    erase_person: ErasePerson | None = None
    """Forgets a person, in the transaction that deletes the account; whole workspaces of theirs go by themselves."""


def load(name: str) -> ModuleType:
    """Import a heavy package when it is first needed, so that an idle server stays small."""
    return importlib.import_module(name)
