"""The models that somebody can use: what his providers offer, with what is known of each."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from besedka.core.clock import monotonic
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.llm.catalog import Catalog, KnownModel
from besedka.kernel.llm.errors import LlmError
from besedka.kernel.llm.prices import Price
from besedka.kernel.llm.repository import LlmRepository
from besedka.kernel.llm.service.costs import Prices, own_price
from besedka.kernel.llm.service.providers import Provider, Whose, find_providers
from besedka.kernel.llm.types import Ability, ModelInfo, WireKind
from besedka.kernel.llm.wires.choosing import is_official

ASK_SECONDS: Final = 8.0
FRESH_SECONDS: Final = 300.0
STALE_SECONDS: Final = 30.0
"""How long a list counts, and how long the lack of one."""
PROVIDERS_REMEMBERED: Final = 500
MOST: Final = 1000

_NO_CHAT: Final = re.compile(
    r"embed|whisper|tts|dall-e|image|moderation|transcri|realtime|audio|speech|rerank|sora|veo|imagen|-live"
    r"|davinci|babbage|\bbge\b|aqa",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class UsableModel:
    """A model that can be asked. None for what is not known of it; `own` says that a workspace or a person pays its provider."""

    id: str
    name: str
    kind: WireKind
    own: bool
    default: bool
    context: int | None
    price: Price | None
    abilities: frozenset[Ability] | None
    provider: Provider = field(repr=False, compare=False)


class Offers:
    """What providers said that they offer, for a while. A changed key or address is another provider."""

    def __init__(self) -> None:
        self._known: dict[Provider, tuple[float, tuple[ModelInfo, ...] | None]] = {}

    async def find(self, runtime: Runtime, provider: Provider) -> tuple[ModelInfo, ...] | None:
        """Return the models that a provider lists, None when it does not tell."""
        now = monotonic()
        until, offered = self._known.get(provider, (0.0, None))
        if now < until:
            return offered
        offered = await _ask(runtime, provider)
        # Keys are not kept longer than they serve.
        fresh = {each: entry for each, entry in self._known.items() if now < entry[0]}
        self._known = fresh if len(fresh) < PROVIDERS_REMEMBERED else {}
        lasts = STALE_SECONDS if offered is None else FRESH_SECONDS
        self._known[provider] = (now + lasts, offered)
        return offered


async def list_usable(
    runtime: Runtime, workspace: WorkspaceId, providers: Sequence[Provider] | None = None, *,
    person: ActorId | None = None,
) -> Sequence[UsableModel]:  # fmt: skip
    """Return the models that people of a workspace can use, or that one of them can; who answers by default is first.

    `providers` are the workspace's, where they are known already. A model that several have is the first one's.
    """
    if providers is None:
        providers = await find_providers(runtime, workspace, person=person)
    found = await asyncio.gather(*(_of(runtime, provider) for provider in providers))
    own, closed = await runtime.reads.one(
        ("own models", workspace, person), partial(_own, runtime, workspace, person)
    )
    models: dict[str, UsableModel] = {}
    for provider, (listed, prices) in zip(providers, found, strict=True):
        shut = frozenset[str]() if provider.whose is Whose.PERSON else closed
        for model in listed:
            if model.id in models or model.id in shut:
                continue
            price = own.get(model.id, prices.get(model.id))
            models[model.id] = _usable(provider, model, price, default=not models)
    return list(models.values())[:MOST]


async def _own(
    runtime: Runtime, workspace: WorkspaceId, person: ActorId | None
) -> tuple[Mapping[str, Price], frozenset[str]]:
    """Return a workspace's own prices, and the models that are closed to a person."""
    async with runtime.db.fast.acquire(workspace) as conn:
        rows = await LlmRepository(conn).own_models(person)
    prices = {row["model"]: own_price(row) for row in rows if not row["is_closed"]}
    return prices, frozenset(row["model"] for row in rows if row["is_closed"])


async def _ask(runtime: Runtime, provider: Provider) -> tuple[ModelInfo, ...] | None:
    try:
        async with asyncio.timeout(ASK_SECONDS):
            return await provider.wire(runtime).models() or None
    except (LlmError, TimeoutError):
        return None


async def _of(
    runtime: Runtime, provider: Provider
) -> tuple[Sequence[KnownModel], Mapping[str, Price]]:
    """Return a provider's models for conversations, its default one first, and their prices there."""
    if provider.served:
        return _served(provider)
    offered = await runtime.get(Offers).find(runtime, provider)
    official = is_official(provider.kind, provider.base_url)
    catalog = runtime.get(Catalog)
    models = _in_order(catalog, provider, _listed(catalog, provider, offered, official=official))
    prices = {m.id: m.price for m in models if m.price is not None and (official or m.by_host)}
    unpriced = [model.id for model in models if model.id not in prices]
    if unpriced:
        found = await runtime.get(Prices).find_all(runtime, provider.base_url, unpriced)
        prices = {**prices, **found}
    return models, prices


def _served(provider: Provider) -> tuple[Sequence[KnownModel], Mapping[str, Price]]:
    """Return what a host chose from a server, as they said."""
    models = [
        KnownModel(each.id, provider.kind, each.id, each.context, each.price, each.abilities)
        for each in provider.served
    ]
    return models, {model.id: model.price for model in models if model.price is not None}


def _listed(
    catalog: Catalog, provider: Provider, offered: Iterable[ModelInfo] | None, *, official: bool
) -> Sequence[KnownModel]:
    """Return what is offered, known models in the list's order before others; the list itself where nothing is told."""
    listed = catalog.of(provider.kind)
    if offered is None:
        return [model for model in listed if official or model.by_host]
    order = {model.id: place for place, model in enumerate(listed)}
    found: list[tuple[int, KnownModel]] = []
    for info in offered:
        if _NO_CHAT.search(info.id):
            continue
        known = catalog.find(provider.kind, info.id)
        place = order[known.id] if known is not None else len(order)
        found.append((place, _described(provider.kind, info, known)))
    return [model for _, model in sorted(found, key=lambda each: each[0])]


def _described(kind: WireKind, info: ModelInfo, known: KnownModel | None) -> KnownModel:
    if known is None:
        return KnownModel(info.id, kind, info.id, info.context, None, None)
    name = known.name if known.id == info.id else f"{known.name} ({info.id})"
    return replace(known, id=info.id, name=name, context=info.context or known.context)


def _in_order(
    catalog: Catalog, provider: Provider, models: Sequence[KnownModel]
) -> Sequence[KnownModel]:
    """Return the models with the provider's default one first, whether it is listed or not."""
    name = provider.default_model
    default = next((model for model in models if model.id == name), None)
    known = catalog.find(provider.kind, name)
    first = default or _described(provider.kind, ModelInfo(name), known)
    return [first, *(model for model in models if model.id != name)]


def _usable(
    provider: Provider, model: KnownModel, price: Price | None, *, default: bool
) -> UsableModel:
    return UsableModel(
        id=model.id, name=model.name, kind=model.kind, own=provider.own, default=default,
        context=model.context, price=price, abilities=model.abilities, provider=provider,
    )  # fmt: skip
