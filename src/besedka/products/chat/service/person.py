"""What chats with models hold of one person, besides their words, which conversations give."""

from collections.abc import Mapping

from pydantic import JsonValue

from besedka.core.db.connection import Row, SystemConn
from besedka.core.ids import WorkspaceId
from besedka.core.module import PersonData
from besedka.products.chat import repository


async def export_person(conn: SystemConn, person: PersonData) -> Mapping[str, JsonValue]:
    """Return how a person's own chats are answered, those in the trash too."""
    found: list[JsonValue] = []
    for workspace, actor in person.places:
        rows = await repository.setups_of(conn, workspace, actor)
        found.extend(_spell(workspace, row) for row in rows)
    return {"chats": found}


async def erase_person(conn: SystemConn, person: PersonData) -> None:
    """Let no link of a person's open anything any more."""
    for workspace, actor in person.places:
        await repository.forget_shares(conn, workspace, actor)


def _spell(workspace: WorkspaceId, row: Row) -> dict[str, JsonValue]:
    return {
        "workspace": str(workspace),
        "chat": str(row["id"]),
        "title": row["title"],
        "model": row["model"],
        "instructions": row["instructions"],
        "in_trash": row["trashed_at"] is not None,
    }
