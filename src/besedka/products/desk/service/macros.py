"""Macros: made, changed, and run on a dialog step by step."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError
from besedka.core.ids import new_id
from besedka.core.problems import words_of
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import Identity
from besedka.kernel.audit import service as audit
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import LabelNotFound, MemberNotFound
from besedka.kernel.conversations.types import Priority, Snooze
from besedka.products.desk.errors import MacroNotFound, TooManyMacros, UnknownStep
from besedka.products.desk.repository.macros import MacroRepository
from besedka.products.desk.service.canned import get_canned
from besedka.products.desk.service.steps import STEPS
from besedka.products.desk.service.variables import check_variables
from besedka.products.desk.types import (
    MOST_MACROS,
    Macro,
    Setting,
    Step,
    StepState,
    Taken,
    Wants,
)


async def list_macros(conn: TenantConn) -> list[Macro]:
    """Return the workspace's macros by their names."""
    return await MacroRepository(conn).all()


async def get_macro(conn: TenantConn, macro: UUID) -> Macro:
    """Return a macro. Raises MacroNotFound."""
    found = await MacroRepository(conn).find(macro)
    if found is None:
        raise MacroNotFound
    return found


async def create_macro(
    conn: TenantConn, identity: Identity, *, name: str, steps: Sequence[Step]
) -> Macro:
    """Make a macro. Raises MacroTaken, UnknownStep, UnknownVariable, TooManyMacros, and for things that are not there."""
    if len(await list_macros(conn)) >= MOST_MACROS:
        raise TooManyMacros(most=MOST_MACROS)
    return await _save(conn, identity, Macro(new_id(), name.strip(), steps))


async def change_macro(
    conn: TenantConn, identity: Identity, macro: UUID, *, name: str, steps: Sequence[Step]
) -> Macro:
    """Let a macro do something else. Raises MacroNotFound, and as `create_macro`."""
    await get_macro(conn, macro)
    return await _save(conn, identity, Macro(macro, name.strip(), steps))


async def _save(conn: TenantConn, identity: Identity, macro: Macro) -> Macro:
    for step in macro.steps:
        _check(step)
        await _find(conn, identity, step)
    if not macro.steps:
        raise UnknownStep(do="")
    await MacroRepository(conn).save(macro)
    return macro


def _check(step: Step) -> None:
    kind = STEPS.get(step.do)
    if kind is None:
        raise UnknownStep(do=step.do[:40])
    match kind.wants:
        case Wants.NOTHING:
            fits = not step.value
        case Wants.TEXT:
            check_variables(step.value)
            fits = bool(step.value.strip())
        case Wants.PRIORITY:
            fits = step.value in set(Priority)
        case Wants.SNOOZE:
            fits = step.value in set(Snooze)
        case Wants.CANNED | Wants.LABEL | Wants.PERSON | Wants.TEAM:
            fits = _is_id(step.value)
    if not fits:
        raise UnknownStep(do=step.do)


async def _find(conn: TenantConn, identity: Identity, step: Step) -> None:
    """Refuse a step that is done with what is not there. Raises CannedNotFound, LabelNotFound, MemberNotFound, TeamNotFound."""
    match STEPS[step.do].wants:
        case Wants.CANNED:
            await get_canned(conn, identity, UUID(step.value))
        case Wants.LABEL:
            if UUID(step.value) not in {each.id for each in await conversations.list_labels(conn)}:
                raise LabelNotFound
        case Wants.PERSON:
            if UUID(step.value) not in {each.actor_id for each in await accounts.people(conn)}:
                raise MemberNotFound
        case Wants.TEAM:
            await conversations.get_team(conn, UUID(step.value))
        case Wants.NOTHING | Wants.TEXT | Wants.PRIORITY | Wants.SNOOZE:
            pass


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


async def delete_macro(conn: TenantConn, macro: UUID) -> None:
    """Delete a macro. Raises MacroNotFound."""
    if not await MacroRepository(conn).delete(macro):
        raise MacroNotFound


async def run_macro(
    runtime: Runtime, setting: Setting, macro: UUID, *, locale: str
) -> tuple[Macro, list[Taken]]:
    """Take a macro's steps on a dialog, one after the other, up to one that fails; report each.

    Raises MacroNotFound, ChatNotFound before anything is done.
    """
    async with runtime.db.fast.acquire(setting.workspace_id) as conn:
        found = await get_macro(conn, macro)
        await conversations.dialog_summary(conn, setting.dialog_id)
    report: list[Taken] = []
    for place, step in enumerate(found.steps):
        if any(each.state is StepState.FAILED for each in report):
            report.append(Taken(step, StepState.SKIPPED))
            continue
        here = replace(setting, key=f"{setting.key}:{place}")
        report.append(await _take(runtime, here, step, locale=locale))
    await _record(runtime, setting, found, report)
    return found, report


async def _take(runtime: Runtime, setting: Setting, step: Step, *, locale: str) -> Taken:
    try:
        _check(step)
        await STEPS[step.do].run(runtime, setting, step.value)
    except BesedkaError as error:
        return Taken(step, StepState.FAILED, error.code, words_of(locale, error))
    return Taken(step, StepState.DONE)


async def _record(
    runtime: Runtime, setting: Setting, macro: Macro, report: Sequence[Taken]
) -> None:
    done = [each.step.do for each in report if each.state is StepState.DONE]
    async with runtime.db.fast.transaction(setting.workspace_id) as conn:
        await audit.record(
            conn, actor_id=setting.identity.actor_id, action="desk.macro_run", target_type="conversation",
            target_id=setting.dialog_id, detail={"name": macro.name, "done": ", ".join(done)},
        )  # fmt: skip
