"""Every call of a model is a recorded run with tokens, cost and latency, however it ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.llm.errors import LlmError
from besedka.kernel.llm.prices import Price
from besedka.kernel.llm.repository import EndedRun, LlmRepository, RunEnd
from besedka.kernel.llm.service.costs import cost_of, list_price, own_price
from besedka.kernel.llm.service.providers import Provider
from besedka.kernel.llm.types import Finish, RunState, Usage


@dataclass(slots=True)
class Record:
    """What is known of a call so far."""

    run_id: UUID = field(default_factory=new_id)
    started: float = field(default_factory=time.perf_counter)
    first_at: float | None = None
    usage: Usage | None = None
    finish: Finish | None = None
    price: Price | None = None
    """The workspace's own price of the model."""


@dataclass(slots=True)
class Later:
    """Takes the records of calls whose caller writes them down with what came of them, see `keep_records`."""

    price: Price | None
    """The workspace's own price of the model, or whichever the caller knows."""
    runs: list[EndedRun] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Recording:
    """Writes down calls of a model, and for which assistant they are."""

    runtime: Runtime
    workspace: WorkspaceId
    model: str
    purpose: str
    assistant: UUID | None = None
    later: Later | None = None

    async def begin(self, provider: Provider) -> Record:
        """Write down that a call begins."""
        record = Record()
        if self.later is not None:
            record.price = await self._own_price() if self.later.runs else self.later.price
            return record
        async with self.runtime.db.fast.acquire(self.workspace) as conn:
            row = await LlmRepository(conn).begin_run(
                record.run_id, purpose=self.purpose, provider=provider.name, model=self.model,
                assistant=self.assistant,
            )  # fmt: skip
        record.price = None if row is None else own_price(row)
        return record

    async def _own_price(self) -> Price | None:
        """Return the workspace's own price of the model, for one that stands in for another."""
        async with self.runtime.db.fast.acquire(self.workspace) as conn:
            rows = await LlmRepository(conn).own_models()
        return next((own_price(row) for row in rows if row["model"] == self.model), None)

    async def end(
        self, provider: Provider, record: Record, *, state: RunState, error: LlmError | None = None
    ) -> None:
        """Write down how a call ended, and what it cost."""
        record.usage = record.usage or (error.usage if error else None)
        first = record.first_at
        price = record.price or await list_price(self.runtime, provider, self.model)
        end = RunEnd(
            state=state, usage=record.usage, cost=cost_of(price, record.usage),
            first_ms=None if first is None else _milliseconds(first - record.started),
            total_ms=_milliseconds(time.perf_counter() - record.started),
            finish=record.finish.reason if record.finish else "", failure=error.code if error else "",
        )  # fmt: skip
        if self.later is not None:
            run = EndedRun(
                record.run_id, self.purpose, provider.name, self.model, self.assistant, end
            )
            self.later.runs.append(run)
            return
        async with self.runtime.db.fast.acquire(self.workspace) as conn:
            await LlmRepository(conn).end_run(record.run_id, end)


async def keep_records(conn: TenantConn, runs: Sequence[EndedRun]) -> None:
    """Write down calls that have ended."""
    if runs:
        await LlmRepository(conn).put_runs(runs)


@asynccontextmanager
async def recorded(
    runtime: Runtime, workspace: WorkspaceId, provider: Provider, *, model: str, purpose: str
) -> AsyncIterator[Record]:
    """Record the call of a model that is made within the block."""
    recording = Recording(runtime, workspace, model, purpose)
    record = await recording.begin(provider)
    state, failure = RunState.CANCELLED, None
    try:
        yield record
        state = RunState.DONE
    except LlmError as error:
        state, failure = RunState.FAILED, error
        raise
    finally:
        await asyncio.shield(recording.end(provider, record, state=state, error=failure))


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
