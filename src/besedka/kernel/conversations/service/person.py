"""A person's own messages to take away, and what is left when they delete their account.

What they wrote in a company stays there, under "former member"; in a personal workspace it goes with the workspace.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from besedka.core.db.connection import Row, SystemConn
from besedka.core.i18n import DEFAULT_LOCALE, text
from besedka.core.module import PersonData
from besedka.kernel.conversations.repository import person as repository


async def export_person(conn: SystemConn, person: PersonData) -> Mapping[str, JsonValue]:
    """Return what a person wrote where they may still read, be it in their trash, and where; and their folders."""
    found: list[JsonValue] = []
    folders: list[JsonValue] = []
    for workspace, actor in person.places:
        rows = await repository.written_by(conn, workspace, actor)
        found.extend({"workspace": str(workspace), **_spell(row)} for row in rows)
        folders.extend(
            {"workspace": str(workspace), "id": str(row["id"]), "name": row["name"]}
            for row in await repository.folders_of(conn, workspace, actor)
        )
    return {"messages": found, "folders": folders}


def _spell(row: Row) -> dict[str, JsonValue]:
    edited = row["edited_at"]
    return {
        "chat": str(row["chat"]),
        "kind": row["kind"],
        "title": row["title"],
        "seq": row["seq"],
        "created_at": row["created_at"].isoformat(),
        "edited_at": None if edited is None else edited.isoformat(),
        "visibility": row["visibility"],
        "body": row["body"],
        "attachments": [each["name"] for each in row["attachments"] or ()],
    }


async def erase_person(conn: SystemConn, person: PersonData) -> None:
    """Take a person's name out of what quotes them; their actor loses it by itself."""
    name = text(DEFAULT_LOCALE, "accounts.former")
    for workspace, actor in person.places:
        await repository.forget_name(conn, workspace, actor, name=name)
