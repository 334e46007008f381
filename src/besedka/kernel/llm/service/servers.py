"""Servers of models that a host connects for the whole installation, and the order of all its providers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from pydantic import SecretStr

from besedka.core.clock import monotonic
from besedka.core.db.connection import SystemConn
from besedka.core.ids import new_id
from besedka.core.runtime import Runtime
from besedka.core.security.secretbox import SecretUnreadable
from besedka.kernel.llm.errors import NameTaken, NoModelChosen, ServerNotFound
from besedka.kernel.llm.prices import Price
from besedka.kernel.llm.repository import ServerRepository, StoredModel, StoredServer
from besedka.kernel.llm.service.installation import INSTALLATION, Key, list_keys
from besedka.kernel.llm.types import Ability, WireKind
from besedka.kernel.llm.wires.choosing import recognize

FRESH_SECONDS: Final = 5.0
"""How long a process goes by what it read; the one where something is changed knows at once."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model of a server. `id` is what people call it, `upstream` its name there; None for what is not known."""

    id: str
    upstream: str
    context: int | None = None
    abilities: frozenset[Ability] | None = None
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """A provider that a host connected. `api_key` is empty where none is needed."""

    id: UUID
    kind: WireKind
    name: str
    base_url: str
    models: tuple[ServedModel, ...]
    api_key: SecretStr = field(repr=False)

    @property
    def provider(self) -> str:
        """What its calls are recorded under."""
        return f"{INSTALLATION}:{self.name}"


@dataclass(frozen=True, slots=True)
class WantedServer:
    """A server as a host sets it up. `api_key` None keeps the stored key, as long as the address stays."""

    name: str
    base_url: str
    models: tuple[ServedModel, ...]
    api_key: str | None = field(default=None, repr=False)
    kind: WireKind | None = None


class Servers:
    """What this process knows of the servers and the order, for a few seconds."""

    def __init__(self) -> None:
        self._until = 0.0
        self._known: tuple[Sequence[Server], Sequence[str]] = ((), ())

    async def find(self, runtime: Runtime) -> tuple[Sequence[Server], Sequence[str]]:
        """Return the servers, and the names of providers in the host's order."""
        if monotonic() >= self._until:
            self._known = await runtime.reads.one(("servers",), lambda: _read(runtime))
            self._until = monotonic() + FRESH_SECONDS
        return self._known

    def forget(self) -> None:
        """Something has changed."""
        self._until = 0.0


async def list_servers(runtime: Runtime) -> Sequence[Server]:
    """Return the servers, in the order in which they were made."""
    return (await runtime.get(Servers).find(runtime))[0]


async def list_order(runtime: Runtime) -> Sequence["Key | Server"]:
    """Return what the installation offers: keys of its settings and servers, in the host's order."""
    servers, order = await runtime.get(Servers).find(runtime)
    found: list[Key | Server] = [*list_keys(runtime.settings), *servers]
    places = {name: place for place, name in enumerate(order)}
    return sorted(found, key=lambda each: places.get(provider_name(each), len(places)))


def provider_name(each: "Key | Server") -> str:
    """Return what the calls of a key or a server are recorded under."""
    return each.name if isinstance(each, Key) else each.provider


async def put_server(
    runtime: Runtime, conn: SystemConn, wanted: WantedServer, *, server: UUID | None = None
) -> UUID:
    """Connect a server, or change one; its name stays. Raises ServerNotFound, NameTaken, NoModelChosen."""
    if not wanted.models:
        raise NoModelChosen
    repository = ServerRepository(conn)
    known = await repository.list()
    before = next((each for each in known if each.id == server), None)
    if server is not None and before is None:
        raise ServerNotFound
    if before is None and any(each.name == wanted.name for each in known):
        raise NameTaken
    address = wanted.base_url.strip().rstrip("/")
    server_id = before.id if before else new_id()
    if wanted.api_key is None:
        sealed = before.api_key if before and before.base_url == address else None
    else:
        sealed = runtime.secrets.seal(wanted.api_key, _place(server_id)) if wanted.api_key else None
    await repository.put(
        StoredServer(
            id=server_id, kind=wanted.kind or recognize(address), name=before.name if before else wanted.name,
            base_url=address, api_key=sealed, models=[_stored(each) for each in wanted.models],
        )
    )  # fmt: skip
    conn.on_commit(runtime.get(Servers).forget)
    return server_id


async def delete_server(runtime: Runtime, conn: SystemConn, server: UUID) -> None:
    """Forget a server and its key. Raises ServerNotFound."""
    if not await ServerRepository(conn).delete(server):
        raise ServerNotFound
    conn.on_commit(runtime.get(Servers).forget)


async def set_order(runtime: Runtime, conn: SystemConn, providers: Sequence[str]) -> None:
    """Put providers into an order, by what their calls are recorded under; others come after them."""
    await ServerRepository(conn).put_places(list(dict.fromkeys(providers)))
    conn.on_commit(runtime.get(Servers).forget)


async def _read(runtime: Runtime) -> tuple[Sequence[Server], Sequence[str]]:
    async with runtime.db.system.acquire() as conn:
        repository = ServerRepository(conn)
        stored = await repository.list()
        order = await repository.list_places()
    return [_opened(runtime, each) for each in stored], order


def _opened(runtime: Runtime, stored: StoredServer) -> Server:
    try:
        key = runtime.secrets.open(stored.api_key, _place(stored.id)) if stored.api_key else ""
    except SecretUnreadable:
        key = ""  # the provider will say that a key is missing
    return Server(
        id=stored.id, kind=WireKind(stored.kind), name=stored.name, base_url=stored.base_url, api_key=SecretStr(key),
        models=tuple(_served(each) for each in stored.models),
    )  # fmt: skip


def _served(stored: StoredModel) -> ServedModel:
    price = None
    if stored.currency is not None and stored.input is not None and stored.output is not None:
        price = Price(stored.input, stored.output, stored.input, stored.currency)
    known = None if stored.abilities is None else frozenset(map(Ability, stored.abilities))
    return ServedModel(stored.model, stored.upstream, stored.context, known, price)


def _stored(model: ServedModel) -> StoredModel:
    price, known = model.price, model.abilities
    return StoredModel(
        model=model.id, upstream=model.upstream, context=model.context,
        abilities=None if known is None else sorted(known),
        currency=price.currency if price else None, input=price.input if price else None,
        output=price.output if price else None,
    )  # fmt: skip


def _place(server: UUID) -> str:
    return f"llm_server/{server}/api_key"
