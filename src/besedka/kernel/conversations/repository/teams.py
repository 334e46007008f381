"""SQL of teams."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.errors import TeamTaken
from besedka.kernel.conversations.types import ConversationId, Team, TeamMode

_TEAM = (
    "SELECT t.id, t.name, t.mode, t.is_default, array(SELECT m.actor_id FROM team_member m"
    " WHERE m.workspace_id = t.workspace_id AND m.team_id = t.id ORDER BY m.actor_id) AS members"
    " FROM team t WHERE t.workspace_id = $1"
)


class TeamRepository:
    """Teams of a workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def all(self) -> list[Team]:
        """Return the teams by their names."""
        rows = await self._conn.fetch(f"{_TEAM} ORDER BY lower(t.name), t.id", self._conn.workspace)
        return [_team(row) for row in rows]

    async def find(self, team: UUID) -> Team | None:
        """Return one team."""
        row = await self._conn.fetchrow(f"{_TEAM} AND t.id = $2", self._conn.workspace, team)
        return None if row is None else _team(row)

    async def save(self, team: Team) -> None:
        """Store a team as it is now, without its members; of several only one is the default. Raises TeamTaken."""
        if team.is_default:
            await self._conn.execute(
                "UPDATE team SET is_default = false WHERE workspace_id = $1 AND id <> $2 AND is_default",
                self._conn.workspace,
                team.id,
            )
        try:
            await self._conn.execute(
                "INSERT INTO team (workspace_id, id, name, mode, is_default) VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, mode = excluded.mode,"
                " is_default = excluded.is_default",
                self._conn.workspace, team.id, team.name, team.mode, team.is_default,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise TeamTaken from error

    async def set_members(self, team: UUID, members: Sequence[ActorId]) -> None:
        """Let exactly these people of the workspace be in a team; others are passed over."""
        await self._conn.execute(
            "DELETE FROM team_member WHERE workspace_id = $1 AND team_id = $2 AND actor_id <> ALL($3::uuid[])",
            self._conn.workspace, team, list(members),
        )  # fmt: skip
        await self._conn.execute(
            "INSERT INTO team_member (workspace_id, team_id, actor_id) SELECT $1, $2, m.actor_id FROM membership m"
            " WHERE m.workspace_id = $1 AND m.actor_id = ANY($3::uuid[]) ON CONFLICT DO NOTHING",
            self._conn.workspace, team, list(members),
        )  # fmt: skip

    async def delete(self, team: UUID) -> list[ConversationId]:
        """Delete a team; return the dialogs that were in its queue."""
        rows = await self._conn.fetch(
            "UPDATE conversation SET team_id = NULL, mod = mod + 1 WHERE workspace_id = $1 AND team_id = $2 RETURNING id",
            self._conn.workspace,
            team,
        )
        await self._conn.execute(
            "DELETE FROM team WHERE workspace_id = $1 AND id = $2", self._conn.workspace, team
        )
        return [ConversationId(row["id"]) for row in rows]


def _team(row: Row) -> Team:
    return Team(
        id=row["id"],
        name=row["name"],
        mode=TeamMode(row["mode"]),
        is_default=row["is_default"],
        members=tuple(row["members"]),
    )
