"""The balance over HTTP."""

from uuid import uuid4

import httpx
import pytest
from pydantic import JsonValue

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.audit import service as audit
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.kernel.ledger.purse import Purse, make_purse

BALANCE = "/api/v1/balance"


@pytest.fixture
async def host(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime, is_host=True)


def keyed(host: MadeWorkspace, key: str = "") -> dict[str, str]:
    """Return a host's headers with an idempotency key."""
    return {**host.headers, "Idempotency-Key": key or str(uuid4())}


def paid(purse: Purse | None = None, amount: int = 1_500_000) -> dict[str, JsonValue]:
    """Return the body of a deposit, for a workspace or for one's own."""
    body: dict[str, JsonValue] = {"amount_micro": amount, "currency": "RUB", "note": "bank 17"}
    return body if purse is None else {**body, "workspace_id": str(purse.id)}


async def test_balance_is_told_in_micro_units_and_as_text(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    purse = await make_purse(runtime)
    empty = await client.get(BALANCE, headers=purse.workspace.headers)
    assert empty.json() == {
        "currency": None, "balance": "0.00", "held": "0.00", "available": "0.00",
        "balance_micro": 0, "held_micro": 0, "available_micro": 0,
    }  # fmt: skip
    await purse.deposit(1_500_000)
    await purse.hold(250_001)
    told = await client.get(BALANCE, headers=purse.workspace.headers)
    assert told.json() == {
        "currency": "RUB", "balance": "1.50", "held": "0.250001", "available": "1.249999",
        "balance_micro": 1_500_000, "held_micro": 250_001, "available_micro": 1_249_999,
    }  # fmt: skip


async def test_transactions_come_in_pages_and_by_kind(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    purse = await make_purse(runtime)
    for amount in (100, 200, 300):
        await purse.deposit(amount)
    await purse.spend(50)
    headers = purse.workspace.headers
    first = await client.get(f"{BALANCE}/transactions?limit=3", headers=headers)
    assert [each["amount_micro"] for each in first.json()] == [-50, 300, 200]
    second = await client.get(first.links["next"]["url"], headers=headers)
    assert [each["amount_micro"] for each in second.json()] == [100]
    assert "next" not in second.links
    of_kind = await client.get(f"{BALANCE}/transactions?kind=usage", headers=headers)
    (used,) = of_kind.json()
    assert (used["kind"], used["amount"], used["meta"]["why"]) == ("usage", "-0.00005", "test")
    unknown = await client.get(f"{BALANCE}/transactions?kind=theft", headers=headers)
    assert unknown.status_code == 422


async def test_host_books_a_payment_for_another_workspace_once(
    runtime: Runtime, client: httpx.AsyncClient, host: MadeWorkspace
) -> None:
    purse = await make_purse(runtime)
    headers = keyed(host)
    answers = [
        await client.post(f"{BALANCE}/deposits", json=paid(purse), headers=headers)
        for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    made = answers[0].json()
    assert (made["amount"], made["actor_id"], made["note"]) == ("1.50", None, "bank 17")
    assert made["meta"] == {"host": str(host.owner.user_id)}
    assert (await purse.balance()).balance == 1_500_000
    async with runtime.db.fast.acquire(purse.id) as conn:
        (event, *_) = await audit.list_events(conn)
    assert (event.action, event.detail["host"]) == ("ledger.deposit", str(host.owner.user_id))


async def test_deposit_goes_to_ones_own_workspace_by_default(
    client: httpx.AsyncClient, host: MadeWorkspace
) -> None:
    made = await client.post(f"{BALANCE}/deposits", json=paid(), headers=keyed(host))
    assert made.json()["actor_id"] == str(host.owner.actor_id)
    assert (await client.get(BALANCE, headers=host.headers)).json()["balance"] == "1.50"


async def test_deposit_without_key_or_with_bad_amount_is_refused(
    client: httpx.AsyncClient, host: MadeWorkspace
) -> None:
    keyless = await client.post(f"{BALANCE}/deposits", json=paid(), headers=host.headers)
    assert keyless.status_code == 422
    for amount in (0, -5, 10**15 + 1):
        refused = await client.post(
            f"{BALANCE}/deposits", json=paid(amount=amount), headers=keyed(host)
        )
        assert refused.status_code == 422
    nowhere = {**paid(), "workspace_id": str(uuid4())}
    missing = await client.post(f"{BALANCE}/deposits", json=nowhere, headers=keyed(host))
    assert missing.status_code == 404
    assert (await client.get(BALANCE, headers=host.headers)).json()["currency"] is None


async def test_another_currency_is_refused_in_words(
    runtime: Runtime, client: httpx.AsyncClient, host: MadeWorkspace
) -> None:
    purse = await make_purse(runtime, 5)
    refused = await client.post(
        f"{BALANCE}/deposits", json={**paid(purse), "currency": "USD"},
        headers={**keyed(host), "Accept-Language": "ru"},
    )  # fmt: skip
    assert refused.status_code == 409
    assert refused.json()["detail"] == "Баланс ведётся в другой валюте: RUB."


async def test_host_gives_a_charge_back_and_no_more(
    runtime: Runtime, client: httpx.AsyncClient, host: MadeWorkspace
) -> None:
    purse = await make_purse(runtime, 1000)
    charge = await purse.spend(600)
    address = f"{BALANCE}/transactions/{charge}/refund"
    body = {"workspace_id": str(purse.id), "amount_micro": 100, "note": "sorry"}
    headers = keyed(host)
    part = [(await client.post(address, json=body, headers=headers)).json() for _ in range(2)]
    assert part[0] == part[1]
    assert (part[0]["kind"], part[0]["charge_id"]) == ("refund", str(charge))
    whole = {"workspace_id": str(purse.id)}
    rest = await client.post(address, json=whole, headers=keyed(host))
    assert (rest.status_code, rest.json()["amount_micro"]) == (201, 500)
    over = await client.post(address, json=whole, headers=keyed(host))
    assert (over.status_code, over.json()["code"]) == (409, "refund_too_large")
    elsewhere = await client.post(address, json={}, headers=keyed(host))
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "transaction_not_found")
    assert (await purse.balance()).balance == 1000


async def test_owner_who_is_no_host_neither_pays_in_nor_gives_back(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    purse = await make_purse(runtime, 1000)
    charge = await purse.spend(600)
    headers = keyed(purse.workspace)
    for address, body in (
        (f"{BALANCE}/deposits", paid()), (f"{BALANCE}/transactions/{charge}/refund", {}),
    ):  # fmt: skip
        refused = await client.post(address, json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "host_only")
    assert (await purse.balance()).balance == 400


async def test_only_administrators_see_the_balance(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    purse = await make_purse(runtime, 1000)
    for role, status in ((Role.ADMIN, 200), (Role.OPERATOR, 403), (Role.MEMBER, 403)):
        person = await make_person(runtime, purse.workspace, role=role)
        for address in (BALANCE, f"{BALANCE}/transactions"):
            assert (await client.get(address, headers=person.headers)).status_code == status
