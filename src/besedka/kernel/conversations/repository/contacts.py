"""People outside, and the dialogs with them."""

from collections.abc import Mapping

import asyncpg
from pydantic import JsonValue

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.errors import IdentityTaken
from besedka.kernel.conversations.types import (
    PRIORITIES,
    Contact,
    ContactChange,
    ContactIdentity,
    ConversationId,
    DialogFilter,
    DialogSort,
    DialogSummary,
    Face,
    Priority,
)

CONTACT = "k.id, k.name, k.email, k.phone, k.locale, k.meta, k.created_at, k.note, k.blocked_at"

_COLUMNS = """
       c.id, c.state, c.epoch, c.mod, c.last_seq, coalesce(c.last_message_at, c.created_at) AS last_message_at,
       c.preview, c.last_seq > c.last_public_seq AS preview_internal, c.meta, c.created_at, c.team_id, c.priority,
       c.snoozed_until, c.waiting_since, c.due_at, who.id AS contact_id, who.name AS contact_name,
       c.assignee_id, act.kind AS assignee_kind, act.name AS assignee_name,
       array(SELECT l.label_id FROM conversation_label l WHERE l.workspace_id = c.workspace_id
             AND l.conversation_id = c.id ORDER BY l.created_at, l.label_id) AS labels
"""
_FACES = """
LEFT JOIN LATERAL (
  SELECT a.id, a.name FROM participant p JOIN actor a ON a.workspace_id = p.workspace_id AND a.id = p.actor_id
  WHERE p.workspace_id = c.workspace_id AND p.conversation_id = c.id AND p.role = 'contact' LIMIT 1
) who ON true
LEFT JOIN actor act ON act.workspace_id = c.workspace_id AND act.id = c.assignee_id
"""
_ONE = f"SELECT {_COLUMNS} FROM conversation c {_FACES} WHERE c.workspace_id = $1 AND c.kind = 'dialog' AND c.id = $2"

# What a page shows is chosen and sorted in narrow rows first; only the page's own rows are then looked at whole.
_PAGE = """
SELECT {columns} FROM (
  SELECT c.workspace_id, c.id FROM conversation c
  WHERE c.workspace_id = $1 AND c.kind = 'dialog' AND {wanted} ORDER BY {order} LIMIT {limit}
) page JOIN conversation c ON c.workspace_id = page.workspace_id AND c.id = page.id {faces} ORDER BY {order}
"""
_LAST = "coalesce(c.last_message_at, c.created_at)"
_WAITING = "coalesce(c.waiting_since, timestamptz '9999-01-01 00:00+00')"
_DUE = "coalesce(c.due_at, timestamptz '9999-01-01 00:00+00')"
_ORDERS: Mapping[DialogSort, tuple[str, str]] = {
    DialogSort.NEWEST: (f"{_LAST} DESC, c.id DESC", f"({_LAST}, c.id) < ({{moment}}, {{id}}::uuid)"),
    DialogSort.WAITING: (f"{_WAITING}, c.id", f"({_WAITING}, c.id) > ({{moment}}, {{id}}::uuid)"),
    DialogSort.DUE: (f"{_DUE}, c.id", f"({_DUE}, c.id) > ({{moment}}, {{id}}::uuid)"),
    DialogSort.PRIORITY: (
        f"c.priority DESC, {_LAST} DESC, c.id DESC",
        f"(c.priority, {_LAST}, c.id) < ({{priority}}::smallint, {{moment}}, {{id}}::uuid)",
    ),
}  # fmt: skip
_RESOLVED = "resolved"
_LABELLED = (
    "EXISTS (SELECT FROM conversation_label l WHERE l.workspace_id = c.workspace_id"
    " AND l.conversation_id = c.id AND l.label_id = {})"
)
_OF_CONTACT = (
    "c.id IN (SELECT p.conversation_id FROM participant p"
    " WHERE p.workspace_id = $1 AND p.actor_id = {} AND p.role = 'contact')"
)
_SAYS = (
    "(c.id = ANY({found}::uuid[]) OR c.id IN (SELECT p.conversation_id FROM participant p"
    " WHERE p.workspace_id = $1 AND p.actor_id = ANY({people}::uuid[]) AND p.role = 'contact'))"
)


def _order(wanted: DialogFilter) -> tuple[str, str]:
    """Return how rows are sorted, and what lies after a cursor; where all are resolved, an index of these alone has the order."""
    order, after = _ORDERS[wanted.sort]
    if wanted.states != (_RESOLVED,):
        return order, after
    return order.replace(_LAST, "c.listed_at"), after.replace(_LAST, "c.listed_at")


class _Conditions:
    """Conditions of one statement with their values; the workspace is the first value."""

    def __init__(self, workspace: WorkspaceId) -> None:
        self.values: list[object] = [workspace]
        self.parts: list[str] = []

    def place(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, condition: str, value: object) -> None:
        self.parts.append(condition.format(self.place(value)))


def _conditions(workspace: WorkspaceId, wanted: DialogFilter) -> _Conditions:
    made = _Conditions(workspace)
    made.add("c.state = ANY({}::text[])", list(wanted.states))
    for condition, value in (
        ("c.assignee_id = {}", wanted.assignee),
        ("c.team_id = {}", wanted.team),
        (_OF_CONTACT, wanted.contact),
        (_LABELLED, wanted.label),
        ("c.priority = {}", PRIORITIES.index(wanted.priority) if wanted.priority else None),
        ("c.meta ->> 'channel' = {}", wanted.channel),
    ):
        if value is not None:
            made.add(condition, value)
    if wanted.unassigned:
        made.parts.append("c.assignee_id IS NULL")
    if wanted.states == (_RESOLVED,):
        made.parts.append("c.listed_at IS NOT NULL")
    if wanted.text:
        found, people = made.place(list(wanted.found)), made.place(list(wanted.people))
        made.parts.append(_SAYS.format(found=found, people=people))
    if (before := wanted.before) is not None:
        _, after = _order(wanted)
        places = {"moment": made.place(before.moment), "id": made.place(before.id)}
        if wanted.sort is DialogSort.PRIORITY:
            places["priority"] = made.place(PRIORITIES.index(before.priority or Priority.LOW))
        made.parts.append(after.format(**places))
    return made


def page_of(
    workspace: WorkspaceId, wanted: DialogFilter, *, limit: int
) -> tuple[str, list[object]]:
    """Return the statement of a page of dialogs, and its values."""
    made = _conditions(workspace, wanted)
    order, _ = _order(wanted)
    statement = _PAGE.format(
        columns=_COLUMNS, faces=_FACES, wanted=" AND ".join(made.parts), order=order, limit=made.place(limit)
    )  # fmt: skip
    return statement, made.values


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
        team_id=row["team_id"],
        priority=PRIORITIES[row["priority"]],
        snoozed_until=row["snoozed_until"],
        waiting_since=row["waiting_since"],
        due_at=row["due_at"],
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
        row = await self._conn.fetchrow(_ONE, self._conn.workspace, chat)
        return None if row is None else summary_of(row)

    async def list_dialogs(self, wanted: DialogFilter, *, limit: int) -> list[DialogSummary]:
        """Return a page of dialogs in the wanted order."""
        statement, values = page_of(self._conn.workspace, wanted, limit=limit)
        return [summary_of(row) for row in await self._conn.fetch(statement, *values)]

    async def ids(self, wanted: DialogFilter, *, limit: int) -> list[ConversationId]:
        """Return the ids of a page of dialogs."""
        made = _conditions(self._conn.workspace, wanted)
        order, _ = _order(wanted)
        rows = await self._conn.fetch(
            f"SELECT c.id FROM conversation c WHERE c.workspace_id = $1 AND c.kind = 'dialog'"
            f" AND {' AND '.join(made.parts)} ORDER BY {order} LIMIT {made.place(limit)}",
            *made.values,
        )
        return [ConversationId(row["id"]) for row in rows]

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
        """Return in how many open dialogs the contact waits for a person, counting no further than `most`.

        Where a person has answered last nobody waits, until the contact writes again.
        """
        counted: int = await self._conn.fetchval(
            "SELECT count(*) FROM (SELECT 1 FROM conversation"
            " WHERE workspace_id = $1 AND kind = 'dialog' AND state = 'open' AND waiting_since IS NOT NULL"
            " LIMIT $2) waiting",
            self._conn.workspace,
            most,
        )
        return counted
