"""Every call of a model is a recorded run with tokens, cost and latency, however it ends."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.llm.errors import LlmError
from besedka.kernel.llm.prices import Price
from besedka.kernel.llm.repository import LlmRepository, RunEnd
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


@asynccontextmanager
async def recorded(
    runtime: Runtime, workspace: WorkspaceId, provider: Provider, *, model: str, purpose: str,
    assistant: UUID | None = None,
) -> AsyncIterator[Record]:  # fmt: skip
    """Record the call of a model that is made within the block, and for which assistant."""
    record = Record()
    async with runtime.db.fast.acquire(workspace) as conn:
        row = await LlmRepository(conn).begin_run(
            record.run_id, purpose=purpose, provider=provider.name, model=model, assistant=assistant
        )
    record.price = None if row is None else own_price(row)
    state, failure = RunState.CANCELLED, ""
    try:
        yield record
        state = RunState.DONE
    except LlmError as error:
        state, failure = RunState.FAILED, error.code
        record.usage = record.usage or error.usage
        raise
    finally:
        priced = provider, model
        await asyncio.shield(_end(runtime, workspace, priced, record, state=state, failure=failure))


async def _end(
    runtime: Runtime, workspace: WorkspaceId, priced: tuple[Provider, str], record: Record, *,
    state: RunState, failure: str,
) -> None:  # fmt: skip
    total = round((time.perf_counter() - record.started) * 1000)
    first = (
        round((record.first_at - record.started) * 1000) if record.first_at is not None else None
    )
    price = record.price or await list_price(runtime, *priced)
    async with runtime.db.fast.acquire(workspace) as conn:
        end = RunEnd(
            state=state, usage=record.usage, cost=cost_of(price, record.usage), first_ms=first, total_ms=total,
            finish=record.finish.reason if record.finish else "", failure=failure,
        )  # fmt: skip
        await LlmRepository(conn).end_run(record.run_id, end)
