"""Refresh tokens: rotated, safe to use in parallel, worthless when copied."""

import asyncio
from datetime import timedelta

import httpx

from besedka.core.clock import now
from besedka.core.ids import SessionId, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.service import Accounts
from tests.factories import Made, make_workspace
from tests.kernel.accounts.helpers import AUTH, bearer


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(f"{AUTH}/refresh", json={"refresh_token": token})


async def _age(runtime: Runtime, token: str, age: timedelta) -> None:
    """Pretend that a refresh token was used a while ago."""
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE refresh_token SET used_at = $2 WHERE hash = $1", token_hash(token), now() - age
        )


async def _owner(runtime: Runtime) -> Made:
    return (await make_workspace(runtime)).owner


async def test_refresh_gives_new_tokens_that_work(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = await _owner(runtime)
    first = (await refresh(client, owner.refresh_token)).json()
    assert first["refresh_token"] != owner.refresh_token
    me = await client.get(f"{AUTH}/me", headers=bearer(first["access_token"]))
    assert me.json()["id"] == str(owner.user_id)
    second = await refresh(client, first["refresh_token"])
    assert second.status_code == 200


async def test_fifty_parallel_refreshes_get_one_successor(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = await _owner(runtime)
    answers = await asyncio.gather(*(refresh(client, owner.refresh_token) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    (successor,) = {answer.json()["refresh_token"] for answer in answers}
    async with runtime.db.system.acquire() as conn:
        links = await conn.fetchval(
            "SELECT count(*) FROM refresh_token WHERE session_id = $1", owner.session_id
        )
    assert links == 2
    assert (await refresh(client, successor)).status_code == 200


async def test_refresh_token_used_again_later_ends_the_whole_session(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = await _owner(runtime)
    newer = (await refresh(client, owner.refresh_token)).json()
    await _age(runtime, owner.refresh_token, timedelta(minutes=1))
    stolen = await refresh(client, owner.refresh_token)
    assert (stolen.status_code, stolen.json()["code"]) == (401, "refresh_refused")
    assert (await refresh(client, newer["refresh_token"])).status_code == 401
    for token in (owner.token, newer["access_token"]):
        assert (await client.get(f"{AUTH}/me", headers=bearer(token))).status_code == 401


async def test_refresh_token_whose_successor_is_spent_ends_the_session_even_at_once(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = await _owner(runtime)
    second = (await refresh(client, owner.refresh_token)).json()["refresh_token"]
    third = (await refresh(client, second)).json()["refresh_token"]
    assert (await refresh(client, owner.refresh_token)).status_code == 401
    assert (await refresh(client, third)).status_code == 401


async def test_refreshes_that_race_the_end_of_the_session_leave_nothing_open(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = await _owner(runtime)
    ending = client.post(f"{AUTH}/logout", headers=bearer(owner.token))
    refreshing = [refresh(client, owner.refresh_token) for _ in range(20)]
    answers = await asyncio.gather(*refreshing[:10], ending, *refreshing[10:])
    pairs = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await refresh(client, owner.refresh_token)).status_code == 401
    for pair in pairs:
        assert (await refresh(client, pair["refresh_token"])).status_code == 401
        me = await client.get(f"{AUTH}/me", headers=bearer(pair["access_token"]))
        assert me.status_code == 401


async def test_reuse_is_told_to_those_who_hold_sockets(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = await _owner(runtime)
    ended: list[SessionId] = []
    runtime.get(Accounts).session_ends.append(ended.append)
    await refresh(client, owner.refresh_token)
    await _age(runtime, owner.refresh_token, timedelta(hours=1))
    await refresh(client, owner.refresh_token)
    assert ended == [owner.session_id]


async def test_unknown_expired_and_odd_refresh_tokens_are_refused_alike(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = await _owner(runtime)
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE refresh_token SET expires_at = now() WHERE session_id = $1", owner.session_id
        )
    answers = [await refresh(client, t) for t in (owner.refresh_token, "x", owner.token[:200], "я")]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (401, "refresh_refused")
    }


async def test_refresh_tokens_are_not_stored(runtime: Runtime, client: httpx.AsyncClient) -> None:
    owner = await _owner(runtime)
    successor = (await refresh(client, owner.refresh_token)).json()["refresh_token"]
    async with runtime.db.system.acquire() as conn:
        dump = str(await conn.fetch("SELECT r.*, s.* FROM refresh_token r JOIN session s ON true"))
    assert owner.refresh_token not in dump
    assert successor not in dump
