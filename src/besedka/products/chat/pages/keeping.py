"""What is done with a whole chat: named, marked, put away, deleted, had back."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.deps import ChatPath
from besedka.kernel.conversations.errors import ChatNotFound
from besedka.kernel.conversations.types import LONGEST_TITLE, ChatEntry, ConversationId
from besedka.products.chat import service
from besedka.products.chat.deps import chat_id, own_chat
from besedka.products.chat.pages.common import PAGE, Reader, path_of
from besedka.products.chat.types import (
    LONGEST_INSTRUCTIONS,
    LONGEST_SUMMARY,
    LONGEST_TAG,
    MOST_TAGS,
)
from besedka.web import render

router = APIRouter(prefix=PAGE, route_class=LateRoute)

Deed = Literal["star", "unstar", "archive", "unarchive", "trash", "restore", "delete", "close"]


class AboutForm(BaseModel):
    """A chat's name, its tags with commas between them, its folder ("": none), and its instructions."""

    title: Annotated[str, Field(max_length=LONGEST_TITLE)] = ""
    tags: Annotated[str, Field(max_length=MOST_TAGS * (LONGEST_TAG + 2))] = ""
    folder: UUID | Literal[""] | None = None
    instructions: Annotated[str, Field(max_length=LONGEST_INSTRUCTIONS)] = ""

    def tag_list(self) -> list[str]:
        """Return the tags, each once."""
        return [*service.tidy_tags(self.tags.split(","))]


@router.post("/{ai_chat}/about")
async def change_about(
    request: Request, ai_chat: ChatPath, runtime: CurrentRuntime, identity: Reader,
    form: Annotated[AboutForm, Form()],
) -> Response:  # fmt: skip
    """Change name, tags, folder and instructions."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        entry = await own_chat(conn, identity, ai_chat)
        await conversations.change_chat(
            runtime, conn, entry, title=form.title.strip(), tags=form.tag_list()
        )
        if form.folder is not None:
            await conversations.put_into_folder(
                conn, entry, actor=identity.actor_id, folder=form.folder or None
            )
        await service.change_setup(
            conn, entry.conversation.id, model=None, instructions=form.instructions.strip()
        )
    return render.redirect(request, path_of(ai_chat), flash="chat.saved")


class SummaryForm(BaseModel):
    """What a summary is to say."""

    body: Annotated[str, Field(max_length=LONGEST_SUMMARY)] = ""


@router.post("/{ai_chat}/summaries/{seq}")
async def rewrite_summary(
    request: Request, ai_chat: ChatPath, seq: int, runtime: CurrentRuntime, identity: Reader,
    form: Annotated[SummaryForm, Form()],
) -> Response:  # fmt: skip
    """Let a summary say something else."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        place = await chat_id(conn, identity, ai_chat)
        await service.rewrite(conn, place, seq, body=form.body)
    return render.redirect(request, path_of(ai_chat), flash="chat.saved")


@router.post("/{ai_chat}/summaries/{seq}/again")
async def sum_up_again(
    request: Request, ai_chat: ChatPath, seq: int, runtime: CurrentRuntime, identity: Reader
) -> Response:
    """Have a summary made anew."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        place = await chat_id(conn, identity, ai_chat)
    await service.again(runtime, identity.workspace_id, place, seq, asker=identity.actor_id)
    return render.redirect(request, path_of(ai_chat), flash="chat.summary_coming")


@router.post("/{ai_chat}/deed/{keeping}")
async def do_deed(
    request: Request, ai_chat: ChatPath, keeping: Deed, runtime: CurrentRuntime, identity: Reader
) -> Response:
    """Mark a chat, put it away, delete it, or take that back."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await _do(runtime, conn, identity, ai_chat, deed=keeping)
    return render.redirect(request, _next(ai_chat, keeping), flash=f"chat.did_{keeping}")


async def _do(
    runtime: Runtime, conn: TenantConn, identity: Identity, chat: UUID, *, deed: Deed
) -> None:
    actor = identity.actor_id
    match deed:
        case "star" | "unstar":
            entry = await own_chat(conn, identity, chat)
            await conversations.mark_chat(conn, entry, actor=actor, favorite=deed == "star")
        case "archive" | "unarchive":
            entry = await own_chat(conn, identity, chat)
            await conversations.mark_chat(conn, entry, actor=actor, archived=deed == "archive")
        case "trash":
            entry = await own_chat(conn, identity, chat)
            await conversations.trash_chat(runtime, conn, entry)
        case "restore":
            await conversations.restore_chat(runtime, conn, ConversationId(chat), actor=actor)
        case "close":
            await _close(runtime, conn, await own_chat(conn, identity, chat))
        case "delete":
            entry = await conversations.get_trashed(conn, ConversationId(chat), actor=actor)
            await conversations.delete_conversation(runtime, conn, entry)


async def _close(runtime: Runtime, conn: TenantConn, entry: ChatEntry) -> None:
    """Delete a temporary chat for good. Raises ChatNotFound for one that is kept."""
    if entry.expires_at is None:
        raise ChatNotFound
    await service.stop(runtime, conn, entry.conversation.id)
    await conversations.delete_conversation(runtime, conn, entry)


def _next(chat: UUID, deed: Deed) -> str:
    match deed:
        case "trash" | "archive" | "close":
            return PAGE
        case "delete":
            return f"{PAGE}?place=trash"
        case _:
            return path_of(chat)
