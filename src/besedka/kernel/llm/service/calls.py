"""Conversations with models: an answer is read while it is made.

Before its first piece another provider that has the model may stand in for one that fails; every try is a record of its own.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.llm.breakers import PASSED_ON, Breakers
from besedka.kernel.llm.errors import LlmError, ModelNotFound, ProviderUnreachable
from besedka.kernel.llm.prices import Price
from besedka.kernel.llm.service.costs import list_price
from besedka.kernel.llm.service.lineup import line_up
from besedka.kernel.llm.service.providers import Provider, Whose
from besedka.kernel.llm.service.recording import Later, Record, Recording
from besedka.kernel.llm.types import ChatRequest, Delta, Finish, RunState, TextDelta, Usage

PATIENCE_SECONDS = 45.0
"""How long a model may think before its first piece where another provider has it."""


@dataclass(slots=True)
class ChatCall:
    """A call in progress: iterate over its deltas."""

    _runtime: Runtime
    _request: ChatRequest
    _recording: Recording
    _line: Sequence[Provider]
    _record: Record
    _place: int = 0
    _first: LlmError | None = None
    failed: list[str] = field(default_factory=list)
    """What providers are called that were asked before and did not answer."""

    async def __aiter__(self) -> AsyncIterator[Delta]:
        while True:
            begun = False
            try:
                async with aclosing(self._open()) as deltas:
                    async for delta in deltas if self._is_last else _hurried(deltas):
                        self._note(delta)
                        begun = True
                        yield delta
            except LlmError as error:
                self._breakers.fail(self._way, error)
                if begun or not self._can_pass_on(error):
                    raise self._telling(error) from None
                failure = error
            else:
                return
            await self._pass_on(failure)

    @property
    def provider(self) -> Provider:
        """Who answers."""
        return self._line[self._place]

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

    async def find_price(self) -> Price | None:
        """Return what the model costs at who answers."""
        model = self._request.model
        return self._record.price or await list_price(self._runtime, self.provider, model)

    async def end(self, state: RunState, error: LlmError | None = None) -> None:
        """Write down how the call ended."""
        if state is not RunState.FAILED and self._record.first_at is not None:
            self._breakers.succeed(self._way)
        else:
            self._breakers.give_up(self._way)
        await self._recording.end(self.provider, self._record, state=state, error=error)

    @property
    def _is_last(self) -> bool:
        return self._place == len(self._line) - 1

    @property
    def _way(self) -> tuple[str, str]:
        return self.provider.name, self._request.model

    @property
    def _breakers(self) -> "Breakers | _Nowhere":
        if self.provider.whose is Whose.INSTALLATION:
            return self._runtime.get(Breakers)
        return _NOWHERE

    def _open(self) -> AsyncGenerator[Delta, None]:
        self._breakers.begin(self._way)
        served = self.provider.find_served(self._request.model)
        request = replace(self._request, model=served.upstream) if served else self._request
        return self.provider.wire(self._runtime, once=not self._is_last).stream(request)

    def _note(self, delta: Delta) -> None:
        record = self._record
        if record.first_at is None and isinstance(delta, TextDelta):
            record.first_at = time.perf_counter()
        elif isinstance(delta, Usage):
            record.usage = delta
        elif isinstance(delta, Finish):
            record.finish = delta

    def _telling(self, error: LlmError) -> LlmError:
        """Return what tells more: that a stand-in has no such model does not."""
        return self._first if self._first and isinstance(error, ModelNotFound) else error

    def _can_pass_on(self, error: LlmError) -> bool:
        return error.kind in PASSED_ON and not self._is_last

    async def _pass_on(self, error: LlmError) -> None:
        await asyncio.shield(self.end(RunState.FAILED, error))
        self._first = self._first or error
        self.failed.append(self.provider.title or self.provider.name)
        self._place += 1
        self._record = await self._recording.begin(self.provider)


async def _hurried(deltas: AsyncGenerator[Delta, None]) -> AsyncIterator[Delta]:
    """Yield an answer whose first piece has to come soon. Raises ProviderUnreachable."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            first = await anext(deltas, None)
    except TimeoutError:
        raise ProviderUnreachable("no word for too long") from None
    if first is not None:
        yield first
    async for delta in deltas:
        yield delta


class _Nowhere:
    """Counts nothing: keys of workspaces and persons are their own affair."""

    def begin(self, way: tuple[str, str]) -> None:
        """Take no note."""

    def succeed(self, way: tuple[str, str]) -> None:
        """Take no note."""

    def give_up(self, way: tuple[str, str]) -> None:
        """Take no note."""

    def fail(self, way: tuple[str, str], error: LlmError) -> None:
        """Take no note."""


_NOWHERE = _Nowhere()


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
    line = await line_up(runtime, provider, request.model)
    recording = Recording(runtime, workspace, request.model, purpose, assistant, later)
    call = ChatCall(runtime, request, recording, line, await recording.begin(line[0]))
    state, failure = RunState.CANCELLED, None
    try:
        yield call
        state = RunState.DONE
    except LlmError as error:
        state, failure = RunState.FAILED, error
        raise
    finally:
        await asyncio.shield(call.end(state, failure))
