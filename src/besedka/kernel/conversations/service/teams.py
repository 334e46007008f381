"""Teams: people who share a queue of dialogs."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.errors import TeamNotFound, TooManyTeams
from besedka.kernel.conversations.repository.teams import TeamRepository
from besedka.kernel.conversations.service.checks import check_text
from besedka.kernel.conversations.service.writers import Writers
from besedka.kernel.conversations.types import MOST_TEAMS, Team


async def list_teams(conn: TenantConn) -> list[Team]:
    """Return the workspace's teams by their names."""
    return await TeamRepository(conn).all()


async def get_team(conn: TenantConn, team: UUID) -> Team:
    """Return a team. Raises TeamNotFound."""
    found = await TeamRepository(conn).find(team)
    if found is None:
        raise TeamNotFound
    return found


async def save_team(
    conn: TenantConn, team: Team, *, members: Sequence[ActorId] | None = None
) -> Team:
    """Store a team, new or changed, and who is in it. Raises TeamTaken, TooManyTeams, BadCharacters."""
    check_text(team.name)
    teams = TeamRepository(conn)
    if await teams.find(team.id) is None and len(await teams.all()) >= MOST_TEAMS:
        raise TooManyTeams(most=MOST_TEAMS)
    await teams.save(team)
    if members is not None:
        await teams.set_members(team.id, members)
    return await get_team(conn, team.id)


async def delete_team(runtime: Runtime, conn: TenantConn, team: UUID) -> None:
    """Delete a team; its dialogs stay with their people, or in the queue of all. Raises TeamNotFound."""
    await get_team(conn, team)
    for chat in await TeamRepository(conn).delete(team):
        conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat))
