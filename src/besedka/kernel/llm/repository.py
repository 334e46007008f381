"""SQL of providers and runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
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
_COLUMNS = "id, kind, name, base_url, default_model, api_key, tested_at, test_failure, embedding_model, rerank_model, folder"


class LlmRepository:
    """Providers and runs of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find_provider(self) -> StoredProvider | None:
        """Return the workspace's provider: the first one that was made."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM llm_provider WHERE workspace_id = $1 ORDER BY id LIMIT 1",
            self._conn.workspace,
        )
        return _provider(row) if row else None

    async def put_provider(self, provider: StoredProvider) -> None:
        """Store a provider under its id, new or changed."""
        await self._conn.execute(
            "INSERT INTO llm_provider (workspace_id, id, kind, name, base_url, default_model, api_key, embedding_model,"
            " rerank_model, folder) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            " ON CONFLICT (workspace_id, id) DO UPDATE SET kind = excluded.kind, name = excluded.name,"
            " base_url = excluded.base_url, default_model = excluded.default_model, api_key = excluded.api_key,"
            " embedding_model = excluded.embedding_model, rerank_model = excluded.rerank_model,"
            " folder = excluded.folder,"
            " tested_at = NULL, test_failure = NULL",
            self._conn.workspace, provider.id, provider.kind, provider.name, provider.base_url,
            provider.default_model, provider.api_key, provider.embedding_model, provider.rerank_model,
            provider.folder,
        )  # fmt: skip

    async def note_test(self, provider_id: UUID, failure: str | None) -> None:
        """Keep how the last test call went."""
        await self._conn.execute(
            "UPDATE llm_provider SET tested_at = now(), test_failure = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, provider_id, failure,
        )  # fmt: skip

    async def delete_providers(self) -> None:
        """Forget the workspace's providers and their keys."""
        await self._conn.execute(
            "DELETE FROM llm_provider WHERE workspace_id = $1", self._conn.workspace
        )

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

    async def own_prices(self) -> Sequence[Row]:
        """Return the workspace's own prices of all models."""
        return await self._conn.fetch(
            "SELECT model, currency, input, output, cached_input FROM llm_model_price WHERE workspace_id = $1",
            self._conn.workspace,
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
        folder=row["folder"],
    )  # fmt: skip


def _told(end: RunEnd) -> tuple[object, ...]:
    """Return how a call ended as its columns hold it, from `state` to `failure`."""
    usage, cost = end.usage, end.cost
    read = None if usage is None else usage.input + usage.further_input
    return (
        end.state, read, usage and usage.output, usage and usage.cached_input, bool(usage and usage.estimated),
        cost and cost.micro, cost and cost.currency, end.first_ms, end.total_ms, end.finish or None, end.failure or None,
    )  # fmt: skip
