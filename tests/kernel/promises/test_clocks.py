"""The clocks of dialogs: what starts, stops and pauses them, and what is told when they run out."""

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from besedka.core import events
from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.ids import new_id
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import ConversationId, DialogState
from besedka.kernel.hours.types import Holiday, Schedule, ScheduleId
from besedka.kernel.promises import service
from besedka.kernel.promises.service import noticing
from besedka.kernel.promises.service.clockwork import Terms, reconcile
from besedka.kernel.promises.types import Clocks, Policy, PolicyDraft, Promise, Round
from tests.factories import make_workspace
from tests.fakes.jobs import settled
from tests.kernel.promises.helpers import make_desk, promise

MINUTE = timedelta(minutes=1)
START = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)


def near(found: datetime, wanted: datetime) -> bool:
    return abs(found - wanted) < timedelta(seconds=20)


async def breaches(runtime: Runtime, workspace: object) -> list[tuple[str, str]]:
    async with runtime.db.system.acquire() as conn:
        rows = await conn.fetch(
            "SELECT promise, kind FROM dialog_breach WHERE workspace_id = $1 ORDER BY noticed_at, kind", workspace
        )  # fmt: skip
    return [(row["promise"], row["kind"]) for row in rows]


async def test_hand_off_starts_clocks_and_a_reply_stops_the_first(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    await promise(runtime, workspace)
    desk = await make_desk(runtime, workspace)
    assert await desk.owed() == {}
    await desk.asks()  # no assistant is in it: people have it at once
    owed = await desk.owed()
    assert set(owed) == {Promise.FIRST, Promise.RESOLUTION}
    assert near(owed[Promise.FIRST], now() + 10 * MINUTE)
    await desk.replies()
    assert set(await desk.owed()) == {Promise.RESOLUTION}
    await desk.asks("And?")
    await desk.asks("Are you there?")
    owed = await desk.owed()
    assert near(owed[Promise.REPLY], now() + 20 * MINUTE)
    await desk.moves(DialogState.RESOLVED)
    assert await desk.owed() == {}
    found = await desk.round()
    assert (found.number, found.handler_id) == (1, workspace.owner.actor_id)
    await desk.moves(DialogState.OPEN)
    again = await desk.round()
    assert (again.number, again.replied_at) == (2, None)
    assert set(await desk.owed()) == {Promise.RESOLUTION}  # nobody waits yet
    await desk.asks("Once more")
    assert set(await desk.owed()) == {Promise.FIRST, Promise.RESOLUTION}
    await desk.moves(DialogState.PENDING)
    assert await desk.owed() == {}


async def test_snoozed_dialog_keeps_what_is_left_of_its_time(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    await promise(runtime, workspace)
    desk = await make_desk(runtime, workspace)
    await desk.moves(DialogState.OPEN)
    await desk.goes_back(4)
    await desk.moves(DialogState.SNOOZED)
    standing = await desk.standing()
    assert (standing.is_paused, standing.due) == (True, ())
    await desk.moves(DialogState.OPEN)
    owed = await desk.owed()
    assert near(owed[Promise.FIRST], now() + 6 * MINUTE)
    assert near(owed[Promise.RESOLUTION], now() + 116 * MINUTE)


async def test_workspace_without_policies_keeps_rounds_and_no_clocks(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    desk = await make_desk(runtime, workspace)
    await desk.asks()
    await desk.moves(DialogState.OPEN)
    await desk.replies()
    found = await desk.round()
    assert found.handed_at is not None
    assert (found.replied_by, found.waiting_since) == (workspace.owner.actor_id, None)
    assert await desk.owed() == {}
    # A policy that is switched on later holds for dialogs that people have already.
    await promise(runtime, workspace)
    await settled(runtime)
    assert set(await desk.owed()) == {Promise.RESOLUTION}


async def test_label_brings_the_policy_that_is_for_it(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    await promise(runtime, workspace)
    made = await client.post("/api/v1/labels", json={"name": "VIP"}, headers=workspace.headers)
    label = made.json()["id"]
    draft = PolicyDraft(name="VIP", enabled=True, label_id=label, first=2, by_hours=False)
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await service.create_policy(conn, draft, by=workspace.owner.actor_id)
    desk = await make_desk(runtime, workspace)
    await desk.moves(DialogState.OPEN)
    path = f"/api/v1/chats/{desk.chat}/labels/{label}"
    await client.put(path, headers=workspace.headers)
    await settled(runtime)
    owed = await desk.owed()
    assert set(owed) == {Promise.FIRST}
    assert near(owed[Promise.FIRST], now() + 2 * MINUTE)
    await client.delete(path, headers=workspace.headers)
    await settled(runtime)
    assert near((await desk.owed())[Promise.FIRST], now() + 10 * MINUTE)
    # The label itself goes, and its policy with it.
    await client.put(path, headers=workspace.headers)
    await settled(runtime)
    assert near((await desk.owed())[Promise.FIRST], now() + 2 * MINUTE)
    await client.delete(f"/api/v1/labels/{label}", headers=workspace.headers)
    await settled(runtime)
    assert near((await desk.owed())[Promise.FIRST], now() + 10 * MINUTE)


async def test_missed_promise_is_warned_of_and_told_once(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, str]] = []

    workspace = await make_workspace(runtime)

    async def hear(conn: TenantConn, event: object) -> None:
        if conn.workspace == workspace.id:
            heard.append((type(event).__name__, getattr(event, "promise", "")))

    monkeypatch.setattr(events, "publish", hear)
    await promise(runtime, workspace, resolution=None)
    desk = await make_desk(runtime, workspace)
    await desk.moves(DialogState.OPEN)
    await service.notice(runtime)
    assert await breaches(runtime, workspace.id) == []
    await desk.goes_back(6)
    await service.notice(runtime)
    await service.notice(runtime)
    assert await breaches(runtime, workspace.id) == [("first", "warned")]
    # All of it again, as after a worker that died before its commit was seen, and with another policy meanwhile.
    since = (await desk.round()).waiting_since
    for _ in range(3):
        async with runtime.db.fast.transaction(workspace.id) as conn:
            await noticing.notice_some(runtime, conn, moment=now() + 5 * MINUTE)
        await promise(runtime, workspace, first=8, resolution=None)
        async with runtime.db.fast.transaction(workspace.id) as conn:
            await service.reckon(runtime, conn, desk.chat)
    assert (await desk.round()).waiting_since == since
    assert await breaches(runtime, workspace.id) == [("first", "warned"), ("first", "missed")]
    mine = [each for each in heard if each[1]]
    assert mine == [("SlaWarning", "first"), ("SlaBreached", "first")]


CHAT = ConversationId(new_id())
HOURS = Schedule(
    id=ScheduleId(CHAT), name="", zone="Europe/Berlin", week=(((540, 1080),),) * 5 + ((), ()),
    holidays=(Holiday(date(2026, 11, 30)),), is_default=True,
)  # fmt: skip
POLICY = Policy(id=None, name="", enabled=True, first=30, reply=60, resolution=600)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 3000)), min_size=1, max_size=8),
    st.booleans(),
)
def test_pauses_cost_no_time_and_hearing_twice_changes_nothing(
    steps: list[tuple[bool, int]], by_hours: bool
) -> None:
    terms = Terms(POLICY, HOURS if by_hours else None)
    found = Round(
        chat=CHAT, number=1, state=DialogState.OPEN, started_at=START, handed_at=START, people_since=START,
        waiting_since=START,
    )  # fmt: skip
    clocks, moment, used, state = (
        reconcile(found, Clocks(CHAT), terms=terms, moment=START),
        START,
        0.0,
        True,
    )
    for runs, minutes in steps:
        after = moment + MINUTE * minutes
        used += terms.elapsed(moment, after) if state else 0.0
        moment, state = after, runs
        now_is = Round(
            chat=CHAT, number=1, state=DialogState.OPEN if runs else DialogState.SNOOZED, started_at=START,
            people_since=START, waiting_since=START,
        )  # fmt: skip
        clocks = reconcile(now_is, clocks, terms=terms, moment=moment)
        assert reconcile(now_is, clocks, terms=terms, moment=moment) == clocks
    resolution = clocks.owed[Promise.RESOLUTION]
    if not state:
        assert clocks.due == []
        assert resolution.used == pytest.approx(used)
        return
    assert resolution.due is not None
    left = 600 * 60 - used
    if left > 0:
        assert terms.elapsed(moment, resolution.due) == pytest.approx(left)
    else:
        assert resolution.due <= moment
