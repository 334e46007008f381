"""Widgets: making them, finding them by their public key, and the sites they may be used on."""

import re
import secrets
from urllib.parse import urlsplit

from besedka.core.db.orm import Session as OrmSession
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.answers.types import Assistant
from besedka.products.widget.errors import OriginNotAllowed, WidgetNotFound
from besedka.products.widget.models import Widget
from besedka.products.widget.repository import PublicWidgets, WidgetRepository
from besedka.products.widget.types import Look, Place

KEY_BYTES = 12
DEFAULT_ACCENT = "#2f6249"
LONGEST_KEY = 64
_HOST = re.compile(r"(?=.{1,253}\Z)(?!-)[\w-]{1,63}(\.[\w-]{1,63})*")


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


async def first_place(
    runtime: Runtime, workspace_slug: str | None, public_key: str = ""
) -> Place | None:
    """Return the widget that the demo page shows: of a key, or the first of a workspace, or of the installation."""
    async with runtime.db.system.acquire() as conn:
        widgets = PublicWidgets(conn)
        if public_key:
            return await widgets.find(public_key[:LONGEST_KEY])
        return await widgets.oldest(workspace_slug)


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


async def ensure_widget(
    session: OrmSession, workspace: WorkspaceId, assistant_id: ActorId, *, name: str
) -> Widget:
    """Return an assistant's first widget, making it when there is none.

    The first one has the assistant's id, so however many ask at once, one is made.
    """
    repository = WidgetRepository(session, workspace)
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


def origin_of(address: str) -> str | None:
    """Return the origin of what a person typed as a site: a name, an address, a page; None when it is no site."""
    whole = address.strip().lower()
    try:
        parts = urlsplit(whole if "://" in whole else f"https://{whole}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or not _HOST.fullmatch(host):
        return None
    name = host.encode("idna").decode()
    return f"{parts.scheme}://{name}" + (f":{port}" if port else "")


async def widgets_of(
    session: OrmSession, workspace: WorkspaceId, assistant_id: ActorId
) -> list[Widget]:
    """Return an assistant's widgets, oldest first."""
    return await WidgetRepository(session, workspace).of_assistant(assistant_id)
