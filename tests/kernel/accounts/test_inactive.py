"""People who are kept out: of a workspace by its administrators, of everything by a host."""

import asyncio

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service
from besedka.kernel.accounts.types import Role
from besedka.kernel.realtime.repository import SystemSessions
from tests.factories import PASSWORD, Made, MadeWorkspace, make_person, make_workspace
from tests.kernel.accounts.helpers import API, AUTH, bearer

USERS = f"{API}/users"


@pytest.fixture
async def workspace(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


async def press(client: httpx.AsyncClient, by: Made, who: Made, what: str) -> tuple[int, object]:
    """Deactivate, activate, disable or enable somebody."""
    answer = await client.post(f"{USERS}/{who.user_id}/{what}", headers=by.headers)
    return answer.status_code, answer.json().get("code") if answer.content else None


async def status(client: httpx.AsyncClient, token: str) -> int:
    """Return what a bearer is answered with."""
    return (await client.get(f"{AUTH}/me", headers=bearer(token))).status_code


async def test_deactivated_persons_sessions_sockets_and_keys_die_at_once(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    person = await make_person(runtime, workspace)
    body = {"name": "x", "scopes": ["people.read"]}
    key = (await client.post(f"{API}/api-keys", json=body, headers=person.headers)).json()
    ended: list[object] = []
    changed: list[object] = []
    accounts = runtime.get(service.Accounts)
    accounts.session_ends.append(ended.append)
    accounts.access_changes.append(lambda *change: changed.append(change))
    assert await press(client, workspace.owner, person, "deactivate") == (200, None)
    assert (await status(client, person.token), await status(client, key["token"])) == (401, 401)
    assert ended == [person.session_id]
    assert changed == [(workspace.id, person.actor_id)]
    async with runtime.db.system.acquire() as conn:
        assert await SystemSessions(conn).roles({person.session_id}) == {}
    login = {"email": person.email, "password": PASSWORD}
    refused = await client.post(f"{AUTH}/login", json=login)
    assert (refused.status_code, refused.json()["code"]) == (403, "no_workspace")


async def test_activated_person_is_back_in_their_role_without_old_sessions_and_keys(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    person = await make_person(runtime, workspace, role=Role.ADMIN)
    body = {"name": "x", "scopes": ["people.read"]}
    key = (await client.post(f"{API}/api-keys", json=body, headers=person.headers)).json()
    await press(client, workspace.owner, person, "deactivate")
    people = (await client.get(USERS, headers=workspace.headers)).json()
    assert {each["id"]: each["active"] for each in people}[str(person.user_id)] is False
    assert await press(client, workspace.owner, person, "activate") == (200, None)
    assert (await status(client, person.token), await status(client, key["token"])) == (401, 401)
    login = {"email": person.email, "password": PASSWORD}
    token = (await client.post(f"{AUTH}/login", json=login)).json()["access_token"]
    me = (await client.get(f"{AUTH}/me", headers=bearer(token))).json()
    assert (me["role"], me["actor"]) == ("admin", str(person.actor_id))


async def test_deactivated_person_keeps_their_other_workspaces(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    other = await make_workspace(runtime)
    added = {"email": other.owner.email, "role": "operator"}
    await client.post(USERS, json=added, headers=workspace.headers)
    await press(client, workspace.owner, other.owner, "deactivate")
    assert await status(client, other.owner.token) == 200
    here = {**other.headers, "Besedka-Workspace": workspace.slug}
    assert (await client.get(f"{AUTH}/me", headers=here)).status_code == 404
    listed = (await client.get(f"{API}/workspaces", headers=other.headers)).json()
    assert [each["id"] for each in listed] == [str(other.id)]


async def test_last_active_owner_stays(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    second = await make_person(runtime, workspace, role=Role.OWNER)
    admin = await make_person(runtime, workspace, role=Role.ADMIN)
    assert await press(client, admin, second, "deactivate") == (403, "owner_only")
    assert await press(client, workspace.owner, second, "deactivate") == (200, None)
    owner = workspace.owner
    assert await press(client, owner, owner, "deactivate") == (409, "last_owner")
    lowered = await client.patch(
        f"{USERS}/{owner.user_id}", json={"role": "member"}, headers=owner.headers
    )
    assert lowered.status_code == 409, "an owner who is kept out is not the one that stays"
    assert await press(client, admin, second, "activate") == (403, "owner_only")
    assert await press(client, owner, second, "activate") == (200, None)


async def test_two_owners_who_deactivate_each_other_leave_one(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    second = await make_person(runtime, workspace, role=Role.OWNER)
    await asyncio.gather(
        press(client, workspace.owner, second, "deactivate"),
        press(client, second, workspace.owner, "deactivate"),
    )
    async with runtime.db.fast.acquire(workspace.id) as conn:
        left = await conn.fetchval(
            "SELECT count(*) FROM membership WHERE role = 'owner' AND deactivated_at IS NULL"
        )
    assert left == 1


async def test_role_without_the_permission_and_strangers_deactivate_nobody(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    person = await make_person(runtime, workspace)
    assert await press(client, person, workspace.owner, "deactivate") == (403, "forbidden")
    stranger = (await make_workspace(runtime)).owner
    for what in ("deactivate", "activate"):
        assert await press(client, stranger, person, what) == (404, "person_not_found")


async def test_host_disables_and_enables_a_person_altogether(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    host = (await make_workspace(runtime, is_host=True)).owner
    person = await make_person(runtime, workspace)
    assert await press(client, workspace.owner, person, "disable") == (403, "host_only")
    assert await press(client, host, person, "disable") == (204, None)
    assert await status(client, person.token) == 401
    login = {"email": person.email, "password": PASSWORD}
    assert (await client.post(f"{AUTH}/login", json=login)).status_code == 401
    assert await press(client, host, person, "enable") == (204, None)
    assert await status(client, person.token) == 401, "the sessions stay over"
    assert (await client.post(f"{AUTH}/login", json=login)).status_code == 200


async def test_lost_authenticator_is_forgotten_by_the_command(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    owner = workspace.owner
    async with runtime.db.system.transaction() as conn:
        await conn.execute(
            "UPDATE app_user SET second_factor_at = now() WHERE id = $1", owner.user_id
        )
    login = {"email": owner.email, "password": PASSWORD}
    assert (await client.post(f"{AUTH}/login", json=login)).status_code == 202
    async with runtime.db.system.transaction() as conn:
        found = await service.find_user(conn, owner.email.upper())
        await service.drop_second(runtime, conn, found)
    assert (await client.post(f"{AUTH}/login", json=login)).status_code == 200
