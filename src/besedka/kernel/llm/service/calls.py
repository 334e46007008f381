"""Calls of models: each is a recorded run with tokens, cost and latency, however it ends."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.llm.errors import LlmError
from besedka.kernel.llm.repository import LlmRepository, RunEnd
from besedka.kernel.llm.service.costs import Prices, cost_of
from besedka.kernel.llm.service.providers import Provider
from besedka.kernel.llm.types import ChatRequest, Delta, Finish, RunState, TextDelta, Usage

SILENCE_SECONDS = 60.0
"""How long a model may be silent between two pieces of an answer."""


@dataclass(slots=True)
class ChatCall:
    """A call in progress: iterate over its deltas."""

    run_id: UUID
    _deltas: AsyncIterator[Delta]
    started: float = field(default_factory=time.perf_counter)
    first_at: float | None = None
    usage: Usage | None = None
    finish: Finish | None = None

    async def __aiter__(self) -> AsyncIterator[Delta]:
        async for delta in self._deltas:
            if self.first_at is None and isinstance(delta, TextDelta):
                self.first_at = time.perf_counter()
            elif isinstance(delta, Usage):
                self.usage = delta
            elif isinstance(delta, Finish):
                self.finish = delta
            yield delta


@asynccontextmanager
async def open_chat(
    runtime: Runtime,
    workspace: WorkspaceId,
    provider: Provider,
    request: ChatRequest,
    *,
    purpose: str,
) -> AsyncIterator[ChatCall]:
    """Call a model within the block; leaving it ends the upstream call at once. Raises LlmError."""
    run_id = new_id()
    async with runtime.db.fast.acquire(workspace) as conn:
        await LlmRepository(conn).begin_run(
            run_id, purpose=purpose, provider=provider.name, model=request.model
        )
    async with aclosing(provider.wire(runtime).stream(request)) as deltas:
        call = ChatCall(run_id, deltas)
        state, failure = RunState.CANCELLED, ""
        try:
            yield call
            state = RunState.DONE
        except LlmError as error:
            state, failure = RunState.FAILED, error.code
            call.usage = call.usage or error.usage
            raise
        finally:
            ending = _end(runtime, workspace, provider, request.model, call, state, failure)
            await asyncio.shield(ending)


async def _end(
    runtime: Runtime, workspace: WorkspaceId, provider: Provider, model: str, call: ChatCall,
    state: RunState, failure: str,
) -> None:  # fmt: skip
    total = round((time.perf_counter() - call.started) * 1000)
    first = round((call.first_at - call.started) * 1000) if call.first_at is not None else None
    listed = await runtime.get(Prices).find(runtime, provider.base_url, model)
    async with runtime.db.fast.acquire(workspace) as conn:
        repository = LlmRepository(conn)
        cost = await cost_of(repository, model, usage=call.usage, listed=listed)
        end = RunEnd(
            state=state, usage=call.usage, cost=cost, first_ms=first, total_ms=total,
            finish=call.finish.reason if call.finish else "", failure=failure,
        )  # fmt: skip
        await repository.end_run(call.run_id, end)
