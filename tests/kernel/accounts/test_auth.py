"""Signing up, logging in, and what a session is good for."""

from secrets import token_hex

import httpx

from besedka.core.runtime import Runtime
from tests.factories import PASSWORD, make_workspace

API = "/api/v1"


def bearer(tokens: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def fresh_email() -> str:
    return f"person-{token_hex(6)}@example.com"


async def test_register_gives_tokens_and_a_personal_workspace(client: httpx.AsyncClient) -> None:
    email = fresh_email()
    response = await client.post(
        f"{API}/auth/register", json={"email": f" {email.upper()} ", "password": "test123"}
    )
    assert response.status_code == 201, response.text
    tokens = response.json()
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 900
    me = (await client.get(f"{API}/auth/me", headers=bearer(tokens))).json()
    assert me["email"] == email
    assert me["role"] == "owner"
    assert me["workspace"]["kind"] == "personal"
    assert me["email_confirmed"] is False
    assert me["is_host"] is False


async def test_company_registers_at_the_root_as_documented(client: httpx.AsyncClient) -> None:
    body = {"company_name": "ООО «Ромашка»", "email": fresh_email(), "password": "securepass123"}
    response = await client.post("/employers/register", json=body)
    assert response.status_code == 201, response.text
    me = (await client.get("/auth/me/", headers=bearer(response.json()))).json()
    assert me["workspace"]["kind"] == "company"
    assert me["workspace"]["name"] == "ООО «Ромашка»"
    assert me["workspace"]["slug"].startswith("ooo-romashka")


async def test_log_in_with_right_password_opens_a_session(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    response = await client.post(
        f"{API}/auth/login", json={"email": owner.email.upper(), "password": PASSWORD}
    )
    assert response.status_code == 200, response.text
    me = await client.get(f"{API}/auth/me", headers=bearer(response.json()))
    assert me.json()["id"] == str(owner.user_id)
