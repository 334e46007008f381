"""Who gets the next dialog of the queue, and what happens to the dialogs of those who have gone.

A process notes whose tabs are open, in the database: so all processes agree who is there, and one that died is found out
when its people are not noted again. Whoever assigns holds the operators' rows, so nobody is given more than they take.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count

import structlog

from besedka.core import clock
from besedka.core.db.connection import TenantConn
from besedka.core.errors import Unavailable
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import EpochChanged
from besedka.kernel.conversations.types import (
    STAFF_WRITES,
    DialogChange,
    DialogState,
    Team,
    TeamMode,
)
from besedka.kernel.jobs import service as jobs
from besedka.kernel.realtime.service import Hub, Socket, presence_topic
from besedka.kernel.realtime.types import make_frame
from besedka.products.inbox.errors import OperatorNotFound
from besedka.products.inbox.repository.operators import OperatorRepository, SystemOperators
from besedka.products.inbox.types import (
    ASSIGN_JOB,
    MOST_ASSIGNED,
    NOTE_SECONDS,
    Candidate,
    Operator,
    Queued,
)

log = structlog.get_logger(__name__)

TICK = timedelta(microseconds=1)


async def list_operators(conn: TenantConn) -> list[Operator]:
    """Return who may answer visitors, by name."""
    return await OperatorRepository(conn).all()


async def save_operator(
    runtime: Runtime, conn: TenantConn, actor: ActorId, *, is_away: bool | None = None, capacity: int | None = None
) -> Operator:  # fmt: skip
    """Say whether somebody wants new dialogs, which colleagues hear at once, and how many they take. Raises OperatorNotFound."""
    operators = OperatorRepository(conn)
    if not any(each.actor_id == actor for each in await operators.all()):
        raise OperatorNotFound
    await operators.save(actor, is_away=is_away, capacity=capacity)
    if is_away is not None:
        frame = make_frame(
            "operator", data={"actor": str(actor), "is_away": is_away}, ephemeral=True
        )
        conn.on_commit(partial(runtime.get(Hub).publish, presence_topic(conn.workspace), frame))
    if await operators.queue(most=1):
        await jobs.defer(conn, ASSIGN_JOB)
    return next(each for each in await operators.all() if each.actor_id == actor)


async def save_team(
    conn: TenantConn, team: Team, *, members: Sequence[ActorId] | None = None
) -> Team:
    """Store a team, and have its queue looked at. Raises TeamTaken, TooManyTeams; OperatorNotFound for a member."""
    if not {each.actor_id for each in await list_operators(conn)}.issuperset(members or ()):
        raise OperatorNotFound
    made = await conversations.save_team(conn, team, members=members)
    if await OperatorRepository(conn).queue(most=1):
        await jobs.defer(conn, ASSIGN_JOB)
    return made


# --- assigning ----------------------------------------------------------------------------------


async def assign(runtime: Runtime, conn: TenantConn) -> int:
    """Give the dialogs of the queue to people of their teams who are there; return how many found somebody."""
    operators = OperatorRepository(conn)
    if not await operators.queue(most=1):
        return 0
    candidates = await operators.lock_candidates()
    # Read after the operators are locked: who assigned just before has committed.
    chosen: list[Candidate] = []
    moment = clock.now()
    for dialog in await operators.queue(most=MOST_ASSIGNED) if candidates else ():
        who = choose(dialog, candidates)
        if who is None:
            continue
        with suppress(EpochChanged):
            change = DialogChange(
                state=DialogState.OPEN, assignee_id=who.actor_id, team_id=dialog.team_id
            )
            await conversations.move_dialog(
                runtime, conn, dialog.id, change=change, expected_epoch=dialog.epoch
            )
            who.load += 1
            who.assigned_at = moment + TICK * len(chosen)
            chosen.append(who)
    await operators.note_assigned({id(each): each for each in chosen}.values())
    return len(chosen)


def choose(dialog: Queued, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return who of a dialog's team gets it: in turn, or who has the least of what they take."""
    fit = [
        each
        for each in candidates
        if dialog.team_id in each.teams
        and each.load < each.capacity
        and str(each.actor_id) != dialog.gave_back
    ]
    if dialog.mode is TeamMode.LOAD:
        fit.sort(key=lambda each: (each.load / each.capacity, each.assigned_at))
    else:
        fit.sort(key=lambda each: each.assigned_at)
    return fit[0] if fit else None


# --- those who have gone ------------------------------------------------------------------------


async def release(runtime: Runtime, conn: TenantConn) -> int:
    """Put the unanswered dialogs of people who have gone back into the queue; return how many."""
    left = await OperatorRepository(conn).left()
    for dialog, epoch, _ in left:
        await conversations.set_dialog(
            runtime, conn, dialog, state=DialogState.OPEN, assignee_id=None, expected_epoch=epoch
        )
    return len(left)


async def sweep(runtime: Runtime) -> int:
    """Release and assign wherever there is something to do; return how many dialogs found a person."""
    async with runtime.db.system.acquire() as conn:
        workspaces = await SystemOperators(conn).restless()
    assigned = 0
    for workspace in workspaces:
        async with runtime.db.fast.transaction(workspace) as tenant:
            await release(runtime, tenant)
        async with runtime.db.fast.transaction(workspace) as tenant:
            assigned += await assign(runtime, tenant)
    return assigned


# --- those who are there ------------------------------------------------------------------------


class Arrivals:
    """Says that somebody who answers visitors has opened a tab."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self._news = hub, asyncio.Event()
        hub.attached.append(self._arrive)

    def _arrive(self, socket: Socket) -> None:
        if _answers(socket):
            self._news.set()

    async def wait(self, *, seconds: float) -> None:
        """Wait for somebody to come, no longer than that."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()

    def here(self) -> list[tuple[WorkspaceId, ActorId]]:
        """Return who has a tab open in this process."""
        sockets = [socket.principal for socket in self._hub.sockets() if _answers(socket)]
        return sorted({(who.workspace_id, who.actor_id) for who in sockets})


def _answers(socket: Socket) -> bool:
    return socket.principal.session_id is not None and socket.principal.may(STAFF_WRITES)


async def note_here(runtime: Runtime, arrivals: Arrivals) -> None:
    """Note who is there; where somebody came, have the queue looked at."""
    if not (here := arrivals.here()):
        return
    async with runtime.db.system.acquire() as conn:
        come = await SystemOperators(conn).note(here)
    for workspace in come:
        async with runtime.db.fast.transaction(workspace) as tenant:
            if await OperatorRepository(tenant).queue(most=1):
                await jobs.defer(tenant, ASSIGN_JOB)


async def keep_noting(runtime: Runtime, arrivals: Arrivals) -> None:
    """Note every few seconds who is there, and at once who comes, for as long as the process runs."""
    for _ in count():
        await arrivals.wait(seconds=NOTE_SECONDS)
        try:
            await note_here(runtime, arrivals)
        except Unavailable as error:
            log.warning("operators could not be noted", code=error.code)
        except Exception:
            log.exception("noting operators failed")
