"""Conversations with models: an answer is read while it is made."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.llm.errors import LlmError
from besedka.kernel.llm.service.providers import Provider
from besedka.kernel.llm.service.recording import Later, Record, Recording
from besedka.kernel.llm.types import ChatRequest, Delta, Finish, RunState, TextDelta, Usage

SILENCE_SECONDS = 60.0
"""How long a model may be silent between two pieces of an answer."""


@dataclass(slots=True)
class ChatCall:
    """A call in progress: iterate over its deltas."""

    _record: Record
    _deltas: AsyncIterator[Delta]

    async def __aiter__(self) -> AsyncIterator[Delta]:
        record = self._record
        async for delta in self._deltas:
            if record.first_at is None and isinstance(delta, TextDelta):
                record.first_at = time.perf_counter()
            elif isinstance(delta, Usage):
                record.usage = delta
            elif isinstance(delta, Finish):
                record.finish = delta
            yield delta

    @property
    def run_id(self) -> UUID:
        """The record of the call."""
        return self._record.run_id

    @property
    def usage(self) -> Usage | None:
        """What the call has taken, once that is known."""
        return self._record.usage

    @property
    def finish(self) -> Finish | None:
        """How the answer ended, once it has."""
        return self._record.finish


@asynccontextmanager
async def open_chat(
    runtime: Runtime,
    workspace: WorkspaceId,
    provider: Provider,
    request: ChatRequest,
    *,
    purpose: str,
    assistant: UUID | None = None,
    later: Later | None = None,
) -> AsyncIterator[ChatCall]:
    """Call a model within the block, for an assistant or for none; leaving it ends the upstream call at once.

    The call is recorded; with `later` it is the caller who writes that down. Raises LlmError.
    """
    recording = Recording(runtime, workspace, request.model, purpose, assistant, later)
    record = await recording.begin(provider)
    state, failure = RunState.CANCELLED, None
    try:
        async with aclosing(provider.wire(runtime).stream(request)) as deltas:
            yield ChatCall(record, deltas)
        state = RunState.DONE
    except LlmError as error:
        state, failure = RunState.FAILED, error
        raise
    finally:
        await asyncio.shield(recording.end(provider, record, state=state, error=failure))
