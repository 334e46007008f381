"""An API key tries every operation: of its maker's account it reaches nothing, of its workspace what it was given."""

import httpx
import pytest

from besedka.core.runtime import Runtime
from tests.attacks.company import Company, calm, fingerprint, furnish
from tests.attacks.operations import operations
from tests.attacks.rights import OWN_ACCOUNT, PUBLIC, VISITORS
from tests.kernel.accounts.helpers import API, bearer

WHOSE = {"GET /api/v1/auth/me", "GET /api/v1/users/me"}
"""Every key may ask whose it is."""
SWITCH = "POST /api/v1/auth/workspace"


@pytest.fixture
async def company(runtime: Runtime, client: httpx.AsyncClient) -> Company:
    return await furnish(runtime, client)


async def make_key(client: httpx.AsyncClient, company: Company, scopes: list[str]) -> str:
    """Return a key of the company's owner."""
    body = {"name": "Probe", "scopes": scopes}
    made = await client.post(f"{API}/api-keys", json=body, headers=company.owner.headers)
    assert made.status_code == 201, made.text
    token: str = made.json()["token"]
    return token


async def everything(client: httpx.AsyncClient, company: Company) -> list[str]:
    """Return all that the owner may."""
    me = await client.get(f"{API}/auth/me", headers=company.owner.headers)
    found: list[str] = me.json()["permissions"]
    return found


async def test_key_with_every_scope_reaches_no_matter_of_the_account(
    runtime: Runtime, client: httpx.AsyncClient, company: Company
) -> None:
    token = await make_key(client, company, await everything(client, company))
    (before,) = await calm(runtime, company.id)
    tried = [each for each in operations() if str(each) in {*OWN_ACCOUNT, SWITCH} - WHOSE]
    assert tried
    for operation in tried:
        request = operation.fill(lambda _place, kind: company.ids[kind.kind])
        answer = await request.send(client, bearer(token))
        assert (answer.status_code, answer.json().get("code")) == (403, "not_by_key"), operation
    after = await fingerprint(runtime, company.id)
    assert {name for name in after if after[name] != before[name]} <= {"api_key"}


async def test_key_without_scopes_only_learns_whose_it_is(
    runtime: Runtime, client: httpx.AsyncClient, company: Company
) -> None:
    token = await make_key(client, company, [])
    (before,) = await calm(runtime, company.id)
    for operation in operations():
        if str(operation) in PUBLIC | VISITORS | WHOSE:
            continue
        request = operation.fill(lambda _place, kind: company.ids[kind.kind])
        answer = await request.send(client, bearer(token))
        assert answer.status_code == 403, (operation, answer.status_code)
        assert company.canary not in answer.text
    after = await fingerprint(runtime, company.id)
    assert {name for name in after if after[name] != before[name]} <= {"api_key"}
