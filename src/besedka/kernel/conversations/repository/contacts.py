"""People outside, and the dialogs with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import JsonValue

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.errors import IdentityTaken
from besedka.kernel.conversations.types import (
    Contact,
    ContactChange,
    ContactIdentity,
    ConversationId,
    DialogSummary,
    Face,
)

CONTACT = "k.id, k.name, k.email, k.phone, k.locale, k.meta, k.created_at, k.note, k.blocked_at"

_SUMMARY = """
SELECT c.id, c.state, c.epoch, c.mod, c.last_seq, coalesce(c.last_message_at, c.created_at) AS last_message_at,
       c.preview, c.last_seq > c.last_public_seq AS preview_internal, c.meta, c.created_at,
       who.id AS contact_id, who.name AS contact_name,
       c.assignee_id, act.kind AS assignee_kind, act.name AS assignee_name,
       array(SELECT l.label_id FROM conversation_label l WHERE l.workspace_id = c.workspace_id
             AND l.conversation_id = c.id ORDER BY l.created_at, l.label_id) AS labels
FROM conversation c
LEFT JOIN LATERAL (
  SELECT a.id, a.name FROM participant p JOIN actor a ON a.workspace_id = p.workspace_id AND a.id = p.actor_id
  WHERE p.workspace_id = c.workspace_id AND p.conversation_id = c.id AND p.role = 'contact' LIMIT 1
) who ON true
LEFT JOIN actor act ON act.workspace_id = c.workspace_id AND act.id = c.assignee_id
WHERE c.workspace_id = $1 AND c.kind = 'dialog'
"""


@dataclass(frozen=True, slots=True)
class DialogFilter:
    """Which dialogs of the inbox are wanted; `before` is the last row of the page before."""

    states: tuple[str, ...]
    assignee: ActorId | None = None
    contact: ActorId | None = None
    before: tuple[datetime, ConversationId] | None = None
    label: UUID | None = None


def contact_of(row: Row) -> Contact:
    """Build a contact."""
    return Contact(
        id=ActorId(row["id"]),
        name=row["name"],
        email=row["email"],
        phone=row["phone"],
        locale=row["locale"],
        meta=row["meta"],
        created_at=row["created_at"],
        note=row["note"],
        blocked_at=row["blocked_at"],
    )


def summary_of(row: Row) -> DialogSummary:
    """Build an entry of the inbox."""
    contact, assignee = row["contact_id"], row["assignee_id"]
    return DialogSummary(
        id=ConversationId(row["id"]),
        state=row["state"],
        epoch=row["epoch"],
        mod=row["mod"],
        last_seq=row["last_seq"],
        last_message_at=row["last_message_at"],
        preview=row["preview"],
        preview_internal=row["preview_internal"],
        contact=Face(contact, "contact", row["contact_name"]) if contact else None,
        assignee=Face(assignee, row["assignee_kind"], row["assignee_name"]) if assignee else None,
        meta=row["meta"],
        created_at=row["created_at"],
        labels=tuple(row["labels"]),
    )


class ContactRepository:
    """People outside."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def add(
        self, contact: ActorId, *, name: str, email: str | None, phone: str | None, locale: str | None,
        meta: Mapping[str, JsonValue],
    ) -> Contact:  # fmt: skip
        """Store a contact whose actor is there."""
        row = await self._conn.fetchrow(
            "INSERT INTO contact AS k (workspace_id, id, name, email, phone, locale, meta)"
            f" VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {CONTACT}",
            self._conn.workspace, contact, name, email, phone, locale, dict(meta),
        )  # fmt: skip
        assert row is not None
        return contact_of(row)

    async def add_identity(self, contact: ActorId, known: ContactIdentity) -> None:
        """Say how a contact is known in a channel. Raises IdentityTaken."""
        try:
            await self._conn.execute(
                "INSERT INTO contact_identity (workspace_id, channel, external_id, contact_id, verified)"
                " VALUES ($1, $2, $3, $4, $5)",
                self._conn.workspace, known.channel, known.external_id, contact, known.verified,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise IdentityTaken from error

    async def find(self, contact: ActorId) -> Contact | None:
        """Return a contact."""
        row = await self._conn.fetchrow(
            f"SELECT {CONTACT} FROM contact k WHERE k.workspace_id = $1 AND k.id = $2",
            self._conn.workspace,
            contact,
        )
        return None if row is None else contact_of(row)

    async def find_by_identity(self, *, channel: str, external_id: str) -> Contact | None:
        """Return who is known under an identity."""
        row = await self._conn.fetchrow(
            f"SELECT {CONTACT} FROM contact_identity i"
            " JOIN contact k ON k.workspace_id = i.workspace_id AND k.id = i.contact_id"
            " WHERE i.workspace_id = $1 AND i.channel = $2 AND i.external_id = $3",
            self._conn.workspace,
            channel,
            external_id,
        )
        return None if row is None else contact_of(row)

    async def update(self, contact: ActorId, change: ContactChange) -> Contact | None:
        """Change what is given and merge into `meta`."""
        row = await self._conn.fetchrow(
            "UPDATE contact k SET name = coalesce($3, k.name), email = nullif(coalesce($4, k.email), ''),"
            " phone = nullif(coalesce($5, k.phone), ''), note = coalesce($8, k.note), locale = coalesce($6, k.locale), meta = k.meta || $7"
            f" WHERE k.workspace_id = $1 AND k.id = $2 RETURNING {CONTACT}",
            self._conn.workspace, contact, change.name, change.email, change.phone, change.locale, dict(change.meta),
            change.note,
        )  # fmt: skip
        return None if row is None else contact_of(row)


class DialogRepository:
    """The inbox."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self, chat: ConversationId) -> DialogSummary | None:
        """Return one dialog as the inbox shows it."""
        row = await self._conn.fetchrow(f"{_SUMMARY} AND c.id = $2", self._conn.workspace, chat)
        return None if row is None else summary_of(row)

    async def list_dialogs(self, wanted: DialogFilter, *, limit: int) -> list[DialogSummary]:
        """Return dialogs, those with the newest messages first."""
        before = wanted.before
        rows = await self._conn.fetch(
            f"{_SUMMARY} AND c.state = ANY($2::text[]) AND ($3::uuid IS NULL OR c.assignee_id = $3)"
            " AND ($4::uuid IS NULL OR who.id = $4)"
            " AND ($5::timestamptz IS NULL OR (coalesce(c.last_message_at, c.created_at), c.id) < ($5, $6::uuid))"
            " AND ($8::uuid IS NULL OR EXISTS (SELECT FROM conversation_label l WHERE l.workspace_id = c.workspace_id"
            " AND l.conversation_id = c.id AND l.label_id = $8))"
            " ORDER BY coalesce(c.last_message_at, c.created_at) DESC, c.id DESC LIMIT $7",
            self._conn.workspace, list(wanted.states), wanted.assignee, wanted.contact,
            before[0] if before else None, before[1] if before else None, limit, wanted.label,
        )  # fmt: skip
        return [summary_of(row) for row in rows]

    async def of_contact(self, contact: ActorId) -> list[ConversationId]:
        """Return the dialogs of a person outside that are not resolved."""
        rows = await self._conn.fetch(
            "SELECT c.id FROM participant p"
            " JOIN conversation c ON c.workspace_id = p.workspace_id AND c.id = p.conversation_id"
            " WHERE p.workspace_id = $1 AND p.actor_id = $2 AND p.role = 'contact' AND c.state <> 'resolved'",
            self._conn.workspace,
            contact,
        )
        return [ConversationId(row["id"]) for row in rows]

    async def count(self) -> dict[str, int]:
        """Return how many dialogs are in each unresolved state."""
        rows = await self._conn.fetch(
            "SELECT state, count(*) AS count FROM conversation"
            " WHERE workspace_id = $1 AND kind = 'dialog' AND state <> 'resolved' GROUP BY state",
            self._conn.workspace,
        )
        return {row["state"]: row["count"] for row in rows}

    async def count_waiting(self, *, most: int) -> int:
        """Return how many dialogs wait for a person, counting no further than `most`."""
        counted: int = await self._conn.fetchval(
            "SELECT count(*) FROM (SELECT 1 FROM conversation"
            " WHERE workspace_id = $1 AND kind = 'dialog' AND state = 'open' LIMIT $2) waiting",
            self._conn.workspace,
            most,
        )
        return counted
