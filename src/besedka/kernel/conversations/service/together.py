"""Conversations of a workspace that store plain messages at the same moment share a statement, and so a commit.

What is alone goes at once by itself. While as many statements are on their way as may be, what comes gathers. Nothing
depends on company: what a shared statement leaves out (an epoch that has moved on, a conversation that somebody else
has locked), or cannot store at all, goes again alone and finds out by itself.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import structlog

from besedka.core.clock import now
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.errors import Interrupted
from besedka.kernel.conversations.repository.posting import Batch, PostingRepository, Stored
from besedka.kernel.conversations.types import ConversationId

log = structlog.get_logger(__name__)

AT_ONCE = 2
"""Statements of a workspace on their way: one is prepared while the other waits for the disk."""
MOST_TOGETHER = 32

Outcome: TypeAlias = tuple[datetime, Stored | None]


@dataclass(frozen=True, slots=True)
class _Entry:
    batch: Batch
    outcome: "asyncio.Future[Outcome | None]"
    """None: go alone."""


@dataclass(slots=True)
class _Line:
    """What gathers in one workspace."""

    running: int = 0
    entries: deque[_Entry] = field(default_factory=deque)


class Together:
    """Stores the batches of this process."""

    def __init__(self, runtime: Runtime) -> None:
        self._db, self._background = runtime.db, runtime.background
        self._lines: defaultdict[WorkspaceId, _Line] = defaultdict(_Line)

    async def store(self, workspace: WorkspaceId, batch: Batch) -> Outcome:
        """Store a batch that points at nothing; return when, and where it landed.

        None when an epoch is not the expected one. Raises KeyTaken.
        """
        line = self._lines[workspace]
        if line.running < AT_ONCE:
            line.running += 1
            try:
                return await self._alone(workspace, batch)
            finally:
                self._next(workspace, line)
        entry = _Entry(batch, asyncio.get_running_loop().create_future())
        line.entries.append(entry)
        return await entry.outcome or await self._alone(workspace, batch)

    async def _alone(self, workspace: WorkspaceId, batch: Batch) -> Outcome:
        moment = now()
        async with self._db.fast.acquire(workspace) as conn:
            return moment, await PostingRepository(conn).post(batch, moment=moment)

    def _next(self, workspace: WorkspaceId, line: _Line) -> None:
        """Let the place of a statement go to those who have gathered."""
        if line.entries:
            self._background.spawn(self._run(workspace, line), name="shared statement")
            return
        line.running -= 1
        if not line.running:
            self._lines.pop(workspace, None)

    async def _run(self, workspace: WorkspaceId, line: _Line) -> None:
        entries = [line.entries.popleft() for _ in range(min(len(line.entries), MOST_TOGETHER))]
        try:
            await self._share(workspace, entries)
        finally:
            for entry in entries:
                if not entry.outcome.done():
                    entry.outcome.set_exception(Interrupted())
            self._next(workspace, line)

    async def _share(self, workspace: WorkspaceId, entries: Sequence[_Entry]) -> None:
        """Store batches in one statement; whatever goes wrong, each then finds out alone."""
        moment = now()
        batches = [entry.batch for entry in entries]
        (stored,) = await asyncio.gather(
            self._several(workspace, batches, moment), return_exceptions=True
        )
        if isinstance(stored, BaseException):
            log.info("a shared statement failed", cause=type(stored).__name__, batches=len(batches))
            stored = {}
        for entry in entries:
            if not entry.outcome.done():
                place = stored.get(entry.batch.chat)
                entry.outcome.set_result(None if place is None else (moment, place))

    async def _several(
        self, workspace: WorkspaceId, batches: Sequence[Batch], moment: datetime
    ) -> dict[ConversationId, Stored]:
        async with self._db.fast.acquire(workspace) as conn:
            return await PostingRepository(conn).post_several(batches, moment=moment)
