"""An assistant's widgets: making them and changing how they look."""

import secrets
from typing import TYPE_CHECKING, cast

from besedka.core.db.orm import Session as OrmSession
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.module import load
from besedka.core.runtime import Runtime
from besedka.kernel.answers.types import Assistant
from besedka.products.widget.errors import WidgetNotFound
from besedka.products.widget.types import Look, Place

if TYPE_CHECKING:
    from besedka.products.widget.models import Widget
    from besedka.products.widget.repository.settings import WidgetRepository

KEY_BYTES = 12
DEFAULT_ACCENT = "#2f6249"


def _widgets(session: OrmSession, workspace: WorkspaceId) -> "WidgetRepository":
    """Open the repository; SQLAlchemy is loaded with it."""
    made = load("besedka.products.widget.repository.settings").WidgetRepository(session, workspace)
    return cast("WidgetRepository", made)


def create_widget(
    session: OrmSession,
    workspace: WorkspaceId,
    assistant_id: ActorId,
    *,
    name: str,
    accent: str = DEFAULT_ACCENT,
) -> "Widget":
    """Make a widget for an assistant."""
    return _widgets(session, workspace).add(
        new_id(),
        {
            "public_key": secrets.token_urlsafe(KEY_BYTES), "assistant_id": assistant_id, "name": name,
            "accent": accent, "allowed_origins": [],
        },
    )  # fmt: skip


async def ensure_widget(
    session: OrmSession, workspace: WorkspaceId, assistant_id: ActorId, *, name: str
) -> "Widget":
    """Return an assistant's first widget, making it when there is none.

    The first one has the assistant's id, so however many ask at once, one is made.
    """
    repository = _widgets(session, workspace)
    known = await repository.of_assistant(assistant_id)
    if known:
        return known[0]
    await repository.ensure(
        assistant_id,
        {
            "public_key": secrets.token_urlsafe(KEY_BYTES), "assistant_id": assistant_id, "name": name,
            "accent": DEFAULT_ACCENT, "allowed_origins": [],
        },
    )  # fmt: skip
    return (await repository.of_assistant(assistant_id))[0]


async def place_of(runtime: Runtime, workspace: WorkspaceId, who: Assistant) -> Place:
    """Return an assistant's first widget, making it when it is not there yet."""
    async with runtime.db.orm.session(workspace) as session:
        widget = await ensure_widget(session, workspace, who.id, name=who.name)
        return Place(
            workspace_id=workspace, id=widget.id, assistant_id=who.id, name=widget.name, accent=widget.accent,
            allowed_origins=tuple(widget.allowed_origins), public_key=widget.public_key,
        )  # fmt: skip


async def change_look(
    runtime: Runtime, workspace: WorkspaceId, assistant_id: ActorId, look: Look
) -> None:
    """Change name, colour and sites of an assistant's first widget. Raises WidgetNotFound."""
    async with runtime.db.orm.session(workspace) as session:
        found = await widgets_of(session, workspace, assistant_id)
        if not found:
            raise WidgetNotFound
        found[0].name, found[0].accent = look.name, look.accent
        found[0].allowed_origins = list(look.allowed_origins)


async def widgets_of(
    session: OrmSession, workspace: WorkspaceId, assistant_id: ActorId
) -> "list[Widget]":
    """Return an assistant's widgets, oldest first."""
    return await _widgets(session, workspace).of_assistant(assistant_id)
