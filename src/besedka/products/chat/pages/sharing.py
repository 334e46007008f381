"""Links to chats: made, listed and taken back; and the page that they open, for anybody."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Path, Query, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import ClientAddress, CurrentRuntime, get_runtime
from besedka.core.routing import LateRoute
from besedka.core.security.ratelimit import ANONYMOUS, HEAVY
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.deps import ChatPath
from besedka.products.chat import service
from besedka.products.chat.deps import find_chat, own_chat
from besedka.products.chat.pages.common import (
    PAGE,
    TURNS,
    Reader,
    Wanted,
    path_of,
    read_list,
    shown,
)
from besedka.products.chat.types import SHARE_DAYS, SHARED, Turn
from besedka.web import render

SHARES = f"{PAGE}/shares"

router = APIRouter(prefix=PAGE, route_class=LateRoute)
public = APIRouter(prefix=SHARED, route_class=LateRoute)


class ShareForm(BaseModel):
    """How long a link is to hold."""

    days: Annotated[int, Field(ge=1, le=max(SHARE_DAYS))] = 7


@router.get("/shares")
async def show_shares(request: Request, identity: Reader) -> Response:
    """Show all of one's own links."""
    return await _page(request, identity)


@router.get("/{ai_chat}/share")
async def show_sharing(request: Request, ai_chat: ChatPath, identity: Reader) -> Response:
    """Show the links to a chat, and what another one would open."""
    return await _page(request, identity, ai_chat)


@router.post("/{ai_chat}/share")
async def share(
    request: Request, ai_chat: ChatPath, runtime: CurrentRuntime, identity: Reader, form: Annotated[ShareForm, Form()]
) -> Response:  # fmt: skip
    """Make a link, and show it this once."""
    await runtime.limiter.hit(HEAVY, "share", str(identity.user_id))
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        entry = await own_chat(conn, identity, ai_chat)
        _, token = await service.share(conn, entry, owner=identity.actor_id, days=form.days)
    url = f"{runtime.settings.base_url}{SHARED}/{token}"
    return await _page(request, identity, ai_chat, made=url)


@router.post("/shares/{share_id}/revoke")
async def take_back(
    request: Request, share_id: UUID, runtime: CurrentRuntime, identity: Reader
) -> Response:
    """Let a link open nothing any more."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.take_back(conn, share_id, owner=identity.actor_id)
    return render.redirect(request, SHARES, flash="chat.share_gone")


async def _page(
    request: Request, identity: Identity, chat: UUID | None = None, *, made: str = ""
) -> Response:
    runtime = get_runtime(request)
    entry = None if chat is None else await find_chat(runtime, identity, chat)
    chats = await read_list(runtime, identity, Wanted())
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_shares(conn, identity.actor_id)
    shares = [each for each in found if chat is None or each.conversation_id == chat]
    return await render.page(
        request, "chat/share.html", status=200, here_path=PAGE, chat_path=path_of, chats=chats, here=chat, entry=entry,
        focus="subject", shares=shares, shares_path=SHARES, made=made, days=SHARE_DAYS,
    )  # fmt: skip


@public.get("/{token}")
async def show_shared(
    request: Request, runtime: CurrentRuntime, address: ClientAddress,
    token: Annotated[str, Path(max_length=100)], before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:  # fmt: skip
    """Show anybody who has the link what it opens: the end of it, or what comes before one of its turns."""
    await runtime.limiter.hit(ANONYMOUS, "shared", address)
    found, turns = await service.read_shared(runtime, token)
    kept = _until(turns, before)
    earlier = kept[0].seq if len(kept) < len(_until(turns, before, limit=len(turns))) else None
    response = await render.page(
        request, "chat/shared.html", status=200, share=found, turns=[shown(turn) for turn in kept], path=f"{SHARED}/{token}",
        earlier=earlier, before=before,
    )  # fmt: skip
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Cache-Control"] = "no-store"
    return response


def _until(turns: Sequence[Turn], before: int | None, *, limit: int = TURNS) -> Sequence[Turn]:
    """Return the last turns before a place, of those that have words or files."""
    said = [
        turn
        for turn in turns
        if (turn.text or turn.files) and (before is None or turn.seq < before)
    ]
    return said[-limit:] if limit else said
