"""Saved views of the list."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import JsonValue

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.errors import Forbidden
from besedka.core.module import PersonData
from besedka.kernel.conversations.types import Caller
from besedka.products.inbox.errors import TooManyViews, ViewNotFound
from besedka.products.inbox.repository.views import ViewRepository, views_of_person
from besedka.products.inbox.types import MANAGES, MOST_VIEWS, SavedView


async def export_person(conn: SystemConn, person: PersonData) -> Mapping[str, JsonValue]:
    """Return the views that a person saved, and where."""
    rows = await views_of_person(conn, person.actors)
    return {
        "views": [
            {
                "workspace": str(row["workspace_id"]),
                "name": row["name"],
                "is_shared": row["is_shared"],
                "query": row["query"],
            }
            for row in rows
        ]
    }


async def list_views(conn: TenantConn, caller: Caller) -> list[SavedView]:
    """Return the views that somebody sees, by name."""
    return await ViewRepository(conn, caller.actor_id).all()


async def save_view(conn: TenantConn, caller: Caller, view: SavedView) -> SavedView:
    """Store a view, new or changed. Raises TooManyViews; Forbidden for a colleague's shared one."""
    views = ViewRepository(conn, caller.actor_id)
    known = await views.find(view.id)
    if known is not None:
        _check_may_change(known, caller)
    elif len(await views.all()) >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    await views.save(view)
    return view


async def delete_view(conn: TenantConn, caller: Caller, view: UUID) -> None:
    """Delete a view of one's own, or as a manager a shared one. Raises ViewNotFound, Forbidden."""
    views = ViewRepository(conn, caller.actor_id)
    known = await views.find(view)
    if known is None:
        raise ViewNotFound
    _check_may_change(known, caller)
    await views.delete(view)


def _check_may_change(view: SavedView, caller: Caller) -> None:
    if view.owner_id != caller.actor_id and not caller.may(MANAGES):
        raise Forbidden
