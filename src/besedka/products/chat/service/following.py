"""Reading an answer along: from the process that makes it, or from what is kept of it every second."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from besedka.core.errors import Unavailable
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import ConversationId
from besedka.products.chat.errors import NoAnswer
from besedka.products.chat.repository import RunRepository
from besedka.products.chat.service.branches import get_turn
from besedka.products.chat.service.failing import failure_of
from besedka.products.chat.service.live import Live, Lives
from besedka.products.chat.types import ENDED, MOST_COMPARED, Compared, Run, Turn

POLL_SECONDS: Final = 0.5
QUIET_SECONDS: Final = 15.0
MOST_LOOKS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """How far somebody has read: which attempt of a run, and how many characters of it."""

    run_id: UUID
    attempt: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """The next words; the place is after them. Without words it is only a sign of life. `anew`: forget what was read before."""

    place: Place
    text: str
    anew: bool = False


async def follow(
    runtime: Runtime, workspace: WorkspaceId, run: Run, place: Place
) -> AsyncIterator[Piece | Run]:
    """Yield what comes after a place in a run, at last the run itself when it has ended. Raises NoAnswer."""
    for _ in range(MOST_LOOKS):
        live = runtime.get(Lives).find(run.id)
        attempt, text = await _said(runtime, workspace, run, live)
        piece = _next(place, attempt, text)
        if piece is not None:
            place = piece.place
            yield piece
        if run.state in ENDED:
            yield run
            return
        async for piece in _along(live, place):
            place = piece.place
            yield piece
        if live is not None and live.ended is not None and live.length == place.offset:
            yield live.ended
            return
        run = await _find(runtime, workspace, run)


async def wait_for(runtime: Runtime, workspace: WorkspaceId, run: Run) -> Run:
    """Return a run once it has ended. Raises NoAnswer, Unavailable when that takes too long."""
    async for each in follow(runtime, workspace, run, Place(run.id)):
        if isinstance(each, Run):
            return each
    raise Unavailable


async def newest_run(
    runtime: Runtime, workspace: WorkspaceId, chat: ConversationId, *, named: UUID | None = None,
    only: UUID | None = None,
) -> Run:  # fmt: skip
    """Return the run of a chat that is named, else its last one, or `only` a certain one. Raises NoAnswer."""
    async with runtime.db.fast.acquire(workspace) as conn:
        runs = RunRepository(conn)
        wanted = named or only
        found = None if wanted is None else await runs.find(chat, wanted)
        if only is None:
            found = found or await runs.newest(chat)
    if found is None:
        raise NoAnswer
    return found


async def side_by_side(
    runtime: Runtime, workspace: WorkspaceId, chat: ConversationId, question_seq: int
) -> Sequence[Compared]:
    """Return the last answers to a question, the first of them first. Raises TurnNotFound."""
    async with runtime.db.fast.acquire(workspace) as conn:
        await get_turn(conn, chat, question_seq)
        runs = await RunRepository(conn).of_question(chat, question_seq, limit=MOST_COMPARED)
        return [
            Compared(run, None if run.answer_seq is None else await get_turn(conn, chat, run.answer_seq))
            for run in runs
        ]  # fmt: skip


async def answer_of(
    runtime: Runtime, workspace: WorkspaceId, run: Run
) -> Turn | None:  # fmt: skip
    """Return what came of a run that has ended; None when it was stopped before its first word. Raises its failure."""
    if run.answer_seq is None:
        if run.failure is not None:
            raise failure_of(run.failure)
        return None
    if run.answer is not None:
        return run.answer
    async with runtime.db.fast.acquire(workspace) as conn:
        return await get_turn(conn, run.conversation_id, run.answer_seq)


async def _find(runtime: Runtime, workspace: WorkspaceId, run: Run) -> Run:
    async with runtime.db.fast.acquire(workspace) as conn:
        found = await RunRepository(conn).find(run.conversation_id, run.id)
    if found is None:
        raise NoAnswer
    return found


async def _said(
    runtime: Runtime, workspace: WorkspaceId, run: Run, live: Live | None
) -> tuple[int, str]:
    """Return all that a run has said, and in which attempt."""
    if live is not None and run.state not in ENDED:
        return live.attempt, live.text
    if run.answer_seq is None:
        return run.attempts, run.partial
    async with runtime.db.fast.acquire(workspace) as conn:
        return run.attempts, (await get_turn(conn, run.conversation_id, run.answer_seq)).text


def _next(place: Place, attempt: int, text: str) -> Piece | None:
    anew = attempt != place.attempt and place.offset > 0
    offset = 0 if anew else min(place.offset, len(text))
    if not anew and len(text) == offset:
        return None
    return Piece(Place(place.run_id, attempt, len(text)), text[offset:], anew)


async def _along(live: Live | None, place: Place) -> AsyncIterator[Piece]:
    """Yield what this process says until it is over; if another one makes the answer, wait a moment."""
    if live is None:
        await asyncio.sleep(POLL_SECONDS)
        return
    if place.offset and live.attempt != place.attempt:
        return
    while not live.is_over:
        await live.wait(place.offset, seconds=QUIET_SECONDS)
        text = live.after(place.offset)
        place = Place(place.run_id, live.attempt, place.offset + len(text))
        yield Piece(place, text)
