"""All that accounts hold of one person, across workspaces; and a whole workspace with everything in it."""

from collections.abc import Mapping
from graphlib import TopologicalSorter

from besedka.core.db.connection import Row, SystemConn
from besedka.core.ids import ActorId, UserId, WorkspaceId

_TABLES = (
    "SELECT c.relname AS name, array(SELECT DISTINCT r.relname::text FROM pg_constraint k"
    " JOIN pg_class r ON r.oid = k.conrelid WHERE k.contype = 'f' AND k.confrelid = c.oid AND r.oid <> c.oid)"
    " AS referrers, has_table_privilege(c.oid, 'DELETE') AS erasable FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped"
    " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
)


class ErasureRepository:
    """One person's rows. Without policies in the way, hence every statement names the user."""

    def __init__(self, conn: SystemConn, user_id: UserId) -> None:
        self._conn, self._user_id = conn, user_id

    async def places(self) -> list[tuple[WorkspaceId, ActorId]]:
        """Return every workspace where the person has, or once had, a place, and their actor there."""
        rows = await self._conn.fetch(
            "SELECT workspace_id, id FROM actor WHERE user_id = $1 ORDER BY workspace_id",
            self._user_id,
        )
        return [(WorkspaceId(row["workspace_id"]), ActorId(row["id"])) for row in rows]

    async def holdings(self) -> list[Row]:
        """Return each workspace of the person: its name and kind, who else is in it, and who else owns it."""
        return await self._conn.fetch(
            "SELECT w.id, w.name, w.kind, m.role = 'owner' AS owns,"
            " (SELECT count(*) FROM membership o WHERE o.workspace_id = w.id AND o.user_id <> $1) AS others,"
            " EXISTS (SELECT FROM membership o WHERE o.workspace_id = w.id AND o.user_id <> $1"
            " AND o.role = 'owner' AND o.deactivated_at IS NULL) AS other_owner"
            " FROM membership m JOIN workspace w ON w.id = m.workspace_id WHERE m.user_id = $1 ORDER BY w.id",
            self._user_id,
        )

    async def export_user(self) -> Row | None:
        """Return what is known of the person themselves."""
        return await self._conn.fetchrow(
            "SELECT id, email, name, locale, is_host, created_at, email_confirmed_at, second_factor_at"
            " FROM app_user WHERE id = $1",
            self._user_id,
        )

    async def export_memberships(self) -> list[Row]:
        """Return their places."""
        return await self._conn.fetch(
            "SELECT w.name AS workspace, w.slug, m.role, m.created_at, m.deactivated_at"
            " FROM membership m JOIN workspace w ON w.id = m.workspace_id WHERE m.user_id = $1 ORDER BY m.created_at",
            self._user_id,
        )

    async def export_sessions(self) -> list[Row]:
        """Return where they are and were logged in."""
        return await self._conn.fetch(
            "SELECT kind, user_agent, address, created_at, last_seen_at, expires_at, revoked_at"
            " FROM session WHERE user_id = $1 ORDER BY created_at",
            self._user_id,
        )

    async def export_keys(self) -> list[Row]:
        """Return their API keys, as far as anybody can see them."""
        return await self._conn.fetch(
            "SELECT w.slug AS workspace, k.name, k.prefix, k.scopes, k.per_minute, k.created_at, k.expires_at,"
            " k.last_used_at FROM api_key k"
            " JOIN membership m ON m.workspace_id = k.workspace_id AND m.actor_id = k.actor_id"
            " JOIN workspace w ON w.id = k.workspace_id WHERE m.user_id = $1 ORDER BY k.created_at",
            self._user_id,
        )

    async def delete_user(self) -> None:
        """Delete the person; sessions, links, places and keys go with the row, actors stay without it."""
        await self._conn.execute("DELETE FROM app_user WHERE id = $1", self._user_id)


async def delete_workspace(conn: SystemConn, workspace: WorkspaceId) -> None:
    """Delete a workspace and every row of it, in whatever tables: those that others refer to come last.

    Books of money are kept for ever, so where there are some, they stay with what they refer to, in a workspace without
    name or people. The bytes of files have no rows then and are swept.
    """
    rows = await conn.fetch(_TABLES)
    known = {row["name"] for row in rows}
    referrers = {row["name"]: {each for each in row["referrers"] if each in known} for row in rows}
    books = {
        row["name"]
        for row in rows
        if not row["erasable"] and await _has_rows(conn, row["name"], workspace)
    }
    kept = _bound(books, referrers) | {row["name"] for row in rows if not row["erasable"]}
    for table in TopologicalSorter(referrers).static_order():
        if table not in kept:
            await conn.execute(f'DELETE FROM "{table}" WHERE workspace_id = $1', workspace)
    await conn.execute(
        "UPDATE workspace SET name = '', slug = id::text, accent = '', settings = '{}' WHERE id = $1"
        if books
        else "DELETE FROM workspace WHERE id = $1",
        workspace,
    )


async def _has_rows(conn: SystemConn, table: str, workspace: WorkspaceId) -> bool:
    return bool(
        await conn.fetchval(
            f'SELECT EXISTS (SELECT FROM "{table}" WHERE workspace_id = $1)', workspace
        )
    )


def _bound(books: set[str], referrers: Mapping[str, set[str]]) -> set[str]:
    """Return the books with what they refer to, and what refers to nothing else."""
    references = {
        name: {other for other, found in referrers.items() if name in found} for name in referrers
    }
    kept, found = set[str](), set(books)
    while found - kept:
        kept |= found
        for name in referrers:
            if references[name] and references[name] <= kept:
                found.add(name)
            if name in kept:
                found |= references[name]
    return kept
