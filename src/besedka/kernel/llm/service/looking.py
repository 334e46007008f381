"""Looking for models at an address: what a server there lists, and what more Ollama and LM Studio tell of them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import SecretStr

from besedka.core.http.errors import OutgoingError
from besedka.core.http.types import MEBIBYTE, Limits
from besedka.core.runtime import Runtime
from besedka.core.security.secretbox import SecretUnreadable
from besedka.kernel.llm.catalog import Catalog
from besedka.kernel.llm.errors import (
    AuthFailed,
    LlmError,
    LookingNotAllowed,
    NothingListens,
    NotOffered,
    ProviderRefusedAddress,
)
from besedka.kernel.llm.service.inside import HostsHttp, usual_addresses
from besedka.kernel.llm.service.servers import ServedModel
from besedka.kernel.llm.types import Ability, ModelInfo, WireKind
from besedka.kernel.llm.wires.base import Endpoint
from besedka.kernel.llm.wires.choosing import make_wire, recognize
from besedka.kernel.llm.wires.memory import WireMemory
from besedka.kernel.llm.wires.retry import Retry
from besedka.kernel.llm.wires.shape import items, mapping, whole, words

LOOK: Final = Limits(max_bytes=4 * MEBIBYTE, connect=3.0, idle=5.0, total=8.0)
ASK_SECONDS: Final = 10.0
MOST_ASKED: Final = 40
"""Models of an Ollama that are asked for one by one."""
_AT_ONCE: Final = 4
_ONCE: Final = Retry(attempts=1)
_ABILITIES: Final[Mapping[str, Ability]] = {
    "vision": Ability.VISION, "tools": Ability.TOOLS, "tool_use": Ability.TOOLS
}  # fmt: skip
_NO_CHAT: Final = frozenset({"embeddings", "embedding"})


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model of a server; None for what the server does not tell. `about` is its family, size and the like."""

    id: str
    context: int | None = None
    abilities: frozenset[Ability] | None = None
    about: str = ""
    talks: bool = True


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server that answers: `software` is its name where it gives itself away."""

    base_url: str
    kind: WireKind
    software: str
    models: tuple[FoundModel, ...]


async def look_at(
    runtime: Runtime, base_url: str, *, api_key: str = "", kind: WireKind | None = None
) -> FoundServer:
    """Return what a server at an address offers. Raises ProviderRefusedAddress, AuthFailed, NothingListens."""
    address = base_url.strip().rstrip("/")
    spoken = kind or recognize(address)
    found = await _list(runtime, address, spoken, api_key)
    if spoken is not WireKind.OPENAI:
        return FoundServer(address, spoken, "", _known(runtime, spoken, found or ()))
    software, more = await _details(runtime, address, api_key)
    if found is None and not more:
        raise NothingListens(address=address)
    listed = [FoundModel(each.id, each.context) for each in found or ()]
    ids = {each.id for each in listed}
    listed += [each for each in more.values() if each.id not in ids]
    models = [_joined(runtime, each, more.get(each.id)) for each in listed]
    return FoundServer(address, spoken, software, tuple(each for each in models if each.talks))


async def look_here(runtime: Runtime) -> Sequence[FoundServer]:
    """Return the servers at the usual ports of this machine. Raises LookingNotAllowed."""
    addresses = usual_addresses(runtime.settings)
    if not addresses:
        raise LookingNotAllowed
    looked = await asyncio.gather(*(_look_quietly(runtime, address) for address in addresses))
    return [found for found in looked if found is not None]


def seal_typed(runtime: Runtime, key: str, typist: UUID) -> str:
    """Return a key that was typed to look as only its typist can hand it back: pages never show one. Empty for none."""
    return runtime.secrets.seal(key, f"look/{typist}").hex() if key else ""


def open_typed(runtime: Runtime, sealed: str, typist: UUID) -> str:
    """Return the key that was typed, an empty one for what is not this typist's."""
    try:
        return runtime.secrets.open(bytes.fromhex(sealed), f"look/{typist}")
    except (SecretUnreadable, ValueError):
        return ""


def completed(model: ServedModel, found: FoundModel | None) -> ServedModel:
    """Return a model with what its server told of it, where the host did not say."""
    if found is None:
        return model
    abilities = found.abilities if model.abilities is None else model.abilities
    return replace(model, context=model.context or found.context, abilities=abilities)


async def _look_quietly(runtime: Runtime, address: str) -> FoundServer | None:
    try:
        found = await look_at(runtime, address)
    except (LlmError, NothingListens):
        return None
    return found if found.models else None


async def _list(
    runtime: Runtime, address: str, kind: WireKind, api_key: str
) -> Sequence[ModelInfo] | None:
    """Return what the protocol's own list says, None where there is none."""
    endpoint = Endpoint(address, SecretStr(api_key))
    wire = make_wire(
        kind, http=runtime.get(HostsHttp).of(runtime), endpoint=endpoint, memory=runtime.get(WireMemory), retry=_ONCE
    )  # fmt: skip
    try:
        async with asyncio.timeout(ASK_SECONDS):
            return await wire.models() or None
    except NotOffered:
        return [ModelInfo(each.id, each.context) for each in runtime.get(Catalog).of(kind)]
    except (AuthFailed, ProviderRefusedAddress):
        raise
    except (LlmError, TimeoutError):
        return None


async def _details(
    runtime: Runtime, address: str, api_key: str
) -> tuple[str, Mapping[str, FoundModel]]:
    """Return what software a server is, if it tells, and what that tells of its models."""
    origin = _origin(address)
    tags = await _document(runtime, "GET", f"{origin}/api/tags", api_key)
    if tagged := [mapping(row) for row in items(mapping(tags).get("models"))]:
        return "Ollama", await _of_ollama(runtime, origin, tagged, api_key)
    listed = await _document(runtime, "GET", f"{origin}/api/v0/models", api_key)
    if rows := [mapping(row) for row in items(mapping(listed).get("data"))]:
        return "LM Studio", {found.id: found for row in rows if (found := _of_lm_studio(row)).id}
    return "", {}


async def _of_ollama(
    runtime: Runtime, origin: str, tagged: Sequence[Mapping[str, object]], api_key: str
) -> Mapping[str, FoundModel]:
    """Return the models of an Ollama, each asked for what it can do and how much it reads."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def show(row: Mapping[str, object]) -> FoundModel:
        name = words(row.get("name")) or words(row.get("model"))
        async with gate:
            said = await _document(
                runtime, "POST", f"{origin}/api/show", api_key, body={"model": name}
            )
        return _shown_by_ollama(name, row, mapping(said))

    found = await asyncio.gather(*(show(row) for row in tagged[:MOST_ASKED]))
    rest = [_shown_by_ollama(words(row.get("name")), row, {}) for row in tagged[MOST_ASKED:]]
    return {each.id: each for each in (*found, *rest) if each.id}


def _shown_by_ollama(
    name: str, row: Mapping[str, object], said: Mapping[str, object]
) -> FoundModel:
    details = mapping(row.get("details"))
    told = said.get("capabilities") or row.get("capabilities")
    able = {words(each) for each in told} if isinstance(told, list) else None
    sizes = (whole(value) for key, value in mapping(said.get("model_info")).items() if key.endswith(".context_length"))  # fmt: skip
    about = (words(details.get(key)) for key in ("family", "parameter_size", "quantization_level"))
    return FoundModel(
        id=name, context=next((size for size in sizes if size), None),
        abilities=None if able is None else _abilities(able) | {Ability.STRUCTURED_OUTPUT},
        about=" · ".join(filter(None, about)), talks=able is None or "completion" in able,
    )  # fmt: skip


def _of_lm_studio(row: Mapping[str, object]) -> FoundModel:
    kind = words(row.get("type"))
    told = row.get("capabilities")
    able = {words(each) for each in told} if isinstance(told, list) else set[str]()
    able |= {"vision"} if kind == "vlm" else set()
    about = (words(row.get(key)) for key in ("arch", "quantization", "publisher"))
    return FoundModel(
        id=words(row.get("id")), context=whole(row.get("max_context_length")) or None,
        abilities=_abilities(able) | {Ability.STRUCTURED_OUTPUT}, about=" · ".join(filter(None, about)),
        talks=kind not in _NO_CHAT,
    )  # fmt: skip


def _abilities(able: set[str]) -> frozenset[Ability]:
    return frozenset(_ABILITIES[each] for each in able if each in _ABILITIES)


def _joined(runtime: Runtime, listed: FoundModel, more: FoundModel | None) -> FoundModel:
    """Return a model with what the server tells of it, else what the list of known models does."""
    if more is not None:
        return replace(more, id=listed.id, context=more.context or listed.context)
    return _known(runtime, WireKind.OPENAI, (ModelInfo(listed.id, listed.context),))[0]


def _known(runtime: Runtime, kind: WireKind, listed: Sequence[ModelInfo]) -> tuple[FoundModel, ...]:
    catalog = runtime.get(Catalog)
    found: list[FoundModel] = []
    for each in listed:
        # Names that resellers put a maker before: openai/gpt-5.
        known = catalog.find(kind, each.id) or catalog.find(kind, each.id.rpartition("/")[2])
        context = each.context or (known.context if known else None)
        abilities = known.abilities if known else None
        found.append(FoundModel(each.id, context, abilities, talks="embed" not in each.id.lower()))
    return tuple(found)


async def _document(
    runtime: Runtime, method: str, url: str, api_key: str, *, body: Mapping[str, object] | None = None
) -> object:  # fmt: skip
    """Return a JSON document, None for anything else that an address says."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key.isascii() and api_key else {}
    try:
        fetched = await runtime.get(HostsHttp).of(runtime).send(
            method, url, headers=headers, json=body, limits=LOOK
        )  # fmt: skip
        return fetched.json() if fetched.ok else None
    except (OutgoingError, ValueError, RecursionError):
        return None


def _origin(address: str) -> str:
    """Return where an address is. Raises ProviderRefusedAddress for what is none."""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise ProviderRefusedAddress(str(error)) from error
    return f"{parts.scheme}://{parts.netloc}"
