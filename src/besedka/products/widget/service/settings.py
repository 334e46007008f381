"""An assistant's widgets: making them, changing them, and the secret that signs who their visitors are."""

import secrets
from typing import TYPE_CHECKING, cast
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.db.orm import Session as OrmSession
from besedka.core.ids import ActorId, WorkspaceId, new_id, new_token
from besedka.core.module import load
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant
from besedka.kernel.audit import service as audit
from besedka.products.widget.errors import WidgetNotFound
from besedka.products.widget.repository.visits import TenantWidgets
from besedka.products.widget.service.places import find_by_id
from besedka.products.widget.types import Look, Options, Place

if TYPE_CHECKING:
    from besedka.products.widget.models import Widget
    from besedka.products.widget.repository.settings import WidgetRepository

KEY_BYTES = 12
DEFAULT_ACCENT = "#2f6249"


def secret_place(workspace: WorkspaceId, widget_id: UUID) -> str:
    """Return what a widget's secret is sealed for."""
    return f"{workspace}/widget/{widget_id}/identity_secret"


def _widgets(session: OrmSession, workspace: WorkspaceId) -> "WidgetRepository":
    """Open the repository; SQLAlchemy is loaded with it."""
    made = load("besedka.products.widget.repository.settings").WidgetRepository(session, workspace)
    return cast("WidgetRepository", made)


def _values(assistant_id: ActorId, *, name: str, accent: str = DEFAULT_ACCENT) -> dict[str, object]:
    return {
        "public_key": secrets.token_urlsafe(KEY_BYTES), "assistant_id": assistant_id, "name": name,
        "accent": accent, "allowed_origins": [],
    }  # fmt: skip


def create_widget(
    session: OrmSession,
    workspace: WorkspaceId,
    assistant_id: ActorId,
    *,
    name: str,
    accent: str = DEFAULT_ACCENT,
) -> "Widget":
    """Make a widget for an assistant."""
    values = _values(assistant_id, name=name, accent=accent)
    return _widgets(session, workspace).add(new_id(), values)


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
    await repository.ensure(assistant_id, _values(assistant_id, name=name))
    return (await repository.of_assistant(assistant_id))[0]


async def place_of(runtime: Runtime, workspace: WorkspaceId, who: Assistant) -> Place:
    """Return an assistant's first widget, making it when it is not there yet."""
    async with runtime.db.orm.session(workspace) as session:
        return _shown(await ensure_widget(session, workspace, who.id, name=who.name))


async def places_of(runtime: Runtime, workspace: WorkspaceId, who: Assistant) -> list[Place]:
    """Return an assistant's widgets, oldest first; the first is made when it is not there yet."""
    async with runtime.db.orm.session(workspace) as session:
        await ensure_widget(session, workspace, who.id, name=who.name)
        return [_shown(each) for each in await widgets_of(session, workspace, who.id)]


async def list_places(runtime: Runtime, workspace: WorkspaceId) -> list[Place]:
    """Return all widgets of a workspace, oldest first."""
    async with runtime.db.orm.session(workspace) as session:
        return [_shown(each) for each in await _widgets(session, workspace).all()]


def _shown(widget: "Widget") -> Place:
    return Place(
        workspace_id=WorkspaceId(widget.workspace_id), id=widget.id, assistant_id=ActorId(widget.assistant_id),
        name=widget.name, accent=widget.accent, allowed_origins=tuple(widget.allowed_origins),
        public_key=widget.public_key, options=Options.model_validate(widget.options or {}),
        identity_secret=widget.identity_secret, seen_origin=widget.seen_origin, seen_at=widget.seen_at,
    )  # fmt: skip


async def get_place(runtime: Runtime, workspace: WorkspaceId, widget_id: UUID) -> Place:
    """Return a widget of a workspace. Raises WidgetNotFound."""
    async with runtime.db.orm.session(workspace) as session:
        return _shown(await _get(session, workspace, widget_id))


async def _get(session: OrmSession, workspace: WorkspaceId, widget_id: UUID) -> "Widget":
    found = await _widgets(session, workspace).find(widget_id)
    if found is None:
        raise WidgetNotFound
    return found


async def add_place(
    runtime: Runtime, workspace: WorkspaceId, assistant_id: ActorId, *, name: str
) -> Place:
    """Make another widget for an assistant. Raises AssistantNotFound."""
    async with runtime.db.fast.acquire(workspace) as conn:
        await answers.get_assistant(conn, assistant_id)
    async with runtime.db.orm.session(workspace) as session:
        made = create_widget(session, workspace, assistant_id, name=name)
        await session.flush()
        await session.refresh(made)
        return _shown(made)


async def change_look(
    runtime: Runtime, workspace: WorkspaceId, assistant_id: ActorId, look: Look
) -> None:
    """Change name, colour and sites of an assistant's first widget. Raises WidgetNotFound."""
    async with runtime.db.orm.session(workspace) as session:
        found = await widgets_of(session, workspace, assistant_id)
        if not found:
            raise WidgetNotFound
        _apply(found[0], look)


def _apply(widget: "Widget", look: Look) -> None:
    widget.name, widget.accent = look.name, look.accent
    widget.allowed_origins = list(look.allowed_origins)


async def change_place(
    runtime: Runtime, workspace: WorkspaceId, widget_id: UUID, *, look: Look, options: Options
) -> Place:
    """Change how a widget looks and what it does. Raises WidgetNotFound."""
    async with runtime.db.orm.session(workspace) as session:
        found = await _get(session, workspace, widget_id)
        _apply(found, look)
        found.options = options.model_dump(mode="json")
        return _shown(found)


async def delete_place(
    runtime: Runtime, workspace: WorkspaceId, widget_id: UUID, *, by: ActorId
) -> None:
    """Delete a widget: its line stops working at once, its dialogs stay. Raises WidgetNotFound."""
    async with runtime.db.fast.transaction(workspace) as conn:
        await _note(conn, "widget.delete", await find_by_id(conn, widget_id), by=by)
        await TenantWidgets(conn).delete(widget_id)


async def rotate_secret(
    runtime: Runtime, workspace: WorkspaceId, widget_id: UUID, *, by: ActorId
) -> str:
    """Make a new secret for signing visitors and return it, this once; what the former one vouched for ends.

    Raises WidgetNotFound.
    """
    secret = new_token()
    sealed = runtime.secrets.seal(secret, secret_place(workspace, widget_id))
    async with runtime.db.fast.transaction(workspace) as conn:
        await _note(conn, "widget.secret", await find_by_id(conn, widget_id), by=by)
        await TenantWidgets(conn).set_secret(widget_id, sealed)
    return secret


async def _note(conn: TenantConn, action: str, place: Place, *, by: ActorId) -> None:
    await audit.record(
        conn, actor_id=by, action=action, target_type="widget", target_id=place.id, detail={"name": place.name}
    )  # fmt: skip


async def widgets_of(
    session: OrmSession, workspace: WorkspaceId, assistant_id: ActorId
) -> "list[Widget]":
    """Return an assistant's widgets, oldest first."""
    return await _widgets(session, workspace).of_assistant(assistant_id)
