"""Sessions in a cookie: pages, cross-site requests, fixation."""

from http.cookies import SimpleCookie
from typing import TypedDict
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service
from besedka.kernel.accounts.deps import (
    HOME_PAGE,
    clear_session_cookie,
    login_address,
    safe_next,
    set_session_cookie,
)
from besedka.kernel.accounts.service.csrf import csrf_token
from besedka.kernel.accounts.types import Caller, Login, SessionKind
from tests.factories import PASSWORD, Made, make_workspace
from tests.kernel.accounts.helpers import API, AUTH, COOKIE, by_cookie, cookie_of

WRITE = f"{API}/users/me"


class Foreign(TypedDict, total=False):
    """How a write differs from one of our own page."""

    csrf: str
    origin: str | None


@pytest.fixture
async def owner(runtime: Runtime) -> Made:
    return (await make_workspace(runtime)).owner


@pytest.fixture
async def cookie(runtime: Runtime, owner: Made) -> str:
    return await cookie_of(runtime, owner.email)


async def _rename(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    return await client.patch(WRITE, json={"name": "Renamed"}, headers=headers)


async def test_cookie_reads_and_writes_as_its_user(
    client: httpx.AsyncClient, owner: Made, cookie: str
) -> None:
    assert (await _rename(client, by_cookie(cookie))).status_code == 204
    me = await client.get(f"{AUTH}/me", headers={"Cookie": f"{COOKIE}={cookie}"})
    assert (me.json()["id"], me.json()["name"]) == (str(owner.user_id), "Renamed")


FOREIGN: dict[str, Foreign] = {
    "no token": {"csrf": ""},
    "wrong token": {"csrf": "A" * 43},
    "foreign origin": {"origin": "https://evil.example"},
    "origin of another port": {"origin": "http://127.0.0.1:9000"},
    "origin that begins like ours": {"origin": "http://127.0.0.1:8000.evil.example"},
    "our address as a user name": {"origin": "http://127.0.0.1:8000@evil.example"},
    "null origin": {"origin": "null"},
    "broken origin": {"origin": "http://[::1"},
    "no origin at all": {"origin": None},
}


@pytest.mark.parametrize("attack", FOREIGN)
async def test_write_from_elsewhere_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, owner: Made, cookie: str, attack: str
) -> None:
    response = await _rename(client, by_cookie(cookie, **FOREIGN[attack]))
    assert (response.status_code, response.json()["code"]) == (403, "csrf_refused")
    me = await client.get(f"{AUTH}/me", headers=owner.headers)
    assert me.json()["name"] == "Olga Owner"


async def test_token_of_another_session_is_refused(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made, cookie: str
) -> None:
    other = await cookie_of(runtime, (await make_workspace(runtime)).owner.email)
    response = await _rename(client, by_cookie(cookie, csrf=csrf_token(other)))
    assert response.status_code == 403


async def test_referer_stands_in_for_a_missing_origin(
    client: httpx.AsyncClient, cookie: str
) -> None:
    headers = by_cookie(cookie, origin=None)
    ours = await _rename(client, {**headers, "Referer": "http://127.0.0.1:8000/dashboard"})
    theirs = await _rename(client, {**headers, "Referer": "https://evil.example/127.0.0.1:8000"})
    assert (ours.status_code, theirs.status_code) == (204, 403)


async def test_public_address_counts_as_ours_behind_a_proxy(
    client: httpx.AsyncClient, runtime: Runtime, cookie: str
) -> None:
    runtime.get(service.Accounts).own_origin = "https://chat.example.com"
    headers = by_cookie(cookie, origin="https://chat.example.com")
    assert (await _rename(client, headers)).status_code == 204


async def test_form_field_carries_the_token_too(
    client: httpx.AsyncClient, cookie: str, runtime: Runtime
) -> None:
    headers = by_cookie(cookie, csrf="")
    refused = await client.post(f"{AUTH}/logout", data={"csrf_token": "x"}, headers=headers)
    form = {"csrf_token": csrf_token(cookie)}
    done = await client.post(f"{AUTH}/logout", data=form, headers=headers)
    assert (refused.status_code, done.status_code) == (403, 204)


async def test_bearer_needs_no_token_of_a_page(client: httpx.AsyncClient, owner: Made) -> None:
    response = await _rename(client, {**owner.headers, "Origin": "https://elsewhere.example"})
    assert response.status_code == 204


async def test_log_out_takes_the_cookie_back_and_ends_the_session(
    client: httpx.AsyncClient, cookie: str
) -> None:
    response = await client.post(f"{AUTH}/logout", headers=by_cookie(cookie))
    morsel = SimpleCookie(response.headers["set-cookie"])[COOKIE]
    assert (morsel.value, morsel["max-age"]) == ("", "0")
    me = await client.get(f"{AUTH}/me", headers=by_cookie(cookie))
    assert me.status_code == 401


@pytest.mark.parametrize("value", ["", "x", "A" * 43, "A" * 5000, "'; DROP TABLE session; --"])
async def test_made_up_cookie_is_nobody(client: httpx.AsyncClient, value: str) -> None:
    response = await client.get(f"{AUTH}/me", headers={"Cookie": f"{COOKIE}={value}"})
    assert response.status_code == 401


async def test_log_in_never_keeps_an_id_that_came_with_the_request(
    runtime: Runtime, owner: Made, cookie: str
) -> None:
    """Fixation: whatever cookie the attacker planted, the session after log-in is a new one."""
    cookies = {cookie} | {await cookie_of(runtime, owner.email) for _ in range(3)}
    assert len(cookies) == 4


def _request(runtime: Runtime, path: str = "/dashboard", query: str = "") -> Request:
    app = FastAPI()
    app.state.runtime = runtime
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1:8000")], "scheme": "http", "app": app,
        "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    return Request(scope)


@pytest.mark.parametrize(
    ("public_url", "name", "secure"),
    [("", COOKIE, False), ("https://chat.example.com", "__Host-besedka", True)],
)
async def test_cookie_is_as_safe_as_the_address_allows(
    runtime: Runtime, owner: Made, public_url: str, name: str, secure: bool
) -> None:
    runtime.settings.public_url = public_url
    login = await service.log_in(
        runtime, Caller(), email=owner.email, password=PASSWORD, kind=SessionKind.COOKIE
    )
    assert isinstance(login, Login)
    assert login.tokens is None
    response = Response()
    set_session_cookie(_request(runtime), response, login=login)
    session, device = [
        value.decode() for header, value in response.raw_headers if header == b"set-cookie"
    ]
    assert session.startswith(f"{name}={login.cookie}; HttpOnly; ")
    for header in (session, device):
        morsel = next(iter(SimpleCookie(header).values()))
        assert (morsel["path"], morsel["samesite"], morsel["domain"]) == ("/", "lax", "")
        assert bool(morsel["secure"]) is secure
        assert morsel["httponly"] is True
    cleared = Response()
    clear_session_cookie(_request(runtime), cleared)
    assert cleared.headers["set-cookie"].startswith(f'{name}=""')


async def test_stored_session_does_not_reveal_its_cookie(runtime: Runtime, cookie: str) -> None:
    async with runtime.db.system.acquire() as conn:
        dump = str([list(row.values()) for row in await conn.fetch("SELECT * FROM session")])
    assert cookie not in dump


ESCAPES = [
    None, "", "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example",
    "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example",
    "javascript:alert(1)", "data:text/html,x", "http:evil.example", "evil.example", "/a b", "/\x00",
    "/\x7f", "/%0d%0aSet-Cookie:x=1\r\n", "@evil.example", "?next=//evil", "#x",
]  # fmt: skip


@pytest.mark.parametrize("value", ESCAPES)
def test_next_page_is_never_somebody_elses(value: str | None) -> None:
    assert safe_next(value) == HOME_PAGE


@pytest.mark.parametrize(
    "value", ["/", "/dashboard/inbox?state=open&x=//y", "/w/acme/dashboard", "/%2F%2Fevil.example"]
)
def test_next_page_of_our_own_is_kept(value: str) -> None:
    assert safe_next(value) == value
    assert not urlsplit(value).netloc


async def test_log_in_page_leads_back_to_what_was_asked_for(runtime: Runtime) -> None:
    address = login_address(_request(runtime, "/dashboard/inbox", "state=open&q=a%20b"))
    query = httpx.QueryParams(urlsplit(address).query)
    assert urlsplit(address).path == "/login"
    assert safe_next(query["next"]) == "/dashboard/inbox?state=open&q=a%20b"
