"""Limits: what a person, or all together, may spend in a day or a month."""

import asyncio
from uuid import UUID

import httpx

from besedka.core.errors import BesedkaError
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.ledger import service
from besedka.kernel.ledger.types import TransactionId
from tests.factories import make_person, make_workspace
from tests.kernel.ledger.purse import Purse, make_purse, usage

LIMITS = "/api/v1/balance/limits"


async def _spend(purse: Purse, actor: ActorId | None, amount: int) -> str:
    """Hold and capture as somebody; returns the charge, or the code of a refusal."""
    try:
        async with purse.runtime.db.fast.transaction(purse.id) as conn:
            held = await service.hold(conn, amount, key=purse.key(), purpose="test", actor_id=actor)
        async with purse.runtime.db.fast.acquire(purse.id) as conn:
            return str(await service.capture(conn, held.id, usage=usage(amount), actor_id=actor))
    except BesedkaError as error:
        return error.code


async def test_limits_refuse_in_words_that_say_when_they_end(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    purse = await make_purse(runtime, 10_000_000)
    owner, headers = purse.workspace.owner, purse.workspace.headers
    other = await make_person(runtime, purse.workspace, role=Role.ADMIN)
    mine = {"period": "day", "actor_id": str(other.actor_id), "amount_micro": 1_000_000}
    ours = {"period": "month", "amount_micro": 2_500_000}
    for body in (mine, ours):
        assert (await client.put(LIMITS, json=body, headers=headers)).status_code == 200
    assert len(await _spend(purse, other.actor_id, 900_000)) > 30
    assert await _spend(purse, other.actor_id, 200_000) == "own_day_limit_reached"
    dear = await _spend(purse, owner.actor_id, 1_600_000)
    assert await _spend(purse, owner.actor_id, 100_000) == "month_limit_reached"
    told = (await client.get(LIMITS, headers=headers)).json()
    assert [(each["period"], each["spent_micro"]) for each in told] == [
        ("month", 2_500_000), ("day", 900_000),
    ]  # fmt: skip
    async with runtime.db.fast.transaction(purse.id) as conn:
        await service.refund(conn, TransactionId(UUID(dear)), key="back", amount=500_000)
    assert len(await _spend(purse, owner.actor_id, 100_000)) > 30
    await client.put(LIMITS, json={**ours, "amount_micro": None}, headers=headers)
    assert len(await _spend(purse, owner.actor_id, 3_000_000)) > 30
    stranger = await make_workspace(runtime)
    refused = await client.put(LIMITS, json=mine, headers=stranger.headers)
    assert refused.status_code == 404


async def test_limit_for_one_lets_one_of_many_through(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    purse = await make_purse(runtime, 10_000_000)
    actor = purse.workspace.owner.actor_id
    body = {"period": "day", "amount_micro": 100}
    await client.put(LIMITS, json=body, headers=purse.workspace.headers)
    said = await asyncio.gather(*(_spend(purse, actor, 100) for _ in range(12)))
    assert sorted(map(len, said))[-1] == 36
    assert said.count("day_limit_reached") == 11
