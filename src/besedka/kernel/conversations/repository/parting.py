"""Contacts who turn out to be two after all: what went over to one of them goes back.

Locks as in merging: contacts in the order of their ids, then conversations in the order of theirs.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from pydantic import JsonValue

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.repository.contacts import CONTACT, contact_of
from besedka.kernel.conversations.types import Contact, ConversationId, Merged

_SINCE = "k.merged_at > now() - $3::interval AND k.merged_was ? 'after'"

_PLACES = """
WITH c AS (
  UPDATE conversation SET members_epoch = members_epoch + 1, mod = mod + 1
  WHERE workspace_id = $1 AND id = ANY($4::uuid[]) RETURNING id
), again AS (
  INSERT INTO participant SELECT was.* FROM jsonb_populate_recordset(NULL::participant, $5) was
  JOIN c ON c.id = was.conversation_id WHERE was.workspace_id = $1 AND was.actor_id = $3
  ON CONFLICT DO NOTHING RETURNING conversation_id
)
UPDATE participant p SET actor_id = $3 FROM c
WHERE p.workspace_id = $1 AND p.conversation_id = c.id AND p.actor_id = $2
  AND p.conversation_id NOT IN (
    SELECT conversation_id FROM jsonb_populate_recordset(NULL::participant, $5))
"""

_OPEN = """
UPDATE contact SET merged_into = CASE WHEN id = $3 THEN NULL ELSE $3::uuid END,
  merged_was = CASE WHEN id = $3 THEN NULL ELSE merged_was END, merged_at = CASE WHEN id = $3 THEN NULL ELSE merged_at END
WHERE workspace_id = $1 AND merged_into = $2 AND id = ANY($4::uuid[])
"""


def fields_of(contact: Contact) -> dict[str, JsonValue]:
    """Return what a contact is, to be compared with what it becomes."""
    blocked = contact.blocked_at.isoformat() if contact.blocked_at else None
    return {
        "name": contact.name, "email": contact.email, "phone": contact.phone, "locale": contact.locale,
        "note": contact.note, "meta": dict(contact.meta), "blocked": blocked,
    }  # fmt: skip


class PartingRepository:
    """Takes contacts apart again."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def merged(self, survivor: ActorId, *, kept_for: timedelta) -> list[Merged]:
        """Return the contacts that were merged into one of late, the latest first, each as it was."""
        rows = await self._conn.fetch(
            f"SELECT {CONTACT}, k.merged_at FROM contact k WHERE k.workspace_id = $1 AND k.merged_into = $2"
            f" AND {_SINCE} ORDER BY k.merged_at DESC, k.id",
            self._conn.workspace, survivor, kept_for,
        )  # fmt: skip
        return [
            Merged(contact_of(row), row["merged_at"], row["merged_at"] + kept_for) for row in rows
        ]

    async def lock(self, survivor: ActorId, merged: ActorId) -> list[Contact]:
        """Lock both contacts, in the order of their ids, and return those that are there."""
        rows = await self._conn.fetch(
            f"SELECT {CONTACT} FROM contact k WHERE k.workspace_id = $1 AND k.id = ANY($2::uuid[])"
            " ORDER BY k.id FOR UPDATE",
            self._conn.workspace, [survivor, merged],
        )  # fmt: skip
        return [contact_of(row) for row in rows]

    async def find_was(
        self, survivor: ActorId, merged: ActorId, *, kept_for: timedelta
    ) -> Mapping[str, JsonValue] | None:
        """Return what went over when a contact was merged; None when it was not, or too long ago."""
        found: Mapping[str, JsonValue] | None = await self._conn.fetchval(
            "SELECT k.merged_was FROM contact k WHERE k.workspace_id = $1 AND k.merged_into = $2"
            f" AND k.id = $4 AND {_SINCE}",
            self._conn.workspace, survivor, kept_for, merged,
        )  # fmt: skip
        return found

    async def part(
        self, survivor: ActorId, merged: ActorId, *, was: Mapping[str, JsonValue], chats: Sequence[ConversationId]
    ) -> None:  # fmt: skip
        """Give identities, places and other names back that went over; what came since stays with the survivor."""
        workspace = self._conn.workspace
        known = [each for each in _listed(was, "identities") if isinstance(each, list)]
        await self._conn.execute(
            "UPDATE contact_identity SET contact_id = $3 WHERE workspace_id = $1 AND contact_id = $2"
            " AND (channel, external_id) IN (SELECT * FROM unnest($4::text[], $5::text[]))",
            workspace, survivor, merged, [each[0] for each in known], [each[1] for each in known],
        )  # fmt: skip
        await self._conn.execute(
            _PLACES, workspace, survivor, merged, list(chats), _listed(was, "places")
        )
        aliases = [UUID(str(each)) for each in _listed(was, "aliases")]
        await self._conn.execute(_OPEN, workspace, survivor, merged, [merged, *aliases])

    async def put_back(self, contact: Contact, fields: Mapping[str, JsonValue]) -> None:
        """Store what a contact is once another one was taken out of it."""
        await self._conn.execute(
            "UPDATE contact SET name = $3, email = $4, phone = $5, locale = $6, note = $7, meta = $8"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, contact.id,
            *(fields[name] for name in ("name", "email", "phone", "locale", "note", "meta")),
        )  # fmt: skip


async def forget_old(conn: SystemConn, *, older_than: timedelta) -> None:
    """Forget, in all workspaces, what went over in merges that can no longer be undone."""
    await conn.execute(
        "UPDATE contact SET merged_was = NULL WHERE merged_into IS NOT NULL AND merged_was IS NOT NULL"
        " AND merged_at < now() - $1::interval",
        older_than,
    )


def _listed(was: Mapping[str, JsonValue], name: str) -> list[JsonValue]:
    found = was.get(name)
    return found if isinstance(found, list) else []
