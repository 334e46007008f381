"""What the tests of accounts share."""

from secrets import token_hex
from typing import Any

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service
from besedka.kernel.accounts.service.csrf import csrf_token
from besedka.kernel.accounts.types import Caller, Login, SessionKind
from tests.factories import PASSWORD

API = "/api/v1"
AUTH = f"{API}/auth"
ORIGIN = "http://127.0.0.1:8000"
COOKIE = "besedka_session"


def bearer(token: str) -> dict[str, str]:
    """Return the header of an access token."""
    return {"Authorization": f"Bearer {token}"}


def fresh_email(name: str = "person") -> str:
    """Return an address that nobody has."""
    return f"{name}-{token_hex(6)}@example.com"


async def sign_up(client: httpx.AsyncClient, **fields: str) -> dict[str, Any]:
    """Register somebody over the API and return the tokens."""
    body = {"email": fresh_email(), "password": PASSWORD, **fields}
    response = await client.post(f"{AUTH}/register", json=body)
    assert response.status_code == 201, response.text
    tokens: dict[str, Any] = response.json()
    return tokens


async def cookie_of(runtime: Runtime, email: str) -> str:
    """Log somebody in the way pages do and return the cookie."""
    login = await service.log_in(
        runtime, Caller(), email=email, password=PASSWORD, kind=SessionKind.COOKIE
    )
    assert isinstance(login, Login)
    assert login.cookie is not None
    return login.cookie


def by_cookie(
    cookie: str, *, csrf: str | None = None, origin: str | None = ORIGIN
) -> dict[str, str]:
    """Return the headers of a request from a page; `csrf` defaults to the right token."""
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    token = csrf_token(cookie) if csrf is None else csrf
    if token:
        headers["X-CSRF-Token"] = token
    if origin is not None:
        headers["Origin"] = origin
    return headers


async def letters_to(runtime: Runtime, email: str) -> list[dict[str, str]]:
    """Return the letters to an address, the latest last."""
    async with runtime.db.system.acquire() as conn:
        rows = await conn.fetch(
            "SELECT name, locale, subject, body_text FROM letter WHERE to_address = $1 ORDER BY id",
            email,
        )
    return [dict(row) for row in rows]


def token_in(letter: dict[str, str]) -> str:
    """Return the token of the link in a letter."""
    return letter["body_text"].split("token=")[1].split()[0]
