"""Several models side by side: asking them, reading along, stopping them, and going on with one."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentRuntime, get_runtime
from besedka.core.errors import BesedkaError, InvalidInput
from besedka.core.i18n import locale_of, text
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.deps import ChatPath
from besedka.kernel.conversations.types import LONGEST_BODY, LONGEST_KEY, ChatEntry
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import LlmError
from besedka.products.chat import service
from besedka.products.chat.deps import asker_of, chat_id, find_chat
from besedka.products.chat.pages.common import (
    PAGE,
    TURNS,
    Reader,
    Wanted,
    path_of,
    read_list,
    shown,
)
from besedka.products.chat.schemas import shown_turn
from besedka.products.chat.types import ENDED, MOST_COMPARED, Asked, Compared
from besedka.web import render

router = APIRouter(prefix=PAGE, route_class=LateRoute)


class ComparisonForm(BaseModel):
    """A question and who is to answer it; a model that is left open is none."""

    content: Annotated[str, Field(max_length=LONGEST_BODY)] = ""
    models: Annotated[
        list[Annotated[str, Field(max_length=200)]], Field(max_length=MOST_COMPARED)
    ] = []
    key: Annotated[str, Field(max_length=LONGEST_KEY)] = ""

    @property
    def chosen(self) -> list[str]:
        """The models, each once."""
        return list(dict.fromkeys(each for each in self.models if each))

    def asked(self) -> Asked:
        """Return the question as the service takes it. Raises InvalidInput."""
        words = self.content.strip()
        if not words:
            raise InvalidInput(field="content")
        return Asked(content=words, key=self.key)


class StopForm(BaseModel):
    """Which answer is wanted no more; none: all of them."""

    run: UUID | None = None


class ChoiceForm(BaseModel):
    """The answer to go on with."""

    answer: Annotated[int, Field(ge=1)]


@router.get("/compare")
async def show_comparison(request: Request, identity: Reader) -> Response:
    """Show room for a question to several models, which begins a chat."""
    return await _form(request, identity)


@router.post("/compare")
async def begin_comparison(
    request: Request, runtime: CurrentRuntime, identity: Reader, form: Annotated[ComparisonForm, Form()]
) -> Response:  # fmt: skip
    """Begin a chat with a question to several models."""
    try:
        run = await service.start(
            runtime, identity.workspace_id, form.asked(), asker=asker_of(identity), models=form.chosen or [""]
        )  # fmt: skip
    except BesedkaError as error:
        return await _form(request, identity, form=form, failure=error)
    return render.redirect(request, _path(run.conversation_id, run.question_seq))


@router.get("/{ai_chat}/compare")
async def show_comparison_in(request: Request, ai_chat: ChatPath, identity: Reader) -> Response:
    """Show room for a question to several models in a chat."""
    return await _form(request, identity, await find_chat(get_runtime(request), identity, ai_chat))


@router.post("/{ai_chat}/compare")
async def compare(
    request: Request, ai_chat: ChatPath, runtime: CurrentRuntime, identity: Reader,
    form: Annotated[ComparisonForm, Form()],
) -> Response:  # fmt: skip
    """Ask several models in a chat."""
    entry = await find_chat(runtime, identity, ai_chat)
    try:
        runs = await service.compare(
            runtime, identity.workspace_id, entry, form.asked(), models=form.chosen, asker=asker_of(identity)
        )  # fmt: skip
    except BesedkaError as error:
        return await _form(request, identity, entry, form=form, failure=error)
    return render.redirect(request, _path(ai_chat, runs[0].question_seq))


@router.get("/{ai_chat}/compare/{seq}")
async def show_sides(request: Request, ai_chat: ChatPath, seq: int, identity: Reader) -> Response:
    """Show the answers to a question side by side."""
    entry = await find_chat(get_runtime(request), identity, ai_chat)
    chats = await read_list(get_runtime(request), identity, Wanted())
    context = await _sides(request, identity, entry, seq)
    return await render.page(
        request, "chat/compared.html", status=200, chats=chats, here=ai_chat, focus="subject", **context
    )  # fmt: skip


@router.get("/{ai_chat}/compare/{seq}/columns")
async def show_columns(request: Request, ai_chat: ChatPath, seq: int, identity: Reader) -> Response:
    """Show the answers alone, for a page that has read one along."""
    entry = await find_chat(get_runtime(request), identity, ai_chat)
    context = await _sides(request, identity, entry, seq)
    return await render.page(request, "chat/columns.html", status=200, **context)


@router.post("/{ai_chat}/compare/{seq}/stop")
async def stop(
    request: Request, ai_chat: ChatPath, seq: int, runtime: CurrentRuntime, identity: Reader,
    form: Annotated[StopForm, Form()],
) -> Response:  # fmt: skip
    """End one of the answers, or all of them; what was said stays."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        place = await chat_id(conn, identity, ai_chat)
        await service.stop(runtime, conn, place, run=form.run)
    return render.redirect(request, _path(ai_chat, seq))


@router.post("/{ai_chat}/compare/{seq}/choose")
async def choose(
    request: Request, ai_chat: ChatPath, seq: int, runtime: CurrentRuntime, identity: Reader,
    form: Annotated[ChoiceForm, Form()],
) -> Response:  # fmt: skip
    """Go on with one answer and its model: its branch is shown, the others are stopped and stay beside it."""
    del seq  # of the page that one comes from
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        place = await chat_id(conn, identity, ai_chat)
        await service.show_branch(conn, place, form.answer)
        answer = shown_turn(await service.get_turn(conn, place, form.answer))
        await service.change_setup(conn, place, model=answer.model or None, instructions=None)
        await service.stop(runtime, conn, place)
    return render.redirect(request, path_of(ai_chat))


def _path(chat: UUID, seq: int) -> str:
    return f"{path_of(chat)}/compare/{seq}"


async def _form(
    request: Request, identity: Identity, entry: ChatEntry | None = None, *, form: ComparisonForm | None = None,
    failure: BesedkaError | None = None,
) -> Response:  # fmt: skip
    runtime = get_runtime(request)
    chats = await read_list(runtime, identity, Wanted())
    try:
        models = await llm.list_usable(runtime, identity.workspace_id, person=identity.actor_id)
    except LlmError:  # a provider that cannot be reached has none to choose
        models = []
    return await render.page(
        request, "chat/compare.html", status=failure.status if failure else 200, here_path=PAGE, chat_path=path_of,
        chats=chats, models=models, entry=entry, here=None if entry is None else entry.conversation.id, focus="subject",
        most=MOST_COMPARED, form=form or ComparisonForm(), failure=_words(request, failure),
    )  # fmt: skip


def _words(request: Request, failure: BesedkaError | None) -> str:
    if failure is None:
        return ""
    if failure.params.get("field") == "models":
        return text(locale_of(request), "chat.compare_differ")
    return words_of(locale_of(request), failure)


async def _sides(
    request: Request, identity: Identity, entry: ChatEntry, seq: int
) -> Mapping[str, object]:
    """Return what is shown of the answers to a question. Raises TurnNotFound."""
    runtime, chat = get_runtime(request), entry.conversation.id
    found = await service.side_by_side(runtime, identity.workspace_id, chat, seq)
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        question = await service.get_turn(conn, chat, seq)
        on_branch = {turn.seq for turn in await service.last_turns(conn, chat, limit=TURNS)}
    return {
        "entry": entry, "here_path": PAGE, "chat_path": path_of, "path": _path(chat, seq), "on_branch": on_branch,
        "question": shown(question), "sides": [_side(request, each) for each in found],
        "running": any(each.run.state not in ENDED for each in found),
    }  # fmt: skip


def _side(request: Request, each: Compared) -> Mapping[str, object]:
    failure = ""
    if each.run.failure is not None:
        failure = words_of(locale_of(request), service.failure_of(each.run.failure))
    return {
        "run": each.run, "shown": None if each.turn is None else shown(each.turn), "failure": failure,
        "running": each.run.state not in ENDED,
    }  # fmt: skip
