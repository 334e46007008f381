"""The page of a chat with a model: what was said, asking, and reading an answer along."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentRuntime, get_runtime
from besedka.core.errors import BesedkaError, InvalidInput
from besedka.core.i18n import locale_of
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.deps import ChatPath
from besedka.kernel.conversations.types import (
    LONGEST_BODY,
    LONGEST_KEY,
    MOST_ATTACHMENTS,
    ChatEntry,
)
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import AuthFailed, ProviderRefusedAddress, QuotaExhausted
from besedka.products.chat import service
from besedka.products.chat.deps import asker_of, find_chat
from besedka.products.chat.pages.common import (
    PAGE,
    TURNS,
    Asked,
    Reader,
    Wanted,
    path_of,
    read_list,
    shown,
    tags_of,
)
from besedka.products.chat.pages.stream import streamed
from besedka.products.chat.schemas import shown_summary
from besedka.products.chat.types import Asked as Question
from besedka.products.chat.types import Run, RunState, Summary, Turn
from besedka.web import render
from besedka.web.errors import wants_page

router = APIRouter(prefix=PAGE, route_class=LateRoute)

OF_KEY = frozenset({"no_provider", AuthFailed.code, QuotaExhausted.code, ProviderRefusedAddress.code})  # fmt: skip
"""Failures that are mended where the key is."""
UNENDED = frozenset({RunState.QUEUED, RunState.WORKING})


class QuestionForm(BaseModel):
    """A question as the composer sends it. `temporary`: the chat that it begins is not to be kept."""

    content: Annotated[str, Field(max_length=LONGEST_BODY)] = ""
    model: Annotated[str, Field(max_length=200)] = ""
    attachments: Annotated[list[UUID], Field(max_length=MOST_ATTACHMENTS)] = []
    edits: Annotated[int, Field(ge=1)] | None = None
    key: Annotated[str, Field(max_length=LONGEST_KEY)] = ""
    temporary: bool = False

    def question(self) -> Question:
        """Return it as the service takes it. Raises InvalidInput."""
        words = self.content.strip()
        if not words and not self.attachments:
            raise InvalidInput(field="content")
        return Question(
            content=words, model=self.model, files=tuple(self.attachments), edits=self.edits, key=self.key
        )  # fmt: skip


class AgainForm(BaseModel):
    """A wish for one more answer."""

    seq: Annotated[int, Field(ge=1)]
    model: Annotated[str, Field(max_length=200)] = ""


@router.get("")
async def show_chats(request: Request, identity: Reader, wanted: Asked) -> Response:
    """Show the list of chats, with room for a new one beside it."""
    return await _page(request, identity, wanted, focus="list")


@router.get("/new")
async def show_new(
    request: Request, identity: Reader, wanted: Asked, *, temporary: bool = False
) -> Response:
    """Show room for a new chat, or for one that is not kept."""
    return await _page(request, identity, wanted, focus="subject", temporary=temporary)


@router.get("/rows")
async def show_rows(
    request: Request, runtime: CurrentRuntime, identity: Reader, wanted: Asked, chat: UUID | None = None
) -> Response:  # fmt: skip
    """Show the rows of the list anew, for a page that shows a chat."""
    chats = await read_list(runtime, identity, wanted)
    return await render.page(
        request, "chat/rows.html", here_path=PAGE, chats=chats, here=chat, chat_path=path_of
    )


@router.post("")
async def begin(
    request: Request, runtime: CurrentRuntime, identity: Reader, form: Annotated[QuestionForm, Form()]
) -> Response:  # fmt: skip
    """Begin a chat with its first question."""
    run = await service.start(
        runtime,
        identity.workspace_id,
        form.question(),
        asker=asker_of(identity),
        temporary=form.temporary,
    )
    return _begun(request, run)


@router.get("/{ai_chat}")
async def show_chat(
    request: Request, ai_chat: ChatPath, identity: Reader, wanted: Asked
) -> Response:
    """Show a chat."""
    entry = await find_chat(get_runtime(request), identity, ai_chat)
    return await _page(request, identity, wanted, focus="subject", entry=entry)


async def _page(
    request: Request, identity: Identity, wanted: Wanted, *, focus: str, entry: ChatEntry | None = None,
    temporary: bool = False,
) -> Response:  # fmt: skip
    runtime = get_runtime(request)
    chats = await read_list(runtime, identity, wanted)
    has_model = await _can_ask(runtime, identity)
    context: dict[str, object] = {
        "chats": chats, "entry": entry, "focus": focus, "has_model": has_model, "tags_of": tags_of,
        "temporary": temporary or (entry is not None and entry.expires_at is not None),
        "chat_path": path_of, "here": None if entry is None else entry.conversation.id,
    }  # fmt: skip
    if entry is not None:
        chat = entry.conversation.id
        async with runtime.db.fast.acquire(identity.workspace_id) as conn:
            context["setup"] = await service.get_setup(conn, chat)
            # The run first: an answer that ends between both is seen either as its turn or as one to read along.
            run = await service.find_run(conn, chat)
            turns = await service.last_turns(conn, chat, limit=TURNS)
            summaries = await service.list_summaries(conn, chat)
        context |= _log(request, turns, run, summaries)
    return await render.page(request, "chat/chat.html", status=200, here_path=PAGE, **context)


async def _can_ask(runtime: Runtime, identity: Identity) -> bool:
    """Whether there is a model, or an assistant, that somebody can ask."""
    if await llm.find_providers(runtime, identity.workspace_id, person=identity.actor_id):
        return True
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return bool(await service.list_assistants(conn, asker_of(identity)))


def _log(
    request: Request, turns: Sequence[Turn], run: Run | None, summaries: Sequence[Summary]
) -> dict[str, object]:
    """Return what the log of a page is given: turns, where to go on backwards, and what became of the last question."""
    asked = run is not None and any(turn.seq == run.question_seq for turn in turns)
    going = run is not None and asked and run.state in UNENDED
    running = going and run is not None and not run.is_compared
    open_question = bool(turns) and not turns[-1].is_answer and not going
    failure: BesedkaError | None = None
    if open_question and run is not None and run.question_seq == turns[-1].seq and run.failure:
        failure = service.failure_of(run.failure)
    return {
        "turns": [shown(turn) for turn in turns], "running": running, "unanswered": open_question,
        "comparing": run.question_seq if run is not None and going and run.is_compared else None,
        "earlier": turns[0].seq if turns and turns[0].parent_seq else None,
        "summaries": {each.until_seq: shown_summary(each) for each in summaries},
        "failure": words_of(locale_of(request), failure) if failure else "",
        "wait": failure.params.get("retry_after") if failure else None,
        "of_key": failure is not None and failure.code in OF_KEY,
    }  # fmt: skip


@router.get("/{ai_chat}/turns")
async def show_turns(
    request: Request, ai_chat: ChatPath, runtime: CurrentRuntime, identity: Reader,
    after: Annotated[int | None, Query(ge=0)] = None, before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:  # fmt: skip
    """Show the end of the branch: what comes after a message, or else before one, or else all that fits."""
    entry = await find_chat(runtime, identity, ai_chat)
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        run = await service.find_run(conn, entry.conversation.id)
        turns = await service.last_turns(conn, entry.conversation.id, before=before, limit=TURNS)
        summaries = await service.list_summaries(conn, entry.conversation.id)
    context = _log(request, turns, run, summaries)
    place = next((at for at, turn in enumerate(turns) if turn.parent_seq == after), None)
    if place is not None:
        context |= {"turns": [shown(turn) for turn in turns[place:]], "earlier": None}
    if before is not None:
        context |= {
            "running": False,
            "unanswered": False,
            "failure": "",
            "wait": None,
            "comparing": None,
        }
    return await render.page(
        request, "chat/turns.html", status=200, entry=entry, chat_path=path_of, after=None if place is None else after, **context
    )  # fmt: skip


@router.post("/{ai_chat}/ask")
async def ask(
    request: Request, ai_chat: ChatPath, runtime: CurrentRuntime, identity: Reader,
    form: Annotated[QuestionForm, Form()],
) -> Response:  # fmt: skip
    """Ask in a chat."""
    entry = await find_chat(runtime, identity, ai_chat)
    run = await service.ask(
        runtime, identity.workspace_id, entry, form.question(), asker=asker_of(identity)
    )
    return _begun(request, run)


@router.post("/{ai_chat}/again")
async def ask_again(
    request: Request, ai_chat: ChatPath, runtime: CurrentRuntime, identity: Reader,
    form: Annotated[AgainForm, Form()],
) -> Response:  # fmt: skip
    """Have a question answered once more."""
    entry = await find_chat(runtime, identity, ai_chat)
    run = await service.regenerate(
        runtime, identity.workspace_id, entry.conversation.id, form.seq, model=form.model, asker=asker_of(identity)
    )  # fmt: skip
    return _begun(request, run)


def _begun(request: Request, run: Run) -> Response:
    """Say where the answer can be read: a script is told, a person is sent there."""
    if wants_page(request):
        return render.redirect(request, path_of(run.conversation_id))
    return JSONResponse({"chat": str(run.conversation_id), "question_seq": run.question_seq})


@router.get("/{ai_chat}/stream")
async def follow(
    request: Request, ai_chat: ChatPath, runtime: CurrentRuntime, identity: Reader, run: UUID | None = None
) -> Response:  # fmt: skip
    """Read the last answer along, or one of several, as HTML."""
    entry = await find_chat(runtime, identity, ai_chat)
    return await streamed(request, runtime, identity.workspace_id, entry.conversation.id, only=run)
