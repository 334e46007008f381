"""Users, workspaces, and who is who within one."""

from collections.abc import Mapping
from datetime import datetime

import asyncpg
from pydantic import JsonValue

from besedka.core.db.connection import Conn, Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, UserId, WorkspaceId, new_id
from besedka.kernel.accounts.errors import AlreadyMember, EmailTaken, SlugTaken
from besedka.kernel.accounts.types import ActorKind, MyWorkspace, Person, Role, UnusedAccount


class UserRepository:
    """Users, who belong to no workspace."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn

    async def add(
        self, *, email: str, name: str, password_hash: str | None, locale: str | None,
        is_host: bool = False, confirmed: bool = False,
    ) -> UserId:  # fmt: skip
        """Insert a user. Raises EmailTaken."""
        user_id = UserId(new_id())
        try:
            await self._conn.execute(
                "INSERT INTO app_user (id, email, name, password_hash, locale, is_host, email_confirmed_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7 THEN now() END)",
                user_id, email, name, password_hash, locale, is_host, confirmed,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise EmailTaken(field="email") from error
        await self._refuse_reserved(email, user_id)
        return user_id

    async def _refuse_reserved(self, email: str, user_id: UserId) -> None:
        """Keep an address for the one who had it, for as long as they may take its change back.

        Looked up after the address was taken: a change that goes on at the same time is seen, one way or the other.
        Raises EmailTaken.
        """
        reserved = await self._conn.fetchval(
            "SELECT EXISTS (SELECT FROM one_time_token WHERE kind = 'email_undo' AND data ->> 'email' = $1"
            " AND user_id <> $2 AND used_at IS NULL AND expires_at > now())",
            email, user_id,
        )  # fmt: skip
        if reserved:
            raise EmailTaken(field="email")

    async def change_email(self, user_id: UserId, *, old: str | None, new: str) -> bool:
        """Give a user another, confirmed address; False when theirs is not `old`. Raises EmailTaken."""
        try:
            changed = await self._conn.fetchval(
                "UPDATE app_user SET email = $3, email_confirmed_at = now()"
                " WHERE id = $1 AND ($2::text IS NULL OR email = $2) RETURNING true",
                user_id, old, new,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise EmailTaken(field="email") from error
        await self._refuse_reserved(new, user_id)
        return bool(changed)

    async def forget_password(self, user_id: UserId) -> None:
        """Leave a user without a password, until they set one by a link."""
        await self._conn.execute("UPDATE app_user SET password_hash = NULL WHERE id = $1", user_id)

    async def set_disabled(self, user_id: UserId, *, disabled: bool) -> bool:
        """Keep a user out altogether, or let them in again; False when there is none."""
        found = await self._conn.fetchval(
            "UPDATE app_user SET disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, now()) END"
            " WHERE id = $1 RETURNING true",
            user_id, disabled,
        )  # fmt: skip
        return bool(found)

    async def find_by_email(self, email: str) -> Row | None:
        """Return id, name, password_hash, locale, is_host, confirmed, disabled, second_factor of an address."""
        return await self._conn.fetchrow(
            "SELECT id, email, name, password_hash, locale, is_host, email_confirmed_at IS NOT NULL AS confirmed,"
            " disabled_at IS NOT NULL AS disabled, second_factor_at IS NOT NULL AS second_factor FROM app_user WHERE email = $1",
            email,
        )

    async def find(self, user_id: UserId) -> Row | None:
        """Return the same of a user."""
        return await self._conn.fetchrow(
            "SELECT id, email, name, password_hash, locale, is_host, email_confirmed_at IS NOT NULL AS confirmed,"
            " disabled_at IS NOT NULL AS disabled, second_factor_at IS NOT NULL AS second_factor FROM app_user WHERE id = $1",
            user_id,
        )

    async def set_password(self, user_id: UserId, password_hash: str) -> None:
        """Store a new password hash."""
        await self._conn.execute(
            "UPDATE app_user SET password_hash = $2 WHERE id = $1", user_id, password_hash
        )

    async def replace_hash(self, user_id: UserId, *, old: str, new: str) -> None:
        """Store a stronger hash of the same password, unless the password was changed meanwhile."""
        await self._conn.execute(
            "UPDATE app_user SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
            user_id, old, new,
        )  # fmt: skip

    async def confirm_email(self, user_id: UserId, email: str) -> bool:
        """Mark an address as confirmed, if the user still has it."""
        found = await self._conn.fetchval(
            "UPDATE app_user SET email_confirmed_at = coalesce(email_confirmed_at, now())"
            " WHERE id = $1 AND email = $2 RETURNING true",
            user_id, email,
        )  # fmt: skip
        return bool(found)

    async def update(self, user_id: UserId, *, name: str | None, locale: str | None) -> None:
        """Change what is given."""
        await self._conn.execute(
            "UPDATE app_user SET name = coalesce($2, name), locale = coalesce($3, locale) WHERE id = $1",
            user_id, name, locale,
        )  # fmt: skip

    async def forget_newcomer(self, user_id: UserId) -> None:
        """Delete a user who was added and never came in: no password, no confirmed address."""
        await self._conn.execute(
            "DELETE FROM app_user WHERE id = $1 AND password_hash IS NULL AND email_confirmed_at IS NULL",
            user_id,
        )

    async def make_host(self, user_id: UserId) -> None:
        """Make a user a host of the installation."""
        await self._conn.execute("UPDATE app_user SET is_host = true WHERE id = $1", user_id)

    async def unused_since(self, moment: datetime) -> list[UnusedAccount]:
        """Return enabled accounts that nobody used since; never those of hosts and of companies' owners."""
        rows = await self._conn.fetch(
            "SELECT * FROM (SELECT id, email, greatest(created_at, last_seen_at,"
            " (SELECT max(s.last_seen_at) FROM session s WHERE s.user_id = u.id)) AS last_seen"
            " FROM app_user u WHERE NOT is_host AND disabled_at IS NULL AND NOT EXISTS ("
            " SELECT FROM membership m JOIN workspace w ON w.id = m.workspace_id"
            " WHERE m.user_id = u.id AND m.role = 'owner' AND w.kind = 'company')) AS seen"
            " WHERE last_seen < $1 ORDER BY last_seen, id",
            moment,
        )
        return [UnusedAccount(UserId(row["id"]), row["email"], row["last_seen"]) for row in rows]

    async def enable(self, email: str) -> UserId | None:
        """Let a disabled account's person in again; returns who that is."""
        found = await self._conn.fetchval(
            "UPDATE app_user SET disabled_at = NULL, last_seen_at = now()"
            " WHERE email = $1 AND disabled_at IS NOT NULL RETURNING id",
            email,
        )
        return UserId(found) if found else None

    async def has_host(self, *, besides: UserId | None = None) -> bool:
        """Whether the installation has a host, or another one."""
        return bool(
            await self._conn.fetchval(
                "SELECT EXISTS (SELECT FROM app_user WHERE is_host AND disabled_at IS NULL"
                " AND id IS DISTINCT FROM $1)",
                besides,
            )
        )

    async def lock_hosts(self) -> None:
        """Let only one transaction at a time decide whether there is a host."""
        await self._conn.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('besedka.host', 0))"
        )


class WorkspaceRepository:
    """Workspaces, which anybody may look up by their address."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn

    async def add(self, workspace_id: WorkspaceId, *, slug: str, name: str, kind: str) -> bool:
        """Insert a workspace; False when the address is taken."""
        added = await self._conn.fetchval(
            "INSERT INTO workspace (id, slug, name, kind) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (slug) DO NOTHING RETURNING true",
            workspace_id, slug, name, kind,
        )  # fmt: skip
        return bool(added)

    async def find_by_slug(self, slug: str) -> WorkspaceId | None:
        """Return the workspace at an address."""
        found = await self._conn.fetchval("SELECT id FROM workspace WHERE slug = $1", slug)
        return WorkspaceId(found) if found else None

    async def find(self, workspace_id: WorkspaceId) -> Row | None:
        """Return slug, name, kind, accent, settings and whether a second step is required."""
        return await self._conn.fetchrow(
            "SELECT id, slug, name, kind, accent, settings, second_factor_required FROM workspace WHERE id = $1",
            workspace_id,
        )

    async def update(
        self, workspace_id: WorkspaceId, *, name: str | None = None, slug: str | None = None,
        accent: str | None = None, settings: Mapping[str, JsonValue] | None = None,
    ) -> None:  # fmt: skip
        """Change what is given; settings are merged key by key. Raises SlugTaken."""
        try:
            await self._conn.execute(
                "UPDATE workspace SET name = coalesce($2, name), slug = coalesce($3, slug),"
                " accent = coalesce($4, accent), settings = settings || coalesce($5, '{}'::jsonb) WHERE id = $1",
                workspace_id, name, slug, accent, dict(settings) if settings is not None else None,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise SlugTaken(field="slug") from error

    async def require_second(self, workspace_id: WorkspaceId, *, required: bool) -> None:
        """Say whether the members have to log in with a second step."""
        await self._conn.execute(
            "UPDATE workspace SET second_factor_required = $2 WHERE id = $1", workspace_id, required
        )


class PeopleRepository:
    """Actors and memberships of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def add_actor(self, *, kind: str, name: str, user_id: UserId | None = None) -> ActorId:
        """Insert an actor."""
        actor_id = ActorId(new_id())
        await self._conn.execute(
            "INSERT INTO actor (workspace_id, id, kind, user_id, name) VALUES ($1, $2, $3, $4, $5)",
            self._conn.workspace, actor_id, kind, user_id, name,
        )  # fmt: skip
        return actor_id

    async def ensure_system_actor(self) -> ActorId:
        """Return the workspace's system actor, making it when it is not there yet."""
        found = await self._conn.fetchval(
            "SELECT id FROM actor WHERE workspace_id = $1 AND kind = 'system'", self._conn.workspace
        )
        if found is None:
            found = await self._conn.fetchval(
                "INSERT INTO actor (workspace_id, id, kind, name) VALUES ($1, $2, 'system', '')"
                " ON CONFLICT (workspace_id) WHERE kind = 'system' DO UPDATE SET kind = 'system' RETURNING id",
                self._conn.workspace, new_id(),
            )  # fmt: skip
        return ActorId(found)

    async def ensure_user_actor(self, user_id: UserId, name: str) -> ActorId:
        """Return a user's actor, making it when the user was never here."""
        found = await self._conn.fetchval(
            "INSERT INTO actor (workspace_id, id, kind, user_id, name) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (workspace_id, user_id) WHERE user_id IS NOT NULL"
            " DO UPDATE SET name = excluded.name RETURNING id",
            self._conn.workspace, new_id(), ActorKind.USER, user_id, name,
        )  # fmt: skip
        return ActorId(found)

    async def delete_actor(self, actor_id: ActorId) -> None:
        """Delete an actor."""
        await self._conn.execute(
            "DELETE FROM actor WHERE workspace_id = $1 AND id = $2", self._conn.workspace, actor_id
        )

    async def rename_actor(self, actor_id: ActorId, name: str) -> None:
        """Give an actor another name."""
        await self._conn.execute(
            "UPDATE actor SET name = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, actor_id, name,
        )  # fmt: skip

    async def add_member(self, actor_id: ActorId, user_id: UserId, *, role: Role) -> None:
        """Insert a membership. Raises AlreadyMember."""
        try:
            await self._conn.execute(
                "INSERT INTO membership (workspace_id, actor_id, user_id, role) VALUES ($1, $2, $3, $4)",
                self._conn.workspace, actor_id, user_id, role,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise AlreadyMember from error

    async def list_people(self) -> list[Person]:
        """Return everybody of the workspace, the eldest first."""
        rows = await self._conn.fetch(
            "SELECT m.user_id, m.actor_id, u.name, u.email, m.role, u.email_confirmed_at IS NOT NULL AS confirmed,"
            " u.second_factor_at IS NOT NULL AS second_factor, m.deactivated_at IS NULL AS active, u.locale,"
            " m.created_at FROM membership m JOIN app_user u ON u.id = m.user_id"
            " WHERE m.workspace_id = $1 ORDER BY m.created_at, m.actor_id LIMIT 1000",
            self._conn.workspace,
        )
        return [_person(row) for row in rows]

    async def find_person(self, user_id: UserId) -> Person | None:
        """Return one member."""
        row = await self._conn.fetchrow(
            "SELECT m.user_id, m.actor_id, u.name, u.email, m.role, u.email_confirmed_at IS NOT NULL AS confirmed,"
            " u.second_factor_at IS NOT NULL AS second_factor, m.deactivated_at IS NULL AS active, u.locale,"
            " m.created_at FROM membership m JOIN app_user u ON u.id = m.user_id"
            " WHERE m.workspace_id = $1 AND m.user_id = $2",
            self._conn.workspace, user_id,
        )  # fmt: skip
        return _person(row) if row else None

    async def lock_owners(self) -> set[UserId]:
        """Return the active owners, keeping them so until the transaction ends."""
        rows = await self._conn.fetch(
            "SELECT user_id FROM membership WHERE workspace_id = $1 AND role = 'owner' AND deactivated_at IS NULL"
            " ORDER BY user_id FOR UPDATE",
            self._conn.workspace,
        )
        return {UserId(row["user_id"]) for row in rows}

    async def set_role(self, user_id: UserId, role: Role) -> None:
        """Give a member another role."""
        await self._conn.execute(
            "UPDATE membership SET role = $3 WHERE workspace_id = $1 AND user_id = $2",
            self._conn.workspace, user_id, role,
        )  # fmt: skip

    async def set_active(self, user_id: UserId, *, active: bool) -> None:
        """Keep a member out, or let them in again."""
        await self._conn.execute(
            "UPDATE membership SET deactivated_at = CASE WHEN $3 THEN NULL ELSE coalesce(deactivated_at, now()) END"
            " WHERE workspace_id = $1 AND user_id = $2",
            self._conn.workspace, user_id, active,
        )  # fmt: skip

    async def remove_member(self, user_id: UserId) -> None:
        """Delete a membership; the actor stays, because what was written has an author."""
        await self._conn.execute(
            "DELETE FROM membership WHERE workspace_id = $1 AND user_id = $2",
            self._conn.workspace, user_id,
        )  # fmt: skip


def _person(row: Row) -> Person:
    return Person(
        user_id=UserId(row["user_id"]),
        actor_id=ActorId(row["actor_id"]),
        name=row["name"],
        email=row["email"],
        role=row["role"],
        email_confirmed=row["confirmed"],
        second_factor=row["second_factor"],
        active=row["active"],
        joined_at=row["created_at"],
        locale=row["locale"],
    )


class SystemMemberships:
    """A user's workspaces, across all of them: for log-in and the workspace switch only."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def list_for(self, user_id: UserId) -> list[MyWorkspace]:
        """Return the workspaces of a user: companies first, the latest joined first."""
        rows = await self._conn.fetch(
            "SELECT w.id, w.slug, w.name, w.kind, w.accent, m.role"
            " FROM membership m JOIN workspace w ON w.id = m.workspace_id"
            " WHERE m.user_id = $1 AND m.deactivated_at IS NULL"
            " ORDER BY w.kind = 'personal', m.created_at DESC, w.id LIMIT 200",
            user_id,
        )
        return [
            MyWorkspace(
                id=WorkspaceId(row["id"]), slug=row["slug"], name=row["name"], kind=row["kind"],
                accent=row["accent"], role=row["role"],
            )
            for row in rows
        ]  # fmt: skip

    async def all_workspaces(self) -> list[Row]:
        """Return the workspaces of the installation, oldest first."""
        return await self._conn.fetch(
            "SELECT id, slug, name, kind, accent, settings FROM workspace ORDER BY id LIMIT 1000"
        )

    async def rename(self, user_id: UserId, name: str) -> None:
        """Give a user's actors, in every workspace, another name."""
        await self._conn.execute("UPDATE actor SET name = $2 WHERE user_id = $1", user_id, name)
