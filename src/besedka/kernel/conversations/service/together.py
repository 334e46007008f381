"""Conversations of a workspace that store messages at the same moment share a statement, and so a commit.

What is alone goes at once by itself. While as many statements are on their way as may be, what comes gathers. What
companions write for messages is shared as well, in the same transaction. Nothing depends on company: what a shared
statement leaves out (an epoch that has moved on, a conversation that somebody else has locked), or cannot store at all,
goes again alone and finds out by itself.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

import structlog

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.errors import Interrupted
from besedka.kernel.conversations.repository.posting import Batch, PostingRepository, Stored
from besedka.kernel.conversations.types import ConversationId, Message, SharedCompanion

log = structlog.get_logger(__name__)

AT_ONCE = 2
"""Statements of a workspace on their way: one is prepared while the other waits for the disk."""
MOST_TOGETHER = 32

Outcome: TypeAlias = tuple[Stored | None, list[Message]]


class Spell(Protocol):
    """Says what the messages of a batch are, once it is known where they landed."""

    def __call__(self, stored: Stored, *, moment: datetime) -> list[Message]:
        """Return the messages."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A batch, for each of its messages the companions that write more for it, and what the messages are."""

    batch: Batch
    companions: Sequence[Sequence[SharedCompanion]]
    spell: Spell

    @property
    def is_plain(self) -> bool:
        """Whether nothing but its one statement is needed."""
        return not any(self.companions)


@dataclass(frozen=True, slots=True)
class _Entry:
    parcel: Parcel
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

    async def store(self, workspace: WorkspaceId, parcel: Parcel) -> Outcome:
        """Store a batch that points at nothing; return where it landed, and its messages.

        None when an epoch is not the expected one. Raises KeyTaken.
        """
        line = self._lines[workspace]
        if line.running < AT_ONCE:
            line.running += 1
            try:
                return await self._alone(workspace, parcel)
            finally:
                self._next(workspace, line)
        entry = _Entry(parcel, asyncio.get_running_loop().create_future())
        line.entries.append(entry)
        return await entry.outcome or await self._alone(workspace, parcel)

    async def _alone(self, workspace: WorkspaceId, parcel: Parcel) -> Outcome:
        moment, fast = now(), self._db.fast
        async with (fast.acquire if parcel.is_plain else fast.transaction)(workspace) as conn:
            stored = await PostingRepository(conn).post(parcel.batch, moment=moment)
            if stored is None:
                return None, []
            messages = parcel.spell(stored, moment=moment)
            await accompany(conn, [(parcel, messages)])
        return stored, messages

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
        parcels = [entry.parcel for entry in entries]
        (stored,) = await asyncio.gather(self._several(workspace, parcels), return_exceptions=True)
        if isinstance(stored, BaseException):
            log.info("a shared statement failed", cause=type(stored).__name__, batches=len(parcels))
            stored = {}
        for entry in entries:
            if not entry.outcome.done():
                entry.outcome.set_result(stored.get(entry.parcel.batch.chat))

    async def _several(
        self, workspace: WorkspaceId, parcels: Sequence[Parcel]
    ) -> dict[ConversationId, Outcome]:
        moment, fast = now(), self._db.fast
        lane = fast.acquire if all(each.is_plain for each in parcels) else fast.transaction
        async with lane(workspace) as conn:
            places = await PostingRepository(conn).post_several(
                [each.batch for each in parcels], moment=moment
            )
            told = [
                (each, stored, each.spell(stored, moment=moment))
                for each in parcels
                if (stored := places.get(each.batch.chat)) is not None
            ]
            await accompany(conn, [(each, messages) for each, _, messages in told])
        return {each.batch.chat: (stored, messages) for each, stored, messages in told}


async def accompany(conn: TenantConn, stored: Iterable[tuple[Parcel, Sequence[Message]]]) -> None:
    """Let companions write for messages that were stored in a transaction, those of a kind together."""
    company: dict[type[SharedCompanion], list[tuple[SharedCompanion, Message]]] = {}
    for parcel, messages in stored:
        for companions, message in zip(parcel.companions, messages, strict=True):
            for companion in companions:
                company.setdefault(type(companion), []).append((companion, message))
    for kind, pairs in company.items():
        await kind.write(conn, pairs)
