"""The prompt library: finding, using, keeping and changing prompts."""

from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentRuntime, get_runtime
from besedka.core.errors import BesedkaError, NotFound
from besedka.core.i18n import locale_of
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.types import Identity
from besedka.products.chat import service
from besedka.products.chat.deps import asker_of
from besedka.products.chat.pages.common import PAGE, Reader, path_of
from besedka.products.chat.types import (
    LONGEST_PROMPT,
    LONGEST_PROMPT_NAME,
    LONGEST_TAG,
    MOST_TAGS,
    Prompt,
    PromptChange,
    PromptsWanted,
)
from besedka.products.chat.types import Asked as Question
from besedka.web import render

PROMPTS: Final = f"{PAGE}/prompts"
ROWS: Final = 50

router = APIRouter(prefix=PROMPTS, route_class=LateRoute)


class Looked(BaseModel):
    """Which prompts the page shows."""

    q: Annotated[str, Field(max_length=200)] = ""
    tag: Annotated[str, Field(max_length=LONGEST_TAG)] = ""
    after: UUID | None = None

    def wanted(self) -> PromptsWanted:
        """Return it as the service takes it."""
        return PromptsWanted(
            text=self.q.strip(), tag=self.tag or None, after=self.after, limit=ROWS + 1
        )

    def query(self, **changes: str) -> str:
        """Return it as the end of an address, with some of it changed."""
        values = {"q": self.q, "tag": self.tag, **changes}
        kept = {key: value for key, value in values.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


class PromptForm(BaseModel):
    """The form of a prompt, its tags with commas between them."""

    name: Annotated[str, Field(max_length=LONGEST_PROMPT_NAME)] = ""
    body: Annotated[str, Field(max_length=LONGEST_PROMPT)] = ""
    tags: Annotated[str, Field(max_length=MOST_TAGS * (LONGEST_TAG + 2))] = ""
    shared: bool = False

    def change(self) -> PromptChange:
        """Return it as the service takes it."""
        return PromptChange(
            name=self.name, body=self.body, tags=tuple(self.tags.split(",")), shared=self.shared
        )


Given = Annotated[PromptForm, Form()]


@router.get("")
async def show_prompts(
    request: Request, identity: Reader, looked: Annotated[Looked, Query()]
) -> Response:
    """Show the library."""
    return await _library(request, identity, looked, PromptForm())


async def _library(
    request: Request, identity: Identity, looked: Looked, form: PromptForm, failure: BesedkaError | None = None
) -> Response:  # fmt: skip
    async with get_runtime(request).db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_prompts(conn, identity, looked.wanted())
        tags = await service.prompt_tags(conn, identity)
    further = looked.query(after=str(found[ROWS - 1].id)) if len(found) > ROWS else ""
    return await render.page(
        request, "chat/prompts.html", status=failure.status if failure else 200, path=PROMPTS, chats_path=PAGE,
        prompts=found[:ROWS], tags=tags, looked=looked, form=form, next_query=further, mine=identity.actor_id,
        failure=words_of(locale_of(request), failure) if failure else "",
    )  # fmt: skip


@router.post("")
async def add_prompt(
    request: Request, runtime: CurrentRuntime, identity: Reader, form: Given
) -> Response:
    """Keep a prompt."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.create_prompt(conn, identity, form.change())
    except BesedkaError as error:
        return await _library(request, identity, Looked(), form, error)
    return render.redirect(request, PROMPTS, flash="chat.prompt_saved")


@router.get("/{ai_prompt}")
async def show_prompt(
    request: Request, ai_prompt: UUID, runtime: CurrentRuntime, identity: Reader
) -> Response:
    """Show a prompt: to ask it, and to change it for whoever may."""
    return await _prompt(request, identity, await _find(runtime, identity, ai_prompt))


async def _find(runtime: CurrentRuntime, identity: Identity, prompt: UUID) -> Prompt:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return await service.get_prompt(conn, identity, prompt)


async def _prompt(
    request: Request, identity: Identity, found: Prompt, form: PromptForm | None = None, *,
    failure: BesedkaError | None = None, values: list[str] | None = None,
) -> Response:  # fmt: skip
    shown = form or PromptForm(
        name=found.name, body=found.body, tags=", ".join(found.tags), shared=found.shared
    )
    return await render.page(
        request, "chat/prompt.html", status=failure.status if failure else 200, path=PROMPTS, prompt=found, form=shown,
        may_change=service.may_change(identity, found), variables=service.variables_in(found.body), values=values or [],
        failure=words_of(locale_of(request), failure) if failure else "",
    )  # fmt: skip


@router.post("/{ai_prompt}")
async def save_prompt(
    request: Request, ai_prompt: UUID, runtime: CurrentRuntime, identity: Reader, form: Given
) -> Response:
    """Change a prompt."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.change_prompt(conn, identity, ai_prompt, given=form.change())
    except NotFound:
        raise
    except BesedkaError as error:
        found = await _find(runtime, identity, ai_prompt)
        return await _prompt(request, identity, found, form, failure=error)
    return render.redirect(request, PROMPTS, flash="chat.prompt_saved")


@router.post("/{ai_prompt}/delete")
async def delete_prompt(
    request: Request, ai_prompt: UUID, runtime: CurrentRuntime, identity: Reader
) -> Response:
    """Delete a prompt."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_prompt(conn, identity, ai_prompt)
    return render.redirect(request, PROMPTS, flash="chat.prompt_deleted")


@router.post("/{ai_prompt}/ask")
async def ask_prompt(
    request: Request, ai_prompt: UUID, runtime: CurrentRuntime, identity: Reader,
    value: Annotated[list[Annotated[str, Field(max_length=LONGEST_PROMPT)]] | None, Form(max_length=200)] = None,
) -> Response:  # fmt: skip
    """Begin a chat with a prompt as its first question; the values come in the order of its variables."""
    found = await _find(runtime, identity, ai_prompt)
    given = value or []
    names = [each.name for each in service.variables_in(found.body)]
    try:
        async with runtime.db.fast.acquire(identity.workspace_id) as conn:
            words = await service.fill_prompt(
                conn, identity, ai_prompt, values=dict(zip(names, given, strict=False))
            )
        run = await service.start(
            runtime, identity.workspace_id, Question(content=words), asker=asker_of(identity)
        )
    except NotFound:
        raise
    except BesedkaError as error:
        return await _prompt(request, identity, found, failure=error, values=given)
    return render.redirect(request, path_of(run.conversation_id))
