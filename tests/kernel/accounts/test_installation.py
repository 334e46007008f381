"""What the installation's settings say of people: who may sign up, and which proxies are believed."""

import httpx
import pytest

from besedka.core.config import Environment, Registration, Settings
from besedka.core.runtime import Runtime
from tests.factories import PASSWORD, Made, make_workspace
from tests.kernel.accounts.helpers import (
    API,
    AUTH,
    bearer,
    by_cookie,
    cookie_of,
    fresh_email,
    sign_up,
)

PROXY = "127.0.0.1"
"""Where the test's client calls from."""


async def invite(client: httpx.AsyncClient, who: Made, email: str) -> int:
    """Add somebody to a workspace and return the answer's status."""
    body = {"email": email, "role": "operator"}
    return (await client.post(f"{API}/users", json=body, headers=who.headers)).status_code


@pytest.mark.parametrize(
    ("mode", "signed_up", "founded", "added"),
    [("open", 201, 201, 201), ("invite", 403, 403, 201), ("closed", 403, 403, 403)],
)
async def test_registration_says_who_may_come(
    client: httpx.AsyncClient,
    runtime: Runtime,
    mode: Registration,
    signed_up: int,
    founded: int,
    added: int,
) -> None:
    owner = (await make_workspace(runtime)).owner
    known = (await make_workspace(runtime)).owner
    host = (await make_workspace(runtime, is_host=True)).owner
    runtime.settings.registration = mode
    body = {"email": fresh_email(), "password": PASSWORD}
    assert (await client.post(f"{AUTH}/register", json=body)).status_code == signed_up
    company = {"name": "Another company"}
    by_owner = await client.post(f"{API}/workspaces", json=company, headers=owner.headers)
    assert by_owner.status_code == founded
    assert await invite(client, owner, fresh_email()) == added
    assert await invite(client, owner, known.email) == 201
    assert await invite(client, host, fresh_email()) == 201
    by_host = await client.post(f"{API}/workspaces", json=company, headers=host.headers)
    assert by_host.status_code == 201


@pytest.mark.parametrize(
    ("env", "expected"), [("development", True), ("test", True), ("production", False)]
)
def test_registration_is_open_by_default_in_development_alone(
    env: Environment, expected: bool
) -> None:
    assert Settings(_env_file=None, env=env).open_registration is expected


async def seen_address(client: httpx.AsyncClient, forwarded: str) -> object:
    """Log in past proxies and return the address that the list of sessions shows."""
    email = fresh_email()
    await sign_up(client, email=email)
    login = await client.post(
        f"{AUTH}/login",
        json={"email": email, "password": PASSWORD},
        headers={"X-Forwarded-For": forwarded},
    )
    headers = bearer(login.json()["access_token"])
    sessions = (await client.get(f"{AUTH}/sessions", headers=headers)).json()
    return next(each["address"] for each in sessions if each["current"])


@pytest.mark.parametrize(
    ("trusted", "expected"),
    [
        ((), PROXY),
        (("10.0.0.0/8",), PROXY),
        ((PROXY,), "198.51.100.4"),
        (("127.0.0.0/8",), "198.51.100.4"),
    ],
)
async def test_forwarded_address_is_believed_from_trusted_proxies_alone(
    client: httpx.AsyncClient, runtime: Runtime, trusted: tuple[str, ...], expected: str
) -> None:
    runtime.settings.trusted_proxies = trusted
    assert await seen_address(client, "203.0.113.66, 198.51.100.4") == expected


@pytest.mark.parametrize(("trusted", "status"), [((), 403), ((PROXY,), 204)])
async def test_forwarded_scheme_is_believed_from_trusted_proxies_alone(
    client: httpx.AsyncClient, runtime: Runtime, trusted: tuple[str, ...], status: int
) -> None:
    """Without a public address, the page's own is made of what the proxy was asked for."""
    owner = (await make_workspace(runtime)).owner
    cookie = await cookie_of(runtime, owner.email)
    runtime.settings.trusted_proxies = trusted
    headers = {
        **by_cookie(cookie, origin="https://talk.example"),
        "Host": "talk.example",
        "X-Forwarded-Proto": "https",
    }
    answer = await client.patch(f"{API}/users/me", json={"name": "Olga"}, headers=headers)
    assert answer.status_code == status
