"""How the installation's providers are: calls of the last hours in all workspaces, and what this process holds of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from besedka.core.clock import now
from besedka.core.db.connection import Row
from besedka.core.runtime import Runtime
from besedka.kernel.llm.breakers import Breakers, Gate
from besedka.kernel.llm.repository import HealthRepository
from besedka.kernel.llm.service.providers import Provider, installed_providers
from besedka.kernel.llm.types import WireKind

HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Failure:
    """What calls failed of, how often and when last."""

    code: str
    count: int
    last: datetime


@dataclass(frozen=True, slots=True)
class ModelHealth:
    """How calls of a model went at a provider. Times to the first word in milliseconds, None without any.

    `gate`, `waits` (seconds until it is tried again) and `detail` (the provider's last complaint) are what this process holds.
    """

    model: str
    done: int
    failed: int
    p50: int | None
    p95: int | None
    done_at: datetime | None
    failures: Sequence[Failure]
    gate: Gate
    waits: int
    detail: str


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """A provider of the installation, as hosts see it. `name` is what its calls are recorded under."""

    name: str
    title: str
    kind: WireKind
    base_url: str
    is_server: bool
    has_key: bool
    models: Sequence[ModelHealth]


async def read_health(runtime: Runtime, *, hours: int = HOURS) -> Sequence[ProviderHealth]:
    """Return the installation's providers in the host's order, with how their calls went."""
    providers = await installed_providers(runtime)
    names, since = [each.name for each in providers], now() - timedelta(hours=hours)
    async with runtime.db.system.acquire() as conn:
        repository = HealthRepository(conn)
        calls = await repository.calls(since, names)
        failures = await repository.failures(since, names)
    failed: dict[tuple[str, str], list[Failure]] = defaultdict(list)
    for row in failures:
        failed[row["provider"], row["model"]].append(
            Failure(row["failure"], row["count"], row["last"])
        )
    counted = {(row["provider"], row["model"]): row for row in calls}
    return [_provider(runtime, each, counted, failed) for each in providers]


def _provider(
    runtime: Runtime, provider: Provider, counted: dict[tuple[str, str], Row],
    failed: dict[tuple[str, str], list[Failure]],
) -> ProviderHealth:  # fmt: skip
    called = [model for name, model in counted if name == provider.name]
    offered = [each.id for each in provider.served]
    models = list(dict.fromkeys([*offered, *called]))
    return ProviderHealth(
        name=provider.name, title=provider.title, kind=provider.kind, base_url=provider.base_url,
        is_server=bool(provider.served), has_key=bool(provider.api_key.get_secret_value()),
        models=[
            _model(runtime, (provider.name, model), counted.get((provider.name, model)), failed[provider.name, model])
            for model in models
        ],
    )  # fmt: skip


def _model(
    runtime: Runtime, way: tuple[str, str], row: Row | None, failures: Sequence[Failure]
) -> ModelHealth:
    breakers = runtime.get(Breakers)
    return ModelHealth(
        model=way[1], done=row["done"] if row else 0, failed=row["failed"] if row else 0,
        p50=row["p50"] if row else None, p95=row["p95"] if row else None,
        done_at=row["done_at"] if row else None, failures=failures, gate=breakers.gate(way),
        waits=round(breakers.waits(way)), detail=breakers.detail(way),
    )  # fmt: skip
