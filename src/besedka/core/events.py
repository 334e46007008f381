"""Events: consequences that other modules draw, deferred as jobs in the caller's transaction."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from pydantic import JsonValue, TypeAdapter

from besedka.core.db.connection import Conn
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.module import HandlerSpec

JOB_PREFIX = "event:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in a workspace. Subclasses are frozen dataclasses of JSON-able fields."""

    workspace_id: WorkspaceId
    event_id: UUID = dataclasses.field(default_factory=new_id)


class Defer(Protocol):
    """How a job is put into the caller's transaction (given by the jobs module)."""

    async def __call__(
        self, conn: Conn, name: str, args: dict[str, JsonValue], *, workspace_id: WorkspaceId | None
    ) -> object: ...


class EventBus:
    """Who listens to what; filled once from the manifests."""

    def __init__(self, defer: Defer, handlers: Iterable[HandlerSpec]) -> None:
        self._defer = defer
        self._by_event: dict[type[Event], list[HandlerSpec]] = defaultdict(list)
        for handler in handlers:
            self._by_event[handler.event].append(handler)

    async def publish(self, conn: Conn, event: Event) -> None:
        """Defer one job per handler of the event; nothing when nobody listens."""
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
    value: JsonValue = TypeAdapter(type(event)).dump_python(event, mode="json")
    return value


def decode(kind: type[Event], data: JsonValue) -> Event:
    """Return the event that `encode` wrote."""
    event: Event = TypeAdapter(kind).validate_python(data, strict=False)
    return event


_bus: EventBus | None = None


def install(bus: EventBus) -> None:
    """Make a bus the process's own."""
    global _bus  # noqa: PLW0603 - set once at start, so that services can publish without carrying it
    _bus = bus


async def publish(conn: Conn, event: Event) -> None:
    """Publish an event in the caller's transaction."""
    if _bus is not None:
        await _bus.publish(conn, event)
