"""API keys: what they open, for how long, and what ends them."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from besedka.app import create_app
from besedka.core.clock import now
from besedka.core.config import Settings
from besedka.core.ids import token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service
from besedka.kernel.accounts.service.keys import MOST_KEYS, SECRET_BYTES, SHOWN, new_key
from besedka.kernel.accounts.types import Role
from tests.factories import Made, MadeWorkspace, make_person, make_workspace
from tests.kernel.accounts.helpers import API, AUTH, bearer
from tests.plugins.queries import recorded

KEYS = f"{API}/api-keys"
USERS = f"{API}/users"
CHATS = f"{API}/chats"


@pytest.fixture
async def workspace(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


async def make(
    client: httpx.AsyncClient, who: Made, *scopes: str, **fields: object
) -> dict[str, Any]:
    """Make a key over the API."""
    body = {"name": "Nightly report", "scopes": list(scopes), **fields}
    response = await client.post(KEYS, json=body, headers=who.headers)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def status(client: httpx.AsyncClient, key: dict[str, Any], path: str = f"{AUTH}/me") -> int:
    """Return what a key is answered with."""
    return (await client.get(path, headers=bearer(key["token"]))).status_code


async def test_key_asks_in_its_makers_name_within_its_scopes(
    client: httpx.AsyncClient, workspace: MadeWorkspace
) -> None:
    key = await make(client, workspace.owner, "people.read")
    me = (await client.get(f"{AUTH}/me", headers=bearer(key["token"]))).json()
    assert me["actor"] == str(workspace.owner.actor_id)
    assert me["permissions"] == ["people.read"]
    assert await status(client, key, USERS) == 200
    for path in (CHATS, f"{API}/documents", f"{API}/dialogs"):
        assert await status(client, key, path) == 403


async def test_scope_for_chats_opens_the_makers_own(
    client: httpx.AsyncClient, workspace: MadeWorkspace
) -> None:
    key = await make(client, workspace.owner, "chats.use")
    assert await status(client, key, CHATS) == 200
    assert await status(client, key, USERS) == 403


async def test_key_is_shown_whole_only_once_and_kept_by_its_hash(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    key = await make(client, workspace.owner)
    token = key["token"]
    assert token.startswith("bsd_")
    assert key["prefix"] == token[:SHOWN]
    listed = await client.get(KEYS, headers=workspace.headers)
    assert token not in listed.text
    assert [each["prefix"] for each in listed.json()] == [token[:SHOWN]]
    async with runtime.db.fast.acquire(workspace.id) as conn:
        row = await conn.fetchrow("SELECT api_key::text AS all, hash FROM api_key")
    assert row is not None
    assert row["hash"] == token_hash(token)
    assert token not in row["all"]


def test_what_is_hidden_of_a_key_is_256_bits() -> None:
    shown_bytes = (SHOWN - len("bsd_")) * 6 // 8
    assert (SECRET_BYTES - shown_bytes) * 8 == 256


async def test_identity_of_a_key_is_one_statement(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    key = await make(client, workspace.owner, "people.read")
    assert await status(client, key) == 200
    for headers in ({}, {"Besedka-Workspace": workspace.slug}):
        async with recorded(runtime.db.fast) as statements:
            found = await client.get(f"{AUTH}/me", headers={**bearer(key["token"]), **headers})
            assert found.status_code == 200
        assert len(statements) == 1, statements


async def test_last_use_is_written_once_a_minute(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    key = await make(client, workspace.owner)
    assert key["last_used_at"] is None

    async def last_used() -> object:
        return (await client.get(KEYS, headers=workspace.headers)).json()[0]["last_used_at"]

    await asyncio.gather(*(status(client, key) for _ in range(5)))
    first = await last_used()
    assert first is not None
    await status(client, key)
    assert await last_used() == first
    async with runtime.db.fast.acquire(workspace.id) as conn:
        await conn.execute("UPDATE api_key SET last_used_at = now() - interval '61 seconds'")
    await status(client, key)
    assert await last_used() != first


async def test_lowered_maker_lowers_the_key_with_the_next_request(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    admin = await make_person(runtime, workspace, role=Role.ADMIN)
    key = await make(client, admin, "people.read", "people.manage", "workspace.manage")
    target = f"{USERS}/{admin.user_id}"
    await client.patch(target, json={"role": "member"}, headers=workspace.headers)
    me = (await client.get(f"{AUTH}/me", headers=bearer(key["token"]))).json()
    assert me["permissions"] == ["people.read"]
    renamed = await client.patch(
        f"{API}/workspaces/current", json={"name": "Mine"}, headers=bearer(key["token"])
    )
    assert renamed.status_code == 403
    await client.patch(target, json={"role": "owner"}, headers=workspace.headers)
    me = (await client.get(f"{AUTH}/me", headers=bearer(key["token"]))).json()
    assert me["permissions"] == ["people.manage", "people.read", "workspace.manage"]


async def test_removed_makers_key_is_dead_and_stays_so_when_they_return(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    person = await make_person(runtime, workspace)
    key = await make(client, person, "people.read")
    await client.delete(f"{USERS}/{person.user_id}", headers=workspace.headers)
    assert await status(client, key) == 401
    back = {"email": person.email, "role": "operator"}
    assert (await client.post(USERS, json=back, headers=workspace.headers)).status_code == 201
    assert await status(client, key) == 401


async def test_disabled_makers_key_is_refused(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    key = await make(client, workspace.owner)
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE app_user SET disabled_at = now() WHERE id = $1", workspace.owner.user_id
        )
    assert await status(client, key) == 401


async def test_revoked_and_expired_keys_are_refused_alike(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    revoked = await make(client, workspace.owner)
    ends = (now() + timedelta(days=1)).isoformat()
    expired = await make(client, workspace.owner, expires_at=ends)
    for key in (revoked, expired):
        assert await status(client, key) == 200
    gone = await client.delete(f"{KEYS}/{revoked['id']}", headers=workspace.headers)
    assert gone.status_code == 204
    async with runtime.db.fast.acquire(workspace.id) as conn:
        await conn.execute("UPDATE api_key SET expires_at = now()")
    answers = [
        await client.get(f"{AUTH}/me", headers=bearer(token))
        for token in (revoked["token"], expired["token"], new_key(workspace.id))
    ]
    assert {each.status_code for each in answers} == {401}
    assert {each.json()["code"] for each in answers} == {"key_refused"}
    again = await client.delete(f"{KEYS}/{revoked['id']}", headers=workspace.headers)
    assert (again.status_code, again.json()["code"]) == (404, "key_not_found")


@pytest.mark.parametrize(
    "token", ["bsd_", "bsd_abc", "bsd_" + "!" * 72, "bsd_" + "A" * 72, "bsd_" + "A" * 71 + "="]
)
async def test_odd_key_is_refused(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.get(f"{AUTH}/me", headers=bearer(token))
    assert (answer.status_code, answer.json()["code"]) == (401, "key_refused")


async def test_key_that_says_another_workspace_opens_neither(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    other = await make_workspace(runtime)
    key = await make(client, workspace.owner)
    forged = key["token"][:-22] + new_key(other.id)[-22:]
    assert await status(client, {"token": forged}) == 401


async def test_key_works_in_its_own_workspace_alone(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    other = await make_workspace(runtime)
    back = {"email": workspace.owner.email, "role": "admin"}
    await client.post(USERS, json=back, headers=other.headers)
    key = await make(client, workspace.owner, "people.read")
    for wanted, expected in (
        (workspace.slug, 200), (str(workspace.id), 200), (other.slug, 404), (str(other.id), 404),
        ("no-such-place", 404),
    ):  # fmt: skip
        headers = {**bearer(key["token"]), "Besedka-Workspace": wanted}
        assert (await client.get(USERS, headers=headers)).status_code == expected
        prefixed = await client.get(f"/w/{wanted}{USERS}", headers=bearer(key["token"]))
        assert prefixed.status_code == expected


async def test_key_makes_no_keys_and_opens_no_socket(
    client: httpx.AsyncClient, workspace: MadeWorkspace
) -> None:
    key = await make(client, workspace.owner, "people.read", "chats.use", "workspace.manage")
    headers = bearer(key["token"])
    body = {"name": "Another", "scopes": ["people.read"]}
    for answer in (
        await client.post(KEYS, json=body, headers=headers),
        await client.get(KEYS, headers=headers),
        await client.delete(f"{KEYS}/{key['id']}", headers=headers),
        await client.post(f"{AUTH}/ws-ticket", headers=headers),
        await client.get("/dashboard/settings", headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_by_key")


async def test_hosts_key_is_no_host(client: httpx.AsyncClient, runtime: Runtime) -> None:
    host = (await make_workspace(runtime, is_host=True)).owner
    key = await make(client, host)
    me = (await client.get(f"{AUTH}/me", headers=bearer(key["token"]))).json()
    assert me["is_host"] is False


@pytest.mark.parametrize("scope", ["workspace.manage", "people.manage", "no.such", ""])
async def test_key_gets_nothing_that_its_maker_has_not(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace, scope: str
) -> None:
    person = await make_person(runtime, workspace, role=Role.MEMBER)
    body = {"name": "Too much", "scopes": ["people.read", scope]}
    answer = await client.post(KEYS, json=body, headers=person.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "scope_refused")


async def test_key_that_would_be_over_is_refused(
    client: httpx.AsyncClient, workspace: MadeWorkspace
) -> None:
    body = {"name": "Late", "scopes": [], "expires_at": (now() - timedelta(1)).isoformat()}
    answer = await client.post(KEYS, json=body, headers=workspace.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "expiry_past")


async def test_people_see_and_revoke_their_own_keys_and_managers_everybodys(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    person = await make_person(runtime, workspace)
    owners, persons = await make(client, workspace.owner), await make(client, person)
    seen = (await client.get(KEYS, headers=person.headers)).json()
    assert [each["id"] for each in seen] == [persons["id"]]
    refused = await client.delete(f"{KEYS}/{owners['id']}", headers=person.headers)
    assert (refused.status_code, refused.json()["code"]) == (404, "key_not_found")
    seen = (await client.get(KEYS, headers=workspace.headers)).json()
    assert {each["id"] for each in seen} == {owners["id"], persons["id"]}
    gone = await client.delete(f"{KEYS}/{persons['id']}", headers=workspace.headers)
    assert gone.status_code == 204
    assert await status(client, persons) == 401


async def test_keys_are_bounded_however_many_are_asked_for_at_once(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    async with runtime.db.fast.acquire(workspace.id) as conn:
        await conn.execute(
            "INSERT INTO api_key (workspace_id, id, actor_id, name, prefix, hash, scopes, per_minute)"
            " SELECT $1, gen_random_uuid(), $2, 'x', 'x', n::text::bytea, '[]', 1 FROM generate_series(3, $3) n",
            workspace.id, workspace.owner.actor_id, MOST_KEYS,
        )  # fmt: skip
    body = {"name": "One more", "scopes": []}
    answers = await asyncio.gather(
        *(client.post(KEYS, json=body, headers=workspace.headers) for _ in range(6))
    )
    assert sorted(each.status_code for each in answers) == [201, 201, 409, 409, 409, 409]


async def test_making_and_revoking_are_in_the_audit_without_the_key(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    key = await make(client, workspace.owner, "people.read")
    await client.delete(f"{KEYS}/{key['id']}", headers=workspace.headers)
    async with runtime.db.fast.acquire(workspace.id) as conn:
        rows = await conn.fetch("SELECT action, detail FROM audit_event ORDER BY id")
    assert [row["action"] for row in rows] == ["accounts.key_created", "accounts.key_revoked"]
    assert rows[0]["detail"]["prefix"] == key["prefix"]
    assert key["token"] not in str(rows)


@pytest.mark.usefixtures("still_limits")
async def test_key_has_a_pace_of_its_own(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"rate_limits": True}))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        workspace = await make_workspace(app.state.runtime)
        slow = await make(client, workspace.owner, per_minute=3)
        other = await make(client, workspace.owner)
        assert [await status(client, slow) for _ in range(4)] == [200, 200, 200, 429]
        assert await status(client, other) == 200
        me = await client.get(f"{AUTH}/me", headers=workspace.headers)
        assert me.status_code == 200, "a program that is too fast does not stop its maker"


async def test_sweep_deletes_keys_that_ended_long_ago_only(
    client: httpx.AsyncClient, runtime: Runtime, workspace: MadeWorkspace
) -> None:
    for _ in range(3):
        await make(client, workspace.owner)
    async with runtime.db.fast.acquire(workspace.id) as conn:
        ids = [row["id"] for row in await conn.fetch("SELECT id FROM api_key ORDER BY id")]
        for key_id, days in zip(ids[:2], (31, 29), strict=True):
            await conn.execute(
                "UPDATE api_key SET expires_at = now() - $2 * interval '1 day' WHERE id = $1",
                key_id, days,
            )  # fmt: skip
    async with runtime.db.system.acquire() as conn:
        await service.sweep(conn)
    left = (await client.get(KEYS, headers=workspace.headers)).json()
    assert {each["id"] for each in left} == {str(each) for each in ids[1:]}
