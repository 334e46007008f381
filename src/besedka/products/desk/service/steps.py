"""What a macro can do: a list that other modules of the inbox may add to.

A kind of step says what it is done with and how it is done; it opens its own transactions, so what was done before a step
that fails stays done, and the report says so.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.service import Accounts
from besedka.kernel.answers import service as answers
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import MemberNotFound
from besedka.kernel.conversations.service import DialogMoves
from besedka.kernel.conversations.types import STAFF_WRITES, Post, Priority, Snooze, Visibility
from besedka.kernel.hours import service as hours
from besedka.products.desk.errors import NobodyToReturnTo
from besedka.products.desk.service.canned import fill_canned
from besedka.products.desk.service.variables import fill, variables_of
from besedka.products.desk.types import Setting, Wants

Run: TypeAlias = Callable[[Runtime, Setting, str], Awaitable[None]]
"""Takes a step with its value. What goes wrong is raised."""


@dataclass(frozen=True, slots=True)
class StepKind:
    """A kind of step; its words are `desk.step_…`."""

    wants: Wants
    run: Run


async def _reply(runtime: Runtime, setting: Setting, value: str) -> None:
    async with runtime.db.fast.acquire(setting.workspace_id) as conn:
        body = await fill_canned(conn, setting.identity, UUID(value), dialog=setting.dialog_id)
    dialog = await answers.take_over(
        runtime, setting.workspace_id, setting.dialog_id, person=setting.identity.actor_id
    )
    await _say(runtime, setting, body, visibility=Visibility.PUBLIC, epoch=dialog.epoch)


async def _note(runtime: Runtime, setting: Setting, value: str) -> None:
    async with runtime.db.fast.acquire(setting.workspace_id) as conn:
        known = await variables_of(conn, setting.dialog_id, operator=setting.identity.actor_id)
    body = fill(value, known.values)
    await _say(runtime, setting, body, visibility=Visibility.INTERNAL, epoch=None)


async def _say(
    runtime: Runtime, setting: Setting, body: str, *, visibility: Visibility, epoch: int | None
) -> None:
    await conversations.post(
        runtime,
        Post(
            workspace_id=setting.workspace_id, conversation_id=setting.dialog_id, sender_id=setting.identity.actor_id,
            client_key=setting.key, body=body, visibility=visibility, expected_epoch=epoch, staff=True,
        ),
    )  # fmt: skip


async def _label(runtime: Runtime, setting: Setting, value: str) -> None:
    async with runtime.db.fast.transaction(setting.workspace_id) as conn:
        entry = await conversations.get_readable(
            conn, setting.dialog_id, actor=setting.identity.actor_id, staff=True
        )
        await conversations.label_chat(
            runtime, conn, entry, caller=setting.identity, label=UUID(value)
        )


async def _unlabel(runtime: Runtime, setting: Setting, value: str) -> None:
    async with runtime.db.fast.transaction(setting.workspace_id) as conn:
        entry = await conversations.get_readable(
            conn, setting.dialog_id, actor=setting.identity.actor_id, staff=True
        )
        await conversations.unlabel_chat(
            runtime, conn, entry, caller=setting.identity, label=UUID(value)
        )


async def _take(runtime: Runtime, setting: Setting, _value: str) -> None:
    await answers.take_over(
        runtime, setting.workspace_id, setting.dialog_id, person=setting.identity.actor_id, force=True
    )  # fmt: skip


async def _assign(runtime: Runtime, setting: Setting, value: str) -> None:
    person, granted = ActorId(UUID(value)), runtime.get(Accounts)
    async with runtime.db.fast.acquire(setting.workspace_id) as conn:
        people = await accounts.people(conn)
    if not any(
        each.actor_id == person and each.active and STAFF_WRITES in granted.may(each.role)
        for each in people
    ):
        raise MemberNotFound
    await answers.take_over(
        runtime, setting.workspace_id, setting.dialog_id, person=person, force=True
    )


async def _return(runtime: Runtime, setting: Setting, _value: str) -> None:
    async with runtime.db.fast.transaction(setting.workspace_id) as conn:
        if not await answers.has_assistant(conn, setting.dialog_id):
            raise NobodyToReturnTo
        await answers.hand_back(runtime, conn, setting.dialog_id)


async def _priority(runtime: Runtime, setting: Setting, value: str) -> None:
    async with runtime.db.fast.transaction(setting.workspace_id) as conn:
        await conversations.mark_dialog(runtime, conn, setting.dialog_id, priority=Priority(value))


async def _team(runtime: Runtime, setting: Setting, value: str) -> None:
    to_team = runtime.get(DialogMoves).to_team
    assert to_team is not None
    await to_team(
        runtime,
        setting.workspace_id,
        setting.dialog_id,
        by=setting.identity.actor_id,
        team=UUID(value),
    )


async def _snooze(runtime: Runtime, setting: Setting, value: str) -> None:
    """Put a dialog off in the zone of the workspace's hours."""
    async with runtime.db.fast.acquire(setting.workspace_id) as conn:
        schedule = await hours.find_schedule(conn, None)
    put_off = runtime.get(DialogMoves).put_off
    assert put_off is not None
    zone = "" if schedule is None else schedule.zone
    await put_off(runtime, setting.workspace_id, setting.dialog_id, choice=Snooze(value), zone=zone)


async def _resolve(runtime: Runtime, setting: Setting, _value: str) -> None:
    async with runtime.db.fast.transaction(setting.workspace_id) as conn:
        await answers.resolve(runtime, conn, setting.dialog_id)


STEPS: dict[str, StepKind] = {
    "reply": StepKind(Wants.CANNED, _reply),
    "note": StepKind(Wants.TEXT, _note),
    "label": StepKind(Wants.LABEL, _label),
    "unlabel": StepKind(Wants.LABEL, _unlabel),
    "take": StepKind(Wants.NOTHING, _take),
    "assign": StepKind(Wants.PERSON, _assign),
    "team": StepKind(Wants.TEAM, _team),
    "priority": StepKind(Wants.PRIORITY, _priority),
    "snooze": StepKind(Wants.SNOOZE, _snooze),
    "return": StepKind(Wants.NOTHING, _return),
    "resolve": StepKind(Wants.NOTHING, _resolve),
}
"""All kinds of steps, in the order in which a page offers them. Add one here, with its words."""
