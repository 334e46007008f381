"""The people of a workspace: joining, roles, leaving."""

import asyncio

import httpx
import pytest
from pydantic import SecretStr

from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service
from besedka.kernel.accounts.types import Role
from tests.factories import PASSWORD, MadeWorkspace, make_person, make_workspace
from tests.kernel.accounts.helpers import API, AUTH, bearer, fresh_email, letters_to, sign_up

USERS = f"{API}/users"


@pytest.fixture
async def workspace(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


async def _add(
    client: httpx.AsyncClient, workspace: MadeWorkspace, email: str, role: str = "operator"
) -> httpx.Response:
    body = {"email": email, "name": "Nina New", "role": role}
    return await client.post(USERS, json=body, headers=workspace.headers)


async def test_new_person_sets_a_password_by_the_link_and_works(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    email = fresh_email()
    added = (await _add(client, workspace, email)).json()
    assert added["person"]["role"] == "operator"
    token = added["link"].split("token=")[1]
    body = {"token": token, "password": "my own password"}
    assert (await client.post(f"{AUTH}/password/reset", json=body)).status_code == 204
    login = await client.post(f"{AUTH}/login", json={"email": email, "password": "my own password"})
    me = (await client.get(f"{AUTH}/me", headers=bearer(login.json()["access_token"]))).json()
    assert me["workspace"]["id"] == str(workspace.workspace_id)
    assert me["email_confirmed"] is False, "a link that was handed over proves no address"


async def test_with_a_mail_server_the_link_goes_by_letter_only(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    runtime.settings.smtp_url = SecretStr("smtp://127.0.0.1:9")
    email = fresh_email()
    added = (await _add(client, workspace, email)).json()
    assert added["link"] is None
    (letter,) = await letters_to(runtime, email)
    assert letter["name"] == "invited"
    body = {"token": letter["body_text"].split("token=")[1].split()[0], "password": PASSWORD}
    await client.post(f"{AUTH}/password/reset", json=body)
    login = await client.post(f"{AUTH}/login", json={"email": email, "password": PASSWORD})
    me = (await client.get(f"{AUTH}/me", headers=bearer(login.json()["access_token"]))).json()
    assert me["email_confirmed"] is True


async def test_person_with_an_account_joins_without_any_link(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    other = (await make_workspace(runtime)).owner
    added = await _add(client, workspace, other.email.upper())
    assert added.json()["link"] is None
    here = {**other.headers, "Besedka-Workspace": workspace.slug}
    assert (await client.get(f"{AUTH}/me", headers=here)).json()["role"] == "operator"
    again = await _add(client, workspace, other.email)
    assert (again.status_code, again.json()["code"]) == (409, "already_member")


async def test_registered_strangers_address_is_not_let_in_unconfirmed(
    client: httpx.AsyncClient, workspace: MadeWorkspace
) -> None:
    """An attacker registers a colleague's address first and waits for the company to add it."""
    email = fresh_email("colleague")
    await sign_up(client, email=email)
    response = await _add(client, workspace, email)
    assert (response.status_code, response.json()["code"]) == (409, "person_unconfirmed")


async def test_unconfirmed_person_adds_nobody(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime, confirmed=False)
    response = await _add(client, workspace, fresh_email())
    assert (response.status_code, response.json()["code"]) == (403, "email_unconfirmed")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MEMBER, Role.SALES, Role.RECRUITER])
async def test_role_without_the_permission_manages_nobody(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace, role: Role
) -> None:
    person = await make_person(runtime, workspace, role=role)
    target = f"{USERS}/{workspace.owner.user_id}"
    for response in (
        await client.post(USERS, json={"email": fresh_email()}, headers=person.headers),
        await client.patch(target, json={"role": "member"}, headers=person.headers),
        await client.delete(target, headers=person.headers),
        await client.patch(f"{API}/workspaces/current", json={"name": "X"}, headers=person.headers),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert (await client.get(USERS, headers=person.headers)).status_code == 200


async def test_changed_role_holds_with_the_next_request_and_is_told(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    person = await make_person(runtime, workspace, role=Role.ADMIN)
    told: list[object] = []
    runtime.get(service.Accounts).access_changes.append(lambda *change: told.append(change))
    target = f"{USERS}/{person.user_id}"
    changed = await client.patch(target, json={"role": "member"}, headers=workspace.headers)
    assert changed.json()["role"] == "member"
    assert told == [(workspace.workspace_id, person.actor_id)]
    refused = await client.post(USERS, json={"email": fresh_email()}, headers=person.headers)
    assert refused.status_code == 403


async def test_admin_makes_and_unmakes_no_owners(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    admin = await make_person(runtime, workspace, role=Role.ADMIN)
    for user_id, role in ((admin.user_id, "owner"), (workspace.owner.user_id, "member")):
        response = await client.patch(
            f"{USERS}/{user_id}", json={"role": role}, headers=admin.headers
        )
        assert (response.status_code, response.json()["code"]) == (403, "owner_only")
    removed = await client.delete(f"{USERS}/{workspace.owner.user_id}", headers=admin.headers)
    assert removed.json()["code"] == "owner_only"
    added = await client.post(
        USERS, json={"email": fresh_email(), "role": "owner"}, headers=admin.headers
    )
    assert added.json()["code"] == "owner_only"


async def test_last_owner_stays(client: httpx.AsyncClient, workspace: MadeWorkspace) -> None:
    target = f"{USERS}/{workspace.owner.user_id}"
    demoted = await client.patch(target, json={"role": "admin"}, headers=workspace.headers)
    removed = await client.delete(target, headers=workspace.headers)
    assert (demoted.status_code, demoted.json()["code"]) == (409, "last_owner")
    assert (removed.status_code, removed.json()["code"]) == (409, "last_owner")


async def test_two_owners_who_unmake_each_other_leave_one(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    for _ in range(5):
        one, other = workspace.owner, await make_person(runtime, workspace, role=Role.OWNER)
        await asyncio.gather(
            client.delete(f"{USERS}/{other.user_id}", headers=one.headers),
            client.delete(f"{USERS}/{one.user_id}", headers=other.headers),
        )
        async with runtime.db.fast.acquire(workspace.workspace_id) as conn:
            owners = [p for p in await service.people(conn) if p.role == Role.OWNER]
        assert len(owners) == 1
        if owners[0].user_id != one.user_id:
            break


async def test_removed_person_is_out_at_once_and_moved_to_what_is_left(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    home = await make_workspace(runtime)
    await _add(client, workspace, home.owner.email)
    switch = await client.post(
        f"{AUTH}/workspace", json={"workspace": workspace.slug}, headers=home.headers
    )
    assert switch.status_code == 200
    target = f"{USERS}/{home.owner.user_id}"
    assert (await client.delete(target, headers=workspace.headers)).status_code == 204
    wanted = {**home.headers, "Besedka-Workspace": workspace.slug}
    assert (await client.get(f"{AUTH}/me", headers=wanted)).status_code == 404
    me = (await client.get(f"{AUTH}/me", headers=home.headers)).json()
    assert me["workspace"]["id"] == str(home.workspace_id)


async def test_person_without_any_workspace_is_told_so(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    person = await make_person(runtime, workspace)
    await client.delete(f"{USERS}/{person.user_id}", headers=workspace.headers)
    me = await client.get(f"{AUTH}/me", headers=person.headers)
    assert (me.status_code, me.json()["code"]) == (403, "no_workspace")


async def test_person_who_comes_back_is_the_same_actor(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    person = await make_person(runtime, workspace)
    await client.delete(f"{USERS}/{person.user_id}", headers=workspace.headers)
    added = (await _add(client, workspace, person.email)).json()
    assert added["person"]["actor"] == str(person.actor_id)


async def test_deeds_are_in_the_audit(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    person = await make_person(runtime, workspace)
    target = f"{USERS}/{person.user_id}"
    await client.patch(target, json={"role": "sales"}, headers=workspace.headers)
    await client.delete(target, headers=workspace.headers)
    async with runtime.db.fast.acquire(workspace.workspace_id) as conn:
        rows = await conn.fetch(
            "SELECT action, actor_id, target_id FROM audit_event WHERE workspace_id = $1 ORDER BY id",
            workspace.workspace_id,
        )
    assert [row["action"] for row in rows] == ["accounts.role_changed", "accounts.member_removed"]
    assert {row["actor_id"] for row in rows} == {workspace.owner.actor_id}
    assert {row["target_id"] for row in rows} == {person.user_id}


async def test_new_name_shows_in_every_workspace(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    home = await make_workspace(runtime)
    await _add(client, workspace, home.owner.email)
    body = {"name": " Olga\r\n  Orlova ", "locale": "ru"}
    response = await client.patch(f"{USERS}/me", json=body, headers=home.headers)
    assert response.status_code == 204, response.text
    people = (await client.get(USERS, headers=workspace.headers)).json()
    assert "Olga Orlova" in {person["name"] for person in people}
    async with runtime.db.system.acquire() as conn:
        names = await conn.fetch("SELECT name FROM actor WHERE user_id = $1", home.owner.user_id)
    assert {row["name"] for row in names} == {"Olga Orlova"}
    answer = await client.get(
        f"{API}/nothing-here", headers={**home.headers, "Accept-Language": "en"}
    )
    assert answer.status_code == 404


async def test_own_language_wins_over_the_browsers(
    client: httpx.AsyncClient, workspace: MadeWorkspace
) -> None:
    await client.patch(f"{USERS}/me", json={"locale": "ru"}, headers=workspace.headers)
    response = await client.get(
        f"{USERS}/{workspace.workspace_id}",
        headers={**workspace.headers, "Accept-Language": "en"},
    )
    assert response.json()["detail"] == "Такого человека здесь нет."


async def test_newcomer_who_lost_the_link_gets_another(
    client: httpx.AsyncClient, workspace: MadeWorkspace
) -> None:
    email = fresh_email()
    first, second = [(await _add(client, workspace, email)).json() for _ in range(2)]
    assert first["person"] == second["person"]
    tokens = [each["link"].split("token=")[1] for each in (first, second)]
    codes = [
        (
            await client.post(f"{AUTH}/password/reset", json={"token": t, "password": PASSWORD})
        ).status_code
        for t in tokens
    ]
    assert codes == [410, 204]
    third = await _add(client, workspace, email)
    assert third.json()["code"] == "person_unconfirmed", "somebody has the account now"


async def test_removed_newcomer_leaves_the_address_free(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    email = fresh_email()
    added = (await _add(client, workspace, email)).json()
    target = f"{USERS}/{added['person']['id']}"
    assert (await client.delete(target, headers=workspace.headers)).status_code == 204
    spent = {"token": added["link"].split("token=")[1], "password": PASSWORD}
    assert (await client.post(f"{AUTH}/password/reset", json=spent)).status_code == 410
    await sign_up(client, email=email)


async def test_newcomer_of_one_company_cannot_be_added_by_another(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    email = fresh_email()
    await _add(client, workspace, email)
    response = await _add(client, await make_workspace(runtime), email)
    assert (response.status_code, response.json()["code"]) == (409, "person_unconfirmed")
