"""Events: consequences that other modules draw, deferred as jobs in the caller's transaction."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol
from uuid import UUID

from pydantic import JsonValue, TypeAdapter

from besedka.core.db.connection import Conn
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.module import HandlerSpec

JOB_PREFIX = "event:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in a workspace. Subclasses are frozen dataclasses of JSON-able fields.

    One that people outside may subscribe to has a `public` name, such as `assistant.created`; its fields are then an API.
    """

    public: ClassVar[str] = ""
    workspace_id: WorkspaceId
    event_id: UUID = dataclasses.field(default_factory=new_id)


class Defer(Protocol):
    """How a job is put into the caller's transaction (given by the jobs module)."""

    async def __call__(
        self, conn: Conn, name: str, args: dict[str, JsonValue], *, workspace_id: WorkspaceId | None
    ) -> object: ...


class Tap(Protocol):
    """Hears every public event within the transaction that publishes it."""

    async def __call__(self, conn: Conn, event: Event) -> None: ...


class EventBus:
    """Who listens to what; filled once from the manifests."""

    def __init__(self, defer: Defer, handlers: Iterable[HandlerSpec]) -> None:
        self._defer = defer
        self._taps: list[Tap] = []
        self._by_event: dict[type[Event], list[HandlerSpec]] = defaultdict(list)
        for handler in handlers:
            self._by_event[handler.event].append(handler)

    def tap(self, tap: Tap) -> None:
        """Let somebody hear every public event."""
        self._taps.append(tap)

    async def publish(self, conn: Conn, event: Event) -> None:
        """Defer one job per handler of the event; nothing when nobody listens."""
        if event.public:
            for tap in self._taps:
                await tap(conn, event)
        handlers = self._by_event.get(type(event))
        if not handlers:
            return
        data = encode(event)
        for handler in handlers:
            await self._defer(
                conn, JOB_PREFIX + handler.name, {"data": data}, workspace_id=event.workspace_id
            )


def encode(event: Event) -> JsonValue:
    """Return an event as a JSON value."""
    value: JsonValue = _adapter(type(event)).dump_python(event, mode="json")
    return value


def decode(kind: type[Event], data: JsonValue) -> Event:
    """Return the event that `encode` wrote."""
    event: Event = _adapter(kind).validate_python(data, strict=False)
    return event


_adapters: dict[type[Event], TypeAdapter[Event]] = {}
"""Building one takes a hundred times as long as using it."""


def _adapter(kind: type[Event]) -> TypeAdapter[Event]:
    found = _adapters.get(kind)
    if found is None:
        found = _adapters[kind] = TypeAdapter(kind)
    return found


_bus: EventBus | None = None


def install(bus: EventBus) -> None:
    """Make a bus the process's own."""
    global _bus  # noqa: PLW0603 - set once at start, so that services can publish without carrying it
    _bus = bus


def tap(listener: Tap) -> None:
    """Let somebody hear every public event of this process. Raises LookupError before there is a bus."""
    if _bus is None:
        raise LookupError("no bus in this process")
    _bus.tap(listener)


def public_kinds() -> list[str]:
    """Return the names of all public events."""
    return sorted({kind.public for kind in _kinds(Event) if kind.public})


def _kinds(parent: type[Event]) -> Iterator[type[Event]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from _kinds(kind)


async def publish(conn: Conn, event: Event) -> None:
    """Publish an event in the caller's transaction."""
    if _bus is not None:
        await _bus.publish(conn, event)
