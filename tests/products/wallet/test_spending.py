"""What was spent, by model and day, and the statement that people take away."""

import csv
import io

import httpx

from besedka.core.clock import now
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.types import MICRO, Line, TransactionId, Usage
from tests.factories import make_person, make_workspace
from tests.kernel.ledger.purse import Purse, make_purse

API = "/api/v1/balance"


async def _spend(purse: Purse, model: str, amount: int) -> TransactionId:
    held = await purse.hold(amount)
    used = Usage(
        why="chat",
        lines=(Line(unit="token", quantity=amount, price=MICRO),),
        about={"model": model},
    )
    async with purse.runtime.db.fast.acquire(purse.id) as conn:
        return await ledger.capture(conn, held.id, usage=used)


async def test_spending_is_told_by_model_and_day_without_what_was_given_back(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    purse = await make_purse(runtime, 10_000)
    await _spend(purse, "large", 700)
    dear = await _spend(purse, "large", 500)
    await _spend(purse, "small", 30)
    await purse.refund(dear, 450)
    headers = purse.workspace.headers
    told = (await client.get(f"{API}/spending?days=7", headers=headers)).json()
    assert (told["currency"], told["total_micro"]) == ("RUB", 780)
    today = now().date().isoformat()
    assert told["spent"] == [
        {"day": today, "model": "large", "calls": 2, "amount_micro": 750},
        {"day": today, "model": "small", "calls": 1, "amount_micro": 30},
    ]
    before = await client.get(f"{API}/spending?first=2026-01-01&last=2026-01-31", headers=headers)
    assert before.json()["spent"] == []
    wrong = await client.get(f"{API}/spending?first=2026-02-01&last=2026-01-31", headers=headers)
    assert wrong.status_code == 422


async def test_statement_is_a_table_that_adds_up_to_the_balance(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    purse = await make_purse(runtime, 10_000)
    await _spend(purse, "=large", 1234)
    headers = {**purse.workspace.headers, "Accept-Language": "ru"}
    given = await client.get(f"{API}/statement", headers=headers)
    assert given.headers["content-type"] == "text/csv; charset=utf-8"
    head, *rows = csv.reader(io.StringIO(given.content.decode("utf-8-sig")))
    assert head[:5] == ["Когда", "Операция", "Сумма", "Валюта", "За что"]
    assert [row[1:5] for row in rows] == [
        ["Пополнение", "0.01", "RUB", ""], ["Списание", "-0.001234", "RUB", "'=large"],
    ]  # fmt: skip
    spent = await client.get(f"{API}/statement?kind=usage", headers=headers)
    assert len(spent.content.splitlines()) == 2


async def test_transactions_are_narrowed_by_time(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    purse = await make_purse(runtime, 10_000)
    headers, today = purse.workspace.headers, now().date().isoformat()
    for query, count in (
        (f"since={today}", 1), (f"until={today}T00:00:00Z", 0), ("since=2126-01-01T00:00:00%2B03:00", 0)
    ):  # fmt: skip
        found = await client.get(f"{API}/transactions?{query}", headers=headers)
        assert (query, len(found.json())) == (query, count)


async def test_another_workspace_and_plain_members_see_no_money(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    purse = await make_purse(runtime, 10_000)
    await _spend(purse, "large", 700)
    stranger = await make_workspace(runtime)
    told = await client.get(f"{API}/spending", headers=stranger.headers)
    assert (told.json()["total_micro"], told.json()["currency"]) == (0, None)
    empty = await client.get(f"{API}/statement", headers=stranger.headers)
    assert len(empty.content.splitlines()) == 1
    member = await make_person(runtime, purse.workspace, role=Role.MEMBER)
    for path in ("spending", "statement"):
        refused = await client.get(f"{API}/{path}", headers=member.headers)
        assert refused.status_code == 403
