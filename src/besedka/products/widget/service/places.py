"""Widgets: making them, finding them by their public key, and the sites they may be used on."""

import secrets
from urllib.parse import urlsplit

from besedka.core.db.orm import Session as OrmSession
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.products.widget.errors import OriginNotAllowed, WidgetNotFound
from besedka.products.widget.models import Widget
from besedka.products.widget.repository import PublicWidgets, WidgetRepository
from besedka.products.widget.types import Place

KEY_BYTES = 12
DEFAULT_ACCENT = "#2f6249"
LONGEST_KEY = 64


async def find_place(runtime: Runtime, public_key: str, origin: str | None) -> Place:
    """Return the widget of a public key for a page of an origin. Raises WidgetNotFound, OriginNotAllowed."""
    async with runtime.db.system.acquire() as conn:
        found = await PublicWidgets(conn).find(public_key[:LONGEST_KEY])
    if found is None:
        raise WidgetNotFound
    if origin is not None and not _allowed(runtime, found, origin):
        raise OriginNotAllowed(origin=origin[:200])
    return found


def _allowed(runtime: Runtime, place: Place, origin: str) -> bool:
    """An empty list allows every site; our own pages are always allowed."""
    own = urlsplit(runtime.settings.base_url).netloc
    asked = urlsplit(origin.lower())
    if not place.allowed_origins or asked.netloc == own:
        return True
    return any(origin.lower().rstrip("/") == each.rstrip("/") for each in place.allowed_origins)


async def first_place(runtime: Runtime, workspace_slug: str | None) -> Place | None:
    """Return the widget that the demo page shows: the first of a workspace, or of the installation."""
    async with runtime.db.system.acquire() as conn:
        return await PublicWidgets(conn).oldest(workspace_slug)


def create_widget(
    session: OrmSession,
    workspace: WorkspaceId,
    assistant_id: ActorId,
    *,
    name: str,
    accent: str = DEFAULT_ACCENT,
) -> Widget:
    """Make a widget for an assistant."""
    made = Widget(
        workspace_id=workspace, id=new_id(), public_key=secrets.token_urlsafe(KEY_BYTES), assistant_id=assistant_id,
        name=name, accent=accent, allowed_origins=[],
    )  # fmt: skip
    WidgetRepository(session, workspace).add(made)
    return made


async def widgets_of(
    session: OrmSession, workspace: WorkspaceId, assistant_id: ActorId
) -> list[Widget]:
    """Return an assistant's widgets, oldest first."""
    return await WidgetRepository(session, workspace).of_assistant(assistant_id)
