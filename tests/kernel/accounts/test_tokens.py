"""Attacks on access tokens."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest

from besedka.core.clock import now
from besedka.core.ids import SessionId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.service import Accounts
from tests.factories import Made, make_workspace
from tests.kernel.accounts.helpers import AUTH, bearer, by_cookie, cookie_of

Forge = Callable[[Made, dict[str, Any]], str]


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def _flip(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


FORGERIES: dict[str, Forge] = {
    "none": lambda _made, claims: f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}.",
    "None": lambda _made, claims: f"{_part({'alg': 'None'})}.{_part(claims)}.x",
    "other key": lambda _made, claims: jwt.encode(claims, "k" * 32, "HS256"),
    "empty key": lambda made, claims: f"{made.token.rsplit('.', 1)[0]}.",
    "other algorithm": lambda _made, claims: jwt.encode(claims, "k" * 64, "HS512"),
    "flipped signature": lambda made, _claims: _flip(made.token),
    "other body": lambda made, claims: ".".join(
        (made.token.split(".")[0], _part({**claims, "exp": 9e9}), made.token.split(".")[2])
    ),
    "no expiry": lambda _made, claims: jwt.encode(
        {k: v for k, v in claims.items() if k != "exp"}, "k" * 32, "HS256"
    ),
    "not a token": lambda _made, _claims: "abc",
    "empty": lambda _made, _claims: "",
    "not ascii": lambda made, _claims: made.token + "é",
    "refresh token": lambda made, _claims: made.refresh_token,
    "very long": lambda made, _claims: made.token + "A" * 30_000,
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_forged_token_is_refused(
    client: httpx.AsyncClient, runtime: Runtime, forgery: str
) -> None:
    owner = (await make_workspace(runtime)).owner
    assert (await client.get(f"{AUTH}/me", headers=owner.headers)).status_code == 200
    token = FORGERIES[forgery](owner, _claims(owner.token))
    headers = {b"Authorization": b"Bearer " + token.encode()}
    response = await client.get(f"{AUTH}/me", headers=headers)
    assert response.status_code == 401, response.text
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("value", ["Basic YTpi", "Bearer", "Token abc", "bearer", ""])
async def test_other_schemes_are_not_identities(client: httpx.AsyncClient, value: str) -> None:
    response = await client.get(f"{AUTH}/me", headers={"Authorization": value})
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


async def test_expired_token_says_so_even_when_its_signature_is_remembered(
    client: httpx.AsyncClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = (await make_workspace(runtime)).owner
    tokens = runtime.get(Accounts).tokens
    short = tokens.issue(
        owner.session_id, owner.user_id, workspace_id=owner.workspace_id, lifetime=60.0
    )
    assert (await client.get(f"{AUTH}/me", headers=bearer(short))).status_code == 200
    late = now() + timedelta(minutes=2)
    monkeypatch.setattr("besedka.kernel.accounts.service.tokens.now", lambda: late)
    response = await client.get(f"{AUTH}/me", headers=bearer(short))
    assert (response.status_code, response.json()["code"]) == (401, "token_expired")


async def test_failures_are_not_remembered(runtime: Runtime, client: httpx.AsyncClient) -> None:
    tokens = runtime.get(Accounts).tokens
    before = tokens._verified.cache_info().currsize
    for number in range(20):
        await client.get(f"{AUTH}/me", headers=bearer(f"a.b.{number}"))
    assert tokens._verified.cache_info().currsize == before


async def test_token_of_a_session_that_never_was_is_refused(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    ghost = runtime.get(Accounts).tokens.issue(
        SessionId(new_id()), owner.user_id, workspace_id=owner.workspace_id
    )
    response = await client.get(f"{AUTH}/me", headers=bearer(ghost))
    assert (response.status_code, response.json()["code"]) == (401, "session_ended")


async def test_token_of_a_cookie_session_is_refused(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    """A page's session has no bearer tokens: one that names it was not issued by us."""
    owner = (await make_workspace(runtime)).owner
    async with runtime.db.system.acquire() as conn:
        await conn.execute("UPDATE session SET kind = 'cookie' WHERE id = $1", owner.session_id)
    assert (await client.get(f"{AUTH}/me", headers=owner.headers)).status_code == 401


async def test_wrong_bearer_is_not_saved_by_a_good_cookie(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    cookie = by_cookie(await cookie_of(runtime, owner.email))
    assert (await client.get(f"{AUTH}/me", headers=cookie)).status_code == 200
    both = {**cookie, **bearer("a.b.c")}
    assert (await client.get(f"{AUTH}/me", headers=both)).status_code == 401
