"""Taking one's data away, and deleting one's account."""

from collections.abc import Mapping
from secrets import token_hex

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role, WorkspaceKind
from besedka.migrations.metadata import METADATA
from tests.attacks.company import furnish
from tests.factories import PASSWORD, Made, make_person, make_workspace
from tests.fakes.jobs import settled
from tests.kernel.accounts.helpers import API, AUTH, bearer, sign_up

ME = f"{AUTH}/me"
USERS = f"{API}/users"


async def erase(client: httpx.AsyncClient, who: Made, **given: object) -> tuple[int, object]:
    """Delete somebody's account."""
    body = {"password": PASSWORD, **given}
    answer = await client.request("DELETE", ME, json=body, headers=who.headers)
    return answer.status_code, answer.json().get("code") if answer.content else None


async def rows_of(runtime: Runtime, column: str, value: object) -> Mapping[str, int]:
    """Return which tables have rows with a value in a column, and how many."""
    found = {}
    async with runtime.db.system.acquire() as conn:
        for table in METADATA.sorted_tables:
            if column in table.columns:
                count = await conn.fetchval(
                    f'SELECT count(*) FROM "{table.name}" WHERE {column} = $1', value
                )
                found[table.name] = count
    return {name: count for name, count in found.items() if count}


async def test_export_holds_what_is_known_of_the_person_and_nothing_secret(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    person = await make_person(runtime, workspace, name="Pavel Portable")
    body = {"name": "My program", "scopes": []}
    key = (await client.post(f"{API}/api-keys", json=body, headers=person.headers)).json()
    upload = {"file": ("mine.txt", b"My own words.", "text/plain")}
    await client.post(f"{API}/files/upload", files=upload, headers=person.headers)
    await client.post(f"{AUTH}/email/resend", headers=person.headers)
    answer = await client.get(f"{ME}/export", headers=person.headers)
    assert "attachment" in answer.headers["content-disposition"]
    found = answer.json()
    assert found["accounts"]["user"]["name"] == "Pavel Portable"
    assert [each["slug"] for each in found["accounts"]["memberships"]] == [workspace.slug]
    assert [each["user_agent"] for each in found["accounts"]["sessions"]] == ["tests"]
    assert [each["prefix"] for each in found["accounts"]["api_keys"]] == [key["prefix"]]
    assert [each["name"] for each in found["files"]["uploads"]] == ["mine.txt"]
    assert [each["name"] for each in found["mail"]["letters"]] == ["confirm_email"]
    for secret in (key["token"], "argon2", workspace.owner.email):
        assert secret not in answer.text


async def test_person_leaves_a_company_and_their_words_stay_without_the_name(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    person = await make_person(runtime, workspace, name="Pavel Gone")
    body = {"name": "My program", "scopes": ["people.read"]}
    key = (await client.post(f"{API}/api-keys", json=body, headers=person.headers)).json()
    upload = {"file": ("mine.txt", b"My own words.", "text/plain")}
    file = (await client.post(f"{API}/files/upload", files=upload, headers=person.headers)).json()
    assert await erase(client, person) == (204, None)
    for token in (person.token, key["token"]):
        assert (await client.get(ME, headers=bearer(token))).status_code == 401
    login = {"email": person.email, "password": PASSWORD}
    assert (await client.post(f"{AUTH}/login", json=login)).status_code == 401
    people = (await client.get(USERS, headers=workspace.headers)).json()
    assert [each["email"] for each in people] == [workspace.owner.email]
    async with runtime.db.fast.acquire(workspace.id) as conn:
        name = await conn.fetchval("SELECT name FROM actor WHERE id = $1", person.actor_id)
        deed = await conn.fetchval("SELECT action FROM audit_event ORDER BY id DESC LIMIT 1")
    assert name in {"Former member", "Бывший участник"}
    assert deed == "accounts.member_erased"
    assert await rows_of(runtime, "user_id", person.user_id) == {}
    kept = await client.get(f"{API}/files/{file['id']}", headers=workspace.headers)
    assert kept.status_code == 200
    again = {"email": person.email, "password": PASSWORD}
    assert (await client.post(f"{AUTH}/register", json=again)).status_code == 201


async def test_personal_workspace_goes_with_its_person(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    headers = bearer((await sign_up(client, name=f"Solo {token_hex(4)}"))["access_token"])
    workspace = (await client.get(ME, headers=headers)).json()["workspace"]["id"]
    body = {"password": PASSWORD}
    gone = await client.request("DELETE", ME, json=body, headers=headers)
    assert gone.status_code == 204
    assert await rows_of(runtime, "workspace_id", workspace) == {}
    async with runtime.db.system.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM workspace WHERE id = $1", workspace) == 0


async def test_company_of_one_goes_whole_but_only_when_said_so(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    """The company has something in every table: nothing of it may stay, nothing of another may go."""
    company, other = await furnish(runtime, client), await furnish(runtime, client)
    removed = await client.delete(
        f"{USERS}/{company.operator.user_id}", headers=company.owner.headers
    )
    assert removed.status_code == 204
    await settled(runtime)
    before = await rows_of(runtime, "workspace_id", other.id)
    assert await erase(client, company.owner) == (409, "company_alone")
    assert (await client.get(ME, headers=company.owner.headers)).status_code == 200
    assert await erase(client, company.owner, with_companies=True) == (204, None)
    left = await rows_of(runtime, "workspace_id", company.id)
    assert left
    assert {table for table in left if not table.startswith("ledger_")} == set()  # books are kept
    async with runtime.db.system.acquire() as conn:
        row = await conn.fetchrow("SELECT name, slug FROM workspace WHERE id = $1", company.id)
    assert row is not None
    assert (row["name"], row["slug"]) == ("", str(company.id))
    assert await rows_of(runtime, "workspace_id", other.id) == before


async def test_only_owner_of_others_is_refused_and_loses_nothing(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    second = await make_person(runtime, workspace, role=Role.ADMIN)
    owner = workspace.owner
    assert await erase(client, owner, with_companies=True) == (409, "owner_of_others")
    assert (await client.get(USERS, headers=owner.headers)).status_code == 200
    path = f"{USERS}/{second.user_id}"
    await client.patch(path, json={"role": "owner"}, headers=owner.headers)
    assert await erase(client, owner) == (204, None)


async def test_deletion_needs_the_password(client: httpx.AsyncClient, runtime: Runtime) -> None:
    owner = (await make_workspace(runtime, kind=WorkspaceKind.PERSONAL)).owner
    assert await erase(client, owner, password="wrong") == (422, "wrong_password")
    assert (await client.get(ME, headers=owner.headers)).status_code == 200


@pytest.mark.parametrize("hosts", [1, 2])
async def test_last_host_stays(client: httpx.AsyncClient, runtime: Runtime, hosts: int) -> None:
    async with runtime.db.system.acquire() as conn:
        await conn.execute("UPDATE app_user SET is_host = false WHERE is_host")
    made = [
        (await make_workspace(runtime, is_host=True, kind=WorkspaceKind.PERSONAL)).owner
        for _ in range(hosts)
    ]
    expected = (409, "last_host") if hosts == 1 else (204, None)
    assert await erase(client, made[0]) == expected
    kept = (await client.get(ME, headers=made[0].headers)).status_code
    assert kept == (200 if hosts == 1 else 401)
