"""What the pages of chats with models share: who looks, the list beside everything, and turns as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query
from markupsafe import Markup
from pydantic import BaseModel, Field

from besedka.core import markup
from besedka.core.i18n import has_text
from besedka.core.pagination import read_moment
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import ACT, Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import (
    LONGEST_QUERY,
    ChatEntry,
    ChatFilter,
    ConversationId,
    Folder,
    Kind,
    Place,
)
from besedka.products.chat.schemas import TurnRead, shown_turn
from besedka.products.chat.types import Turn

PAGE: Final = "/dashboard/chat"
ROWS: Final = 40
TURNS: Final = 30
MOST_FOUND: Final = 200
"""The newest messages with the words whose chats are listed."""

Reader = Annotated[Identity, Depends(require_on_page(ACT))]


class Wanted(BaseModel):
    """Which chats the list shows."""

    place: Place = Place.ACTIVE
    q: Annotated[str, Field(max_length=LONGEST_QUERY)] = ""
    tag: Annotated[str, Field(max_length=60)] = ""
    favorite: bool = False
    folder: UUID | None = None
    before: Annotated[str, Field(max_length=80)] = ""

    def query(self, **changes: object) -> str:
        """Return it as the end of an address, with some of it changed; the place in the list is not part of it."""
        values = {**self.model_dump(mode="json", exclude={"before"}), **changes}
        standing = Wanted().model_dump(mode="json")
        kept = {key: value for key, value in values.items() if value and value != standing.get(key)}
        return f"?{urlencode(kept)}" if kept else ""


Asked = Annotated[Wanted, Query()]


@dataclass(frozen=True, slots=True)
class Chats:
    """The list: its rows, the tags that they have, how to go on, and the reader's folders."""

    rows: Sequence[ChatEntry]
    tags: Sequence[str]
    wanted: Wanted
    next_query: str
    folders: Sequence[Folder]

    @property
    def folder(self) -> Folder | None:
        """The folder that is shown, if one is."""
        return next((each for each in self.folders if each.id == self.wanted.folder), None)


async def read_list(runtime: Runtime, identity: Identity, wanted: Wanted) -> Chats:
    """Return the caller's chats with models that are wanted. Raises InvalidInput."""
    cursor = None
    if wanted.before:
        moment, chat = read_moment(wanted.before, field="before")
        cursor = conversations.Cursor(moment, ConversationId(chat))
    found = await _found(runtime, identity, wanted)
    asked = ChatFilter(
        kinds=(Kind.AI,), place=wanted.place, tag=wanted.tag or None, favorite=wanted.favorite or None,
        folder=wanted.folder, text=wanted.q.strip(), found=found,
    )  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        rows = await conversations.list_conversations(
            conn, identity.actor_id, asked, before=cursor, limit=ROWS + 1
        )
        folders = await conversations.list_folders(conn, identity.actor_id)
    further = ""
    if len(rows) > ROWS:
        last = rows[ROWS - 1].conversation
        further = wanted.query(
            before=f"{(last.last_message_at or last.created_at).isoformat()}~{last.id}"
        )
    shown = rows[:ROWS]
    tags = sorted({tag for row in shown for tag in tags_of(row)})
    return Chats(shown, tags, wanted, further, folders)


async def _found(runtime: Runtime, identity: Identity, wanted: Wanted) -> Sequence[ConversationId]:
    text = wanted.q.strip()
    if not text or wanted.place is Place.TRASH:
        return []
    search = conversations.Search(text=text, limit=MOST_FOUND)
    results = await conversations.search_messages(runtime, identity.workspace_id, identity, search)
    return [each.message.conversation_id for each in results.found]


def tags_of(entry: ChatEntry) -> Sequence[str]:
    """Return a chat's tags."""
    tags = entry.conversation.meta.get("tags", [])
    return [str(tag) for tag in tags] if isinstance(tags, list) else []


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A turn on a page: what the API says of it, an answer's HTML, and the versions beside it."""

    turn: TurnRead
    html: Markup
    at: int
    """Which of its versions it is, from 1."""
    before: int | None
    after: int | None
    failure: str
    """The key of the sentence on why it broke off."""


def shown(turn: Turn) -> ShownTurn:
    """Return a turn as a page shows it."""
    read = shown_turn(turn)
    at = read.siblings.index(read.seq) if read.seq in read.siblings else 0
    html = markup.answer_to_html(turn.text) if turn.is_answer else Markup("")
    return ShownTurn(
        turn=read, html=html, at=at + 1, before=read.siblings[at - 1] if at else None,
        after=read.siblings[at + 1] if at + 1 < len(read.siblings) else None,
        failure=key if read.failure and has_text(key := f"errors.{read.failure}") else "",
    )  # fmt: skip


def path_of(chat: UUID) -> str:
    """Return where a chat's page is."""
    return f"{PAGE}/{chat}"
