"""Settings: ready replies and macros; in a dialog: running a macro."""

from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from besedka.core.deps import CurrentRuntime, get_runtime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of, text
from besedka.core.ids import new_id
from besedka.core.pagination import read_moment
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import (
    PRIORITIES,
    STAFF_READS,
    STAFF_WRITES,
    ConversationId,
    Snooze,
)
from besedka.products.desk import service
from besedka.products.desk.schemas import CannedTable, CannedWrite
from besedka.products.desk.types import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_STEPS,
    SHARES,
    Macro,
    Setting,
    Step,
    StepState,
    Wants,
)
from besedka.web import render

REPLIES = "/dashboard/settings/replies"
MACROS = "/dashboard/settings/macros"
DESK = "/dashboard/desk/{dialog_id}/macros"
DIALOG = "/dashboard/inbox"
MENTIONS = "/dashboard/mentions"
ROWS = 30
SPARE_ROWS = 3
NOTE = "note"

router = APIRouter(route_class=LateRoute)

Reader = Annotated[Identity, Depends(require_on_page(STAFF_READS))]
Writer = Annotated[Identity, Depends(require_on_page(STAFF_WRITES))]
Sharer = Annotated[Identity, Depends(require_on_page(SHARES))]


class CannedForm(CannedWrite):
    """The form of a ready reply; what is wrong with it is said on the page. It also carries its CSRF token."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""


class TableForm(CannedTable):
    """The form of a table."""

    model_config = ConfigDict(extra="ignore")


class MacroForm(BaseModel):
    """The form of a macro: rows of a chosen step and the words of a note."""

    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    step: list[str] = Field(default_factory=list, max_length=MOST_STEPS)
    words: list[Annotated[str, Field(max_length=LONGEST_TEXT)]] = Field(
        default_factory=list, max_length=MOST_STEPS
    )

    def steps(self) -> list[Step]:
        """The rows that were filled."""
        words = [*self.words, *[""] * len(self.step)]
        return [_step(each, words[place]) for place, each in enumerate(self.step) if each]


def _step(chosen: str, words: str) -> Step:
    do, _, value = chosen.partition(":")
    return Step(do, words.strip() if do == NOTE else value)


@router.get(REPLIES)
async def show_replies(request: Request, identity: Reader) -> Response:
    """Show the ready replies, and the form of another one."""
    return await _replies(request, identity, CannedForm())


async def _replies(
    request: Request, identity: Identity, form: CannedForm, failure: BesedkaError | None = None, *, table: str = ""
) -> Response:  # fmt: skip
    async with get_runtime(request).db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_canned(conn, identity)
    return await render.page(
        request, "desk/replies.html", status=_status(failure), here_tab=REPLIES, path=REPLIES, replies=found, form=form, known=service.KNOWN,
        table=table, **_failed(request, identity, failure),
    )  # fmt: skip


def _status(failure: BesedkaError | None) -> int:
    return failure.status if failure else 200


def _failed(
    request: Request, identity: Identity, failure: BesedkaError | None
) -> dict[str, object]:
    words = words_of(locale_of(request), failure) if failure else ""
    return {
        "failure": words, "may_share": identity.may(SHARES),
        "may_write": identity.may(STAFF_WRITES),
    }  # fmt: skip


@router.post(REPLIES)
async def add_reply(
    request: Request, runtime: CurrentRuntime, identity: Writer, form: Annotated[CannedForm, Form()]
) -> Response:
    """Make a ready reply."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.create_canned(conn, identity, form.change())
    except BesedkaError as error:
        return await _replies(request, identity, form, error)
    return render.redirect(request, REPLIES, flash="desk.saved")


@router.post(REPLIES + "/import")
async def import_replies(
    request: Request, runtime: CurrentRuntime, identity: Writer, form: Annotated[TableForm, Form()]
) -> Response:  # fmt: skip
    """Make ready replies of a table."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.import_table(conn, identity, form.table, shared=form.shared)
    except BesedkaError as error:
        return await _replies(request, identity, CannedForm(), error, table=form.table)
    return render.redirect(request, REPLIES, flash="desk.imported")


@router.get(REPLIES + "/{canned_id}")
async def show_reply(
    request: Request, canned_id: UUID, runtime: CurrentRuntime, identity: Reader
) -> Response:
    """Show one ready reply to be changed."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.get_canned(conn, identity, canned_id)
    form = CannedForm.model_construct(
        name=found.name, body_ru=found.body_ru, body_en=found.body_en, shared=found.shared
    )
    return await _reply(request, identity, canned_id, form)


async def _reply(
    request: Request, identity: Identity, canned_id: UUID, form: CannedForm, failure: BesedkaError | None = None
) -> Response:  # fmt: skip
    return await render.page(
        request, "desk/reply.html", status=_status(failure), here_tab=REPLIES, path=REPLIES, canned_id=canned_id, form=form, known=service.KNOWN,
        **_failed(request, identity, failure),
    )  # fmt: skip


@router.post(REPLIES + "/{canned_id}")
async def save_reply(
    request: Request, canned_id: UUID, runtime: CurrentRuntime, identity: Writer, form: Annotated[CannedForm, Form()]
) -> Response:  # fmt: skip
    """Let a ready reply say something else."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.change_canned(conn, identity, canned_id, given=form.change())
    except BesedkaError as error:
        return await _reply(request, identity, canned_id, form, error)
    return render.redirect(request, REPLIES, flash="desk.saved")


@router.post(REPLIES + "/{canned_id}/delete")
async def delete_reply(
    request: Request, canned_id: UUID, runtime: CurrentRuntime, identity: Writer
) -> Response:
    """Delete a ready reply."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_canned(conn, identity, canned_id)
    return render.redirect(request, REPLIES, flash="desk.deleted")


@router.get(MACROS)
async def show_macros(request: Request, identity: Sharer) -> Response:
    """Show the macros, and the form of another one."""
    return await _macros(request, identity, MacroForm())


async def _macros(
    request: Request, identity: Identity, form: MacroForm, failure: BesedkaError | None = None, macro_id: UUID | None = None
) -> Response:  # fmt: skip
    async with get_runtime(request).db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_macros(conn)
        options = await _options(request, identity)
    names = {value: words for _, choices in options for value, words in choices}
    rows = [*zip(form.step, form.words, strict=False), *[("", "")] * SPARE_ROWS][:MOST_STEPS]
    return await render.page(
        request, "desk/macros.html", status=_status(failure), here_tab=MACROS, path=MACROS, macros=found, form=form, rows=rows, options=options,
        names=names, chosen=chosen, macro_id=macro_id, **_failed(request, identity, failure),
    )  # fmt: skip


def chosen(step: Step) -> str:
    """Return a step as a form's choice."""
    return step.do if step.do == NOTE or not step.value else f"{step.do}:{step.value}"


async def _options(request: Request, identity: Identity) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what can be chosen as a step, by its kind: the choice, and its words."""
    locale, runtime = locale_of(request), get_runtime(request)
    granted = runtime.get(accounts.Accounts)
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        replies = [each for each in await service.list_canned(conn, identity) if each.shared]
        labels = await conversations.list_labels(conn)
        teams = await conversations.list_teams(conn)
        people = [
            each
            for each in await accounts.people(conn)
            if each.active and STAFF_WRITES in granted.may(each.role)
        ]
    things: dict[Wants, list[tuple[str, str]]] = {
        Wants.CANNED: [(str(each.id), each.name) for each in replies],
        Wants.LABEL: [(str(each.id), each.name) for each in labels],
        Wants.TEAM: [(str(each.id), each.name) for each in teams],
        Wants.PRIORITY: [(each, text(locale, f"inbox.priority_{each}")) for each in PRIORITIES],
        Wants.SNOOZE: [(each, text(locale, f"inbox.snooze_{each}")) for each in Snooze],
        Wants.PERSON: [(str(each.actor_id), each.name) for each in people],
    }
    found = []
    for do, kind in service.STEPS.items():
        words = text(locale, f"desk.step_{do}")
        if kind.wants in things:
            choices = [(f"{do}:{value}", name) for value, name in things[kind.wants]]
        else:
            choices = [(do, words)]
        found.append((words, choices))
    return found


@router.get(MACROS + "/{macro_id}")
async def show_macro(
    request: Request, macro_id: UUID, runtime: CurrentRuntime, identity: Sharer
) -> Response:
    """Show one macro to be changed."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.get_macro(conn, macro_id)
    return await _macros(request, identity, _form(found), macro_id=macro_id)


def _form(macro: Macro) -> MacroForm:
    words = [each.value if each.do == NOTE else "" for each in macro.steps]
    steps = [chosen(each) for each in macro.steps]
    return MacroForm.model_construct(name=macro.name, step=steps, words=words)


@router.post(MACROS)
async def add_macro(
    request: Request, runtime: CurrentRuntime, identity: Sharer, form: Annotated[MacroForm, Form()]
) -> Response:
    """Make a macro."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.create_macro(conn, identity, name=form.name, steps=form.steps())
    except BesedkaError as error:
        return await _macros(request, identity, form, error)
    return render.redirect(request, MACROS, flash="desk.saved")


@router.post(MACROS + "/{macro_id}")
async def save_macro(
    request: Request, macro_id: UUID, runtime: CurrentRuntime, identity: Sharer, form: Annotated[MacroForm, Form()]
) -> Response:  # fmt: skip
    """Let a macro do something else."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.change_macro(conn, identity, macro_id, name=form.name, steps=form.steps())
    except BesedkaError as error:
        return await _macros(request, identity, form, error, macro_id)
    return render.redirect(request, MACROS, flash="desk.saved")


@router.post(MACROS + "/{macro_id}/delete")
async def delete_macro(
    request: Request, macro_id: UUID, runtime: CurrentRuntime, identity: Sharer
) -> Response:
    """Delete a macro."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_macro(conn, macro_id)
    return render.redirect(request, MACROS, flash="desk.deleted")


@router.get(MENTIONS)
async def show_mentions(
    request: Request, runtime: CurrentRuntime, identity: Reader, every: Literal["true"] | None = None,
    before: Annotated[str | None, Query(max_length=80)] = None,
) -> Response:  # fmt: skip
    """Show the messages that name me: those that I have not read, or all of them."""
    cursor = None if before is None else read_moment(before, field="before")
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await conversations.list_mentions(
            conn, identity, unread=every is None, before=cursor, limit=ROWS
        )
    last = found[-1] if len(found) == ROWS else None
    more = {"before": f"{last.mentioned_at.isoformat()}~{last.message.id}"} if last else {}
    asked = urlencode(more | ({"every": every} if every else {}))
    return await render.page(
        request, "desk/mentions.html", path=MENTIONS, mentions=found, every=every,
        next_path=f"{MENTIONS}?{asked}" if more else "",
    )  # fmt: skip


@router.get(DESK)
async def show_menu(
    request: Request, dialog_id: ConversationId, runtime: CurrentRuntime, identity: Writer
) -> Response:
    """Show the macros that can be run on a dialog: as a menu of its header, or as a page."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        await conversations.dialog_summary(conn, dialog_id)
        macros = await service.list_macros(conn)
    template = "desk/menu.html" if render.is_htmx(request) else "desk/run.html"
    return await render.page(
        request, template, dialog_id=dialog_id, macros=macros, report=(), name="", states=StepState,
        may_share=identity.may(SHARES),
    )  # fmt: skip


@router.post(DESK + "/{macro_id}")
async def run_macro(
    request: Request, dialog_id: ConversationId, macro_id: UUID, runtime: CurrentRuntime, identity: Writer
) -> Response:  # fmt: skip
    """Run a macro on a dialog; what failed is shown on a page of its own."""
    setting = Setting(identity.workspace_id, dialog_id, identity, f"macro:{new_id()}")
    macro, report = await service.run_macro(runtime, setting, macro_id, locale=locale_of(request))
    if all(each.state is StepState.DONE for each in report):
        return render.redirect(request, f"{DIALOG}/{dialog_id}", flash="desk.done")
    return await render.page(
        request, "desk/run.html", dialog_id=dialog_id, macros=(), report=report, name=macro.name, states=StepState,
        may_share=identity.may(SHARES),
    )  # fmt: skip
