"""SQL of widgets and visitors."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.products.widget.errors import IdentityUsed
from besedka.products.widget.types import Known, Options, Place

_PLACE = (
    "w.workspace_id, w.id, w.assistant_id, w.name, w.accent, w.allowed_origins, w.public_key, w.options,"
    " w.identity_secret, w.seen_origin, w.seen_at"
)
_THERE = (
    "EXISTS (SELECT FROM assistant a WHERE a.workspace_id = w.workspace_id AND a.id = w.assistant_id"
    " AND a.deleted_at IS NULL)"
)
"""A widget whose assistant lies in the trash is nowhere."""
_KNOWN = (
    "v.id, v.contact_id, v.conversation_id, v.filled_at IS NOT NULL AS filled, v.verified,"
    " v.verified_until, v.proved_until > now() AS proved, v.created_at"
)


class PublicWidgets:
    """Widgets by what strangers know of them."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def find(self, public_key: str) -> Place | None:
        """Return the widget of a public key."""
        row = await self._conn.fetchrow(
            f"SELECT {_PLACE} FROM widget w WHERE w.public_key = $1 AND {_THERE}", public_key
        )
        return _place(row) if row else None

    async def oldest(self, name: str | None = None) -> Place | None:
        """Return the first widget that was made, of a workspace's slug or of all."""
        row = await self._conn.fetchrow(
            f"SELECT {_PLACE} FROM widget w JOIN workspace s ON s.id = w.workspace_id"
            f" WHERE ($1::text IS NULL OR s.slug = $1) AND {_THERE} ORDER BY w.id LIMIT 1",
            name,
        )
        return _place(row) if row else None

    async def sweep_unused(self, *, hours: int) -> list[Row]:
        """Delete visitors who never wrote; returns the contacts whom nobody has vouched for."""
        return await self._conn.fetch(
            "WITH gone AS (DELETE FROM widget_visitor WHERE conversation_id IS NULL"
            " AND created_at < now() - make_interval(hours => $1)"
            " RETURNING workspace_id, id, contact_id, verified)"
            " SELECT g.workspace_id, g.contact_id FROM gone g WHERE NOT g.verified AND NOT EXISTS"
            " (SELECT FROM widget_visitor v WHERE v.workspace_id = g.workspace_id AND v.contact_id = g.contact_id"
            " AND v.id <> g.id)"
            " AND NOT EXISTS (SELECT FROM participant p WHERE p.workspace_id = g.workspace_id"
            " AND p.actor_id = g.contact_id)",
            hours,
        )

    async def promised(self, *, limit: int) -> list[tuple[WorkspaceId, UUID]]:
        """Return the visitors to whom a letter was promised and whom a person has answered for a minute."""
        rows = await self._conn.fetch(
            "SELECT v.workspace_id, v.id FROM widget_visitor v"
            " WHERE v.promised_at > now() - interval '30 days' AND EXISTS"
            " (SELECT FROM message m JOIN actor a ON a.workspace_id = m.workspace_id AND a.id = m.sender_id"
            " WHERE m.workspace_id = v.workspace_id AND m.conversation_id = v.conversation_id AND a.kind = 'user'"
            " AND m.visibility = 'public' AND m.deleted_at IS NULL AND m.created_at > v.promised_at"
            " AND m.created_at < now() - interval '1 minute') LIMIT $1",
            limit,
        )
        return [(WorkspaceId(row["workspace_id"]), row["id"]) for row in rows]


class TenantWidgets:
    """Widgets of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self, widget_id: UUID) -> Place | None:
        """Return a widget."""
        row = await self._conn.fetchrow(
            f"SELECT {_PLACE} FROM widget w WHERE w.workspace_id = $1 AND w.id = $2",
            self._conn.workspace, widget_id,
        )  # fmt: skip
        return _place(row) if row else None

    async def delete(self, widget_id: UUID) -> None:
        """Delete a widget and its visitors; their dialogs stay."""
        await self._conn.execute(
            "DELETE FROM widget WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace,
            widget_id,
        )

    async def set_secret(self, widget_id: UUID, sealed: bytes) -> None:
        """Change the secret, and let no token of visitors for whom the former one vouched be good any more."""
        await self._conn.execute(
            "UPDATE widget SET identity_secret = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, widget_id, sealed,
        )  # fmt: skip
        await self._conn.execute(
            "UPDATE widget_visitor SET token_hash = sha256(uuid_send(gen_random_uuid()))"
            " WHERE workspace_id = $1 AND widget_id = $2 AND verified",
            self._conn.workspace, widget_id,
        )  # fmt: skip


class VisitorRepository:
    """Visitors of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self, widget_id: UUID, token_hashes: Sequence[bytes]) -> Mapping[bytes, Known]:
        """Return the visitors of tokens; nobody whom a site has named, once it vouches for them no more."""
        rows = await self._conn.fetch(
            f"SELECT v.token_hash, {_KNOWN} FROM widget_visitor v WHERE v.workspace_id = $1 AND v.token_hash = ANY($2)"
            " AND v.widget_id = $3 AND (NOT v.verified OR v.verified_until > now())",
            self._conn.workspace, token_hashes, widget_id,
        )  # fmt: skip
        return {row["token_hash"]: _known(row) for row in rows}

    async def take_resumed(self, widget_id: UUID, resume_hash: bytes) -> Known | None:
        """Return the visitor of a link in a letter, which works once."""
        row = await self._conn.fetchrow(
            "WITH v AS (UPDATE widget_visitor SET resume_hash = NULL, resume_until = NULL"
            " WHERE workspace_id = $1 AND widget_id = $2 AND resume_hash = $3 AND resume_until > now() RETURNING *)"
            f" SELECT {_KNOWN} FROM v",
            self._conn.workspace, widget_id, resume_hash,
        )  # fmt: skip
        return _known(row) if row else None

    async def insert(
        self, visitor: Known, *, widget_id: UUID, token_hash: bytes, once_hash: bytes | None = None
    ) -> None:
        """Store a new visitor. Raises IdentityUsed when `once_hash` was seen before."""
        try:
            await self._conn.execute(
                "INSERT INTO widget_visitor (workspace_id, id, widget_id, token_hash, contact_id, conversation_id,"
                " verified, filled_at, once_hash, verified_until)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $8 THEN now() END, $9, $10)",
                self._conn.workspace, visitor.id, widget_id, token_hash, visitor.contact_id, visitor.conversation_id,
                visitor.verified, visitor.filled, once_hash, visitor.verified_until,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise IdentityUsed from error

    async def lock(self, visitor_id: UUID) -> UUID | None:
        """Lock a visitor and return the dialog it has by now."""
        found: UUID | None = await self._conn.fetchval(
            "SELECT conversation_id FROM widget_visitor WHERE workspace_id = $1 AND id = $2 FOR UPDATE",
            self._conn.workspace, visitor_id,
        )  # fmt: skip
        return found

    async def set_dialog(self, visitor_id: UUID, conversation_id: UUID) -> None:
        """Remember the visitor's dialog."""
        await self._conn.execute(
            "UPDATE widget_visitor SET conversation_id = $3, last_seen_at = now()"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, visitor_id, conversation_id,
        )  # fmt: skip

    async def show(self, contact: ActorId, conversation_id: UUID) -> bool:
        """Let the visitors of a contact go on in a dialog, but for those whose own is unresolved; return whether any do."""
        changed = await self._conn.execute(
            "UPDATE widget_visitor v SET conversation_id = $3 WHERE v.workspace_id = $1 AND v.contact_id = $2"
            " AND NOT EXISTS (SELECT FROM conversation c WHERE c.workspace_id = v.workspace_id"
            " AND c.id = v.conversation_id AND c.state <> 'resolved')",
            self._conn.workspace, contact, conversation_id,
        )  # fmt: skip
        return changed != "UPDATE 0"

    async def extend(self, visitor_id: UUID, *, until: datetime, token_hash: bytes) -> None:
        """Let a site vouch for a visitor for longer, under another token."""
        await self._conn.execute(
            "UPDATE widget_visitor SET verified_until = $3, token_hash = $4, last_seen_at = now()"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, visitor_id, until, token_hash,
        )  # fmt: skip

    async def set_filled(self, visitor_id: UUID) -> None:
        """Note that the form is behind a visitor."""
        await self._conn.execute(
            "UPDATE widget_visitor SET filled_at = now() WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, visitor_id,
        )  # fmt: skip

    async def set_proved(self, visitor_id: UUID, *, minutes: int) -> None:
        """Note that a visitor has solved the puzzle."""
        await self._conn.execute(
            "UPDATE widget_visitor SET proved_until = now() + make_interval(mins => $3)"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, visitor_id, minutes,
        )  # fmt: skip

    async def end(self, visitor_id: UUID, *, token_hash: bytes) -> None:
        """Let no token but a new, unknown one fit a visitor: its dialog and what was promised stay."""
        await self._conn.execute(
            "UPDATE widget_visitor SET token_hash = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, visitor_id, token_hash,
        )  # fmt: skip

    async def newest_dialog(self, contact: ActorId, widget_id: UUID) -> UUID | None:
        """Return the dialog that a contact has at a widget."""
        found: UUID | None = await self._conn.fetchval(
            "SELECT conversation_id FROM widget_visitor WHERE workspace_id = $1 AND contact_id = $2"
            " AND widget_id = $3 AND conversation_id IS NOT NULL ORDER BY conversation_id DESC LIMIT 1",
            self._conn.workspace, contact, widget_id,
        )  # fmt: skip
        return found

    async def is_verified(self, contact: ActorId) -> bool:
        """Whether somebody vouches for a contact."""
        return bool(
            await self._conn.fetchval(
                "SELECT EXISTS (SELECT FROM contact_identity WHERE workspace_id = $1 AND contact_id = $2 AND verified)",
                self._conn.workspace, contact,
            )
        )  # fmt: skip

    async def count_new_dialogs(self, *, since: UUID, most: int) -> int:
        """Return how many dialogs were begun since a moment, as an id of that moment; counts no further than `most`."""
        counted: int = await self._conn.fetchval(
            "SELECT count(*) FROM (SELECT FROM conversation WHERE workspace_id = $1 AND id >= $2"
            " AND kind = 'dialog' LIMIT $3) new",
            self._conn.workspace, since, most,
        )  # fmt: skip
        return counted

    async def see(self, widget_id: UUID, origin: str) -> None:
        """Note where a widget is used, once a minute."""
        await self._conn.execute(
            "UPDATE widget SET seen_origin = $3, seen_at = now() WHERE workspace_id = $1 AND id = $2"
            " AND (seen_at IS NULL OR seen_at < now() - interval '1 minute')",
            self._conn.workspace, widget_id, origin,
        )  # fmt: skip

    async def repoint(self, survivor: ActorId, merged: ActorId) -> list[UUID]:
        """Let the visitors of a contact be another one's, and return which they are."""
        rows = await self._conn.fetch(
            "UPDATE widget_visitor SET contact_id = $2 WHERE workspace_id = $1 AND contact_id = $3 RETURNING id",
            self._conn.workspace, survivor, merged,
        )  # fmt: skip
        return [row["id"] for row in rows]

    async def give_back(self, contact: ActorId, moved: Sequence[UUID]) -> None:
        """Let visitors be a contact's again."""
        await self._conn.execute(
            "UPDATE widget_visitor SET contact_id = $2 WHERE workspace_id = $1 AND id = ANY($3::uuid[])",
            self._conn.workspace, contact, list(moved),
        )  # fmt: skip

    async def forget(self, contacts: Sequence[ActorId]) -> None:
        """Forget the visitors of contacts: their browsers begin anew."""
        await self._conn.execute(
            "DELETE FROM widget_visitor WHERE workspace_id = $1 AND contact_id = ANY($2::uuid[])",
            self._conn.workspace, list(contacts),
        )  # fmt: skip


def _known(row: Row) -> Known:
    return Known(
        row["id"], ActorId(row["contact_id"]), row["conversation_id"], filled=row["filled"], verified=row["verified"],
        verified_until=row["verified_until"], proved=bool(row["proved"]), created_at=row["created_at"],
    )  # fmt: skip


def _place(row: Row) -> Place:
    return Place(
        workspace_id=WorkspaceId(row["workspace_id"]), id=row["id"], assistant_id=ActorId(row["assistant_id"]),
        name=row["name"], accent=row["accent"], allowed_origins=tuple(row["allowed_origins"]),
        public_key=row["public_key"], options=Options.model_validate(row["options"]),
        identity_secret=row["identity_secret"], seen_origin=row["seen_origin"], seen_at=row["seen_at"],
    )  # fmt: skip
