"""The list of sessions, and ending them."""

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service
from tests.factories import PASSWORD, make_workspace
from tests.kernel.accounts.helpers import AUTH, bearer, by_cookie, cookie_of


async def _another(client: httpx.AsyncClient, email: str, agent: str = "Phone") -> str:
    response = await client.post(
        f"{AUTH}/login", json={"email": email, "password": PASSWORD}, headers={"User-Agent": agent}
    )
    token: str = response.json()["access_token"]
    return token


async def test_sessions_are_listed_with_the_current_one_marked(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    await _another(client, owner.email)
    listed = (await client.get(f"{AUTH}/sessions", headers=owner.headers)).json()
    assert len(listed) == 2
    (current,) = [each for each in listed if each["current"]]
    assert current["id"] == str(owner.session_id)
    assert {each["user_agent"] for each in listed} == {"tests", "Phone"}


async def test_revoked_session_is_over_with_its_next_request(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    other = await _another(client, owner.email)
    assert (await client.get(f"{AUTH}/me", headers=bearer(other))).status_code == 200
    listed = (await client.get(f"{AUTH}/sessions", headers=bearer(other))).json()
    (current,) = [each["id"] for each in listed if each["current"]]
    gone = await client.delete(f"{AUTH}/sessions/{current}", headers=owner.headers)
    assert gone.status_code == 204
    assert (await client.get(f"{AUTH}/me", headers=bearer(other))).status_code == 401
    again = await client.delete(f"{AUTH}/sessions/{current}", headers=owner.headers)
    assert (again.status_code, again.json()["code"]) == (404, "session_not_found")


async def test_session_of_somebody_else_looks_missing_and_stays(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mine, theirs = (await make_workspace(runtime)).owner, (await make_workspace(runtime)).owner
    missing = await client.delete(f"{AUTH}/sessions/{mine.user_id}", headers=mine.headers)
    foreign = await client.delete(f"{AUTH}/sessions/{theirs.session_id}", headers=mine.headers)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content
    assert (await client.get(f"{AUTH}/me", headers=theirs.headers)).status_code == 200


async def test_ending_the_others_leaves_the_one_that_asks(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    others = [bearer(await _another(client, owner.email)) for _ in range(3)]
    cookie = by_cookie(await cookie_of(runtime, owner.email))
    ended: list[object] = []
    runtime.get(service.Accounts).session_ends.append(ended.append)
    assert (await client.delete(f"{AUTH}/sessions", headers=owner.headers)).status_code == 204
    assert len(ended) == 4
    for headers in (*others, cookie):
        assert (await client.get(f"{AUTH}/me", headers=headers)).status_code == 401
    assert (await client.get(f"{AUTH}/me", headers=owner.headers)).status_code == 200


async def test_open_sessions_are_found_among_many(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    one, other = (await make_workspace(runtime)).owner, (await make_workspace(runtime)).owner
    await client.post(f"{AUTH}/logout", headers=one.headers)
    async with runtime.db.fast.acquire(other.workspace_id) as conn:
        found = await service.find_open(conn, [one.session_id, other.session_id])
    assert found == {other.session_id}


async def test_sweep_deletes_what_ended_long_ago_only(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    old, fresh = (await make_workspace(runtime)).owner, (await make_workspace(runtime)).owner
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE session SET revoked_at = now() - interval '31 days' WHERE id = $1",
            old.session_id,
        )
        await service.sweep(conn)
        left = await conn.fetchval("SELECT count(*) FROM session WHERE id = $1", old.session_id)
    assert left == 0
    assert (await client.get(f"{AUTH}/me", headers=fresh.headers)).status_code == 200


async def test_used_session_is_prolonged_now_and_then(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE session SET last_seen_at = now() - interval '1 hour', expires_at = now() + interval '1 hour'"
            " WHERE id = $1",
            owner.session_id,
        )
        await client.get(f"{AUTH}/me", headers=owner.headers)
        row = await conn.fetchrow(
            "SELECT now() - last_seen_at < interval '1 minute' AS seen, expires_at > now() + interval '29 days' AS longer"
            " FROM session WHERE id = $1",
            owner.session_id,
        )
    assert row is not None
    assert (row["seen"], row["longer"]) == (True, True)
