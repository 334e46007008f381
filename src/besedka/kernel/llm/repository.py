"""SQL of providers, servers, rules and runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import AnyConn, Row, SystemConn, TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.llm.types import Cost, RunState, Usage


@dataclass(frozen=True, slots=True)
class StoredProvider:
    """A provider as it is stored: `api_key` is sealed."""

    id: UUID
    kind: str
    name: str
    base_url: str
    default_model: str
    api_key: bytes | None
    tested_at: datetime | None
    test_failure: str | None
    embedding_model: str = ""
    rerank_model: str = ""
    folder: str = ""
    actor_id: ActorId | None = None


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model of a server as it is stored: prices in micro-units per million tokens."""

    model: str
    upstream: str
    context: int | None
    abilities: Sequence[str] | None
    currency: str | None
    input: int | None
    output: int | None


@dataclass(frozen=True, slots=True)
class StoredServer:
    """A server as it is stored: `api_key` is sealed."""

    id: UUID
    kind: str
    name: str
    base_url: str
    api_key: bytes | None = field(repr=False)
    models: Sequence[StoredModel] = ()


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a call of a model ended; times in milliseconds."""

    state: RunState
    usage: Usage | None
    cost: Cost | None
    first_ms: int | None
    total_ms: int
    finish: str
    failure: str


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A call of a model that is written down once it has ended."""

    id: UUID
    purpose: str
    provider: str
    model: str
    assistant: UUID | None
    end: RunEnd


_PUT_RUNS = """
INSERT INTO llm_run (workspace_id, id, purpose, provider, model, assistant_id, state, input_tokens, output_tokens,
  cached_tokens, usage_estimated, cost_micro, currency, first_ms, total_ms, finish, failure, created_at)
SELECT $1, t.*, now() - make_interval(secs => t.total_ms / 1000.0)
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::int[], $9::int[], $10::int[],
  $11::bool[], $12::bigint[], $13::text[], $14::int[], $15::int[], $16::text[], $17::text[])
  AS t(id, purpose, provider, model, assistant, state, input, output, cached, estimated, cost, currency, first_ms, total_ms,
       finish, failure)
ON CONFLICT DO NOTHING
"""
_COLUMNS = "id, kind, name, base_url, default_model, api_key, tested_at, test_failure, embedding_model, rerank_model, folder, actor_id"


class LlmRepository:
    """Providers and runs of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find_provider(self, person: ActorId | None = None) -> StoredProvider | None:
        """Return the workspace's provider, the first one that was made; or a member's own."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM llm_provider WHERE workspace_id = $1 AND actor_id IS NOT DISTINCT FROM $2"
            " ORDER BY id LIMIT 1",
            self._conn.workspace, person,
        )  # fmt: skip
        return _provider(row) if row else None

    async def list_providers(self, person: ActorId | None) -> Sequence[StoredProvider]:
        """Return a member's own provider and the workspace's, as far as there are any, in this order."""
        rows = await self._conn.fetch(
            f"SELECT DISTINCT ON (actor_id) {_COLUMNS} FROM llm_provider"
            " WHERE workspace_id = $1 AND (actor_id IS NULL OR actor_id = $2) ORDER BY actor_id NULLS LAST, id",
            self._conn.workspace, person,
        )  # fmt: skip
        return [_provider(row) for row in rows]

    async def put_provider(self, provider: StoredProvider) -> None:
        """Store a provider under its id, new or changed."""
        await self._conn.execute(
            "INSERT INTO llm_provider (workspace_id, id, kind, name, base_url, default_model, api_key, embedding_model,"
            " rerank_model, folder, actor_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
            " ON CONFLICT (workspace_id, id) DO UPDATE SET kind = excluded.kind, name = excluded.name,"
            " base_url = excluded.base_url, default_model = excluded.default_model, api_key = excluded.api_key,"
            " embedding_model = excluded.embedding_model, rerank_model = excluded.rerank_model,"
            " folder = excluded.folder,"
            " tested_at = NULL, test_failure = NULL",
            self._conn.workspace, provider.id, provider.kind, provider.name, provider.base_url,
            provider.default_model, provider.api_key, provider.embedding_model, provider.rerank_model,
            provider.folder, provider.actor_id,
        )  # fmt: skip

    async def note_test(self, provider_id: UUID, failure: str | None) -> None:
        """Keep how the last test call went."""
        await self._conn.execute(
            "UPDATE llm_provider SET tested_at = now(), test_failure = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, provider_id, failure,
        )  # fmt: skip

    async def delete_providers(self, person: ActorId | None = None) -> None:
        """Forget the workspace's providers and their keys, or a member's own."""
        await self._conn.execute(
            "DELETE FROM llm_provider WHERE workspace_id = $1 AND actor_id IS NOT DISTINCT FROM $2",
            self._conn.workspace, person,
        )  # fmt: skip

    async def list_owners(self) -> Sequence[ActorId]:
        """Return the members who have a provider of their own."""
        rows = await self._conn.fetch(
            "SELECT actor_id FROM llm_provider WHERE workspace_id = $1 AND actor_id IS NOT NULL ORDER BY id",
            self._conn.workspace,
        )  # fmt: skip
        return [row["actor_id"] for row in rows]

    async def list_rules(self) -> Sequence[Row]:
        """Return whom models are limited to: model, role, actor."""
        return await self._conn.fetch(
            "SELECT model, role, actor_id FROM llm_model_rule WHERE workspace_id = $1 ORDER BY model, id",
            self._conn.workspace,
        )  # fmt: skip

    async def put_rules(self, model: str, rules: Sequence[tuple[UUID, str | None, UUID | None]]) -> None:  # fmt: skip
        """Limit a model to roles and members (id, role, actor), in place of whom it was limited to."""
        await self._conn.execute(
            "DELETE FROM llm_model_rule WHERE workspace_id = $1 AND model = $2", self._conn.workspace, model
        )  # fmt: skip
        await self._conn.execute(
            "INSERT INTO llm_model_rule (workspace_id, id, model, role, actor_id)"
            " SELECT $1, r.id, $2, r.role, r.actor FROM unnest($3::uuid[], $4::text[], $5::uuid[]) AS r(id, role, actor)",
            self._conn.workspace, model, [each[0] for each in rules], [each[1] for each in rules],
            [each[2] for each in rules],
        )  # fmt: skip

    async def count_members(self, actors: Sequence[UUID]) -> int:
        """Return how many of these are members."""
        found: int = await self._conn.fetchval(
            "SELECT count(*) FROM membership WHERE workspace_id = $1 AND actor_id = ANY($2)",
            self._conn.workspace, actors,
        )  # fmt: skip
        return found

    async def begin_run(
        self, run_id: UUID, *, purpose: str, provider: str, model: str, assistant: UUID | None
    ) -> Row | None:
        """Write down that a call begins; returns the workspace's own price of the model."""
        return await self._conn.fetchrow(
            "WITH run AS (INSERT INTO llm_run (workspace_id, id, purpose, provider, model, assistant_id, state)"
            " VALUES ($1, $2, $3, $4, $5, $6, 'running'))"
            " SELECT currency, input, output, cached_input FROM llm_model_price WHERE workspace_id = $1 AND model = $5",
            self._conn.workspace, run_id, purpose, provider, model, assistant,
        )  # fmt: skip

    async def end_run(self, run_id: UUID, end: RunEnd) -> None:
        """Write down how a call ended."""
        await self._conn.execute(
            "UPDATE llm_run SET state = $3, input_tokens = $4, output_tokens = $5, cached_tokens = $6,"
            " usage_estimated = $7, cost_micro = $8, currency = $9, first_ms = $10, total_ms = $11, finish = $12,"
            " failure = $13 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, run_id, *_told(end),
        )  # fmt: skip

    async def put_runs(self, runs: Sequence[EndedRun]) -> None:
        """Write down calls that have ended, those that were not written down before."""
        rows = [
            (each.id, each.purpose, each.provider, each.model, each.assistant, *_told(each.end))
            for each in runs
        ]
        await self._conn.execute(
            _PUT_RUNS, self._conn.workspace, *map(list, zip(*rows, strict=True))
        )

    async def own_models(self, person: ActorId | None = None) -> Sequence[Row]:
        """Return the workspace's own prices of models, and (`is_closed`) which models a member may not use."""
        return await self._conn.fetch(
            "SELECT model, currency, input, output, cached_input, false AS is_closed FROM llm_model_price"
            " WHERE workspace_id = $1 UNION ALL"
            " SELECT r.model, NULL, NULL, NULL, NULL, true FROM llm_model_rule r"
            " LEFT JOIN membership m ON m.workspace_id = r.workspace_id AND m.actor_id = $2"
            " WHERE r.workspace_id = $1 AND $2::uuid IS NOT NULL GROUP BY r.model"
            " HAVING NOT coalesce(bool_or(r.actor_id = $2 OR r.role = m.role), false)",
            self._conn.workspace, person,
        )  # fmt: skip

    async def find_run(self, run_id: UUID) -> Row | None:
        """Return a run's record."""
        return await self._conn.fetchrow(
            "SELECT id, purpose, provider, model, state, input_tokens, output_tokens, cached_tokens, usage_estimated,"
            " cost_micro, currency, first_ms, total_ms, finish, failure, created_at FROM llm_run"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, run_id,
        )  # fmt: skip


def _provider(row: Row) -> StoredProvider:
    return StoredProvider(
        id=row["id"], kind=row["kind"], name=row["name"], base_url=row["base_url"],
        default_model=row["default_model"], api_key=row["api_key"], tested_at=row["tested_at"],
        test_failure=row["test_failure"], embedding_model=row["embedding_model"], rerank_model=row["rerank_model"],
        folder=row["folder"], actor_id=row["actor_id"],
    )  # fmt: skip


class ServerRepository:
    """The servers of the installation, and the order of all its providers."""

    def __init__(self, conn: AnyConn) -> None:
        self._conn = conn

    async def list(self) -> Sequence[StoredServer]:
        """Return all servers with their models, the oldest first."""
        rows = await self._conn.fetch(
            "SELECT s.id, s.kind, s.name, s.base_url, s.api_key, m.model, m.upstream, m.context, m.abilities,"
            " m.currency, m.input, m.output FROM llm_server s LEFT JOIN llm_server_model m ON m.server_id = s.id"
            " ORDER BY s.id, m.place, m.model"
        )
        models: dict[UUID, list[StoredModel]] = {}
        for row in rows:
            known = models.setdefault(row["id"], [])
            if row["model"] is not None:
                known.append(_model(row))
        servers = {row["id"]: row for row in rows}
        return [_server(row, models[server]) for server, row in servers.items()]

    async def list_places(self) -> Sequence[str]:
        """Return the providers that a host has put into order."""
        rows = await self._conn.fetch("SELECT provider FROM llm_place ORDER BY place")
        return [row["provider"] for row in rows]

    async def put(self, server: StoredServer) -> None:
        """Store a server with its models, new or changed."""
        await self._conn.execute(
            "INSERT INTO llm_server (id, kind, name, base_url, api_key) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, base_url = excluded.base_url,"
            " api_key = excluded.api_key",
            server.id, server.kind, server.name, server.base_url, server.api_key,
        )  # fmt: skip
        await self._conn.execute("DELETE FROM llm_server_model WHERE server_id = $1", server.id)
        for place, each in enumerate(server.models):
            await self._conn.execute(
                "INSERT INTO llm_server_model (server_id, model, upstream, place, context, abilities, currency, input, output)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                server.id, each.model, each.upstream, place, each.context,
                None if each.abilities is None else [*each.abilities], each.currency, each.input, each.output,
            )  # fmt: skip

    async def delete(self, server: UUID) -> bool:
        """Forget a server and its key; whether there was one."""
        gone = await self._conn.fetchval(
            "DELETE FROM llm_server WHERE id = $1 RETURNING true", server
        )
        return bool(gone)

    async def put_places(self, providers: Sequence[str]) -> None:
        """Keep an order in place of the last one."""
        await self._conn.execute("DELETE FROM llm_place")
        await self._conn.execute(
            "INSERT INTO llm_place (provider, place) SELECT * FROM unnest($1::text[]) WITH ORDINALITY",
            list(providers),
        )  # fmt: skip


class PersonRepository:
    """What a person has set up for themselves, in all their workspaces."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def list_own(self, workspaces: Sequence[UUID], actors: Sequence[UUID]) -> Sequence[Row]:
        """Return their own providers, without keys."""
        return await self._conn.fetch(
            "SELECT p.workspace_id, p.kind, p.base_url, p.default_model, p.created_at FROM llm_provider p"
            " JOIN unnest($1::uuid[], $2::uuid[]) AS w(workspace, actor)"
            " ON p.workspace_id = w.workspace AND p.actor_id = w.actor ORDER BY p.id",
            list(workspaces), list(actors),
        )  # fmt: skip


class HealthRepository:
    """How calls of the installation's providers went, in all workspaces."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def calls(self, since: datetime, providers: Sequence[str]) -> Sequence[Row]:
        """Return for each provider and model: how many calls ended well, and how quickly they began."""
        return await self._conn.fetch(
            "SELECT provider, model, count(*) FILTER (WHERE state = 'done') AS done,"
            " count(*) FILTER (WHERE state = 'failed') AS failed, max(created_at) FILTER (WHERE state = 'done') AS done_at,"
            " max(created_at) FILTER (WHERE state = 'failed') AS failed_at,"
            " percentile_disc(0.5) WITHIN GROUP (ORDER BY first_ms) AS p50,"
            " percentile_disc(0.95) WITHIN GROUP (ORDER BY first_ms) AS p95"
            " FROM llm_run WHERE created_at > $1 AND provider = ANY($2) GROUP BY provider, model ORDER BY provider, model",
            since, list(providers),
        )  # fmt: skip

    async def failures(self, since: datetime, providers: Sequence[str]) -> Sequence[Row]:
        """Return what calls failed of: provider, model, failure, count, last; the latest first."""
        return await self._conn.fetch(
            "SELECT provider, model, failure, count(*) AS count, max(created_at) AS last"
            " FROM llm_run WHERE created_at > $1 AND provider = ANY($2) AND failure IS NOT NULL"
            " GROUP BY provider, model, failure ORDER BY last DESC",
            since, list(providers),
        )  # fmt: skip


def _model(row: Row) -> StoredModel:
    return StoredModel(
        model=row["model"], upstream=row["upstream"], context=row["context"], abilities=row["abilities"],
        currency=row["currency"], input=row["input"], output=row["output"],
    )  # fmt: skip


def _server(row: Row, models: Sequence[StoredModel]) -> StoredServer:
    return StoredServer(
        id=row["id"], kind=row["kind"], name=row["name"], base_url=row["base_url"], api_key=row["api_key"],
        models=models,
    )  # fmt: skip


def _told(end: RunEnd) -> tuple[object, ...]:
    """Return how a call ended as its columns hold it, from `state` to `failure`."""
    usage, cost = end.usage, end.cost
    read = None if usage is None else usage.input + usage.further_input
    return (
        end.state, read, usage and usage.output, usage and usage.cached_input, bool(usage and usage.estimated),
        cost and cost.micro, cost and cost.currency, end.first_ms, end.total_ms, end.finish or None, end.failure or None,
    )  # fmt: skip
