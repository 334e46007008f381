"""Forged requests: another site makes the victim's browser send them, cookie and all."""

from collections.abc import Mapping

import httpx
import pytest

from besedka.core.runtime import Runtime
from tests.attacks.company import Company, calm, fingerprint, furnish
from tests.attacks.operations import Operation, operations
from tests.attacks.rights import PUBLIC, VISITORS
from tests.kernel.accounts.helpers import ORIGIN, by_cookie, cookie_of

HARMLESS = {
    "POST /unsubscribe": "mail programs post it for their readers, from anywhere: the signed token is what decides (RFC 8058)",
    "POST /preferences/theme": "sets a cookie that holds nothing but light or dark",
    "POST /preferences/locale": "the same with a language; for a person who is logged in a token is asked for",
}  # fmt: skip


@pytest.fixture
async def victim(runtime: Runtime, client: httpx.AsyncClient) -> Company:
    return await furnish(runtime, client)


def writes() -> list[Operation]:
    return [each for each in operations() if not each.reads]


def forgeries(cookie: str) -> Mapping[str, Mapping[str, str]]:
    """Return what the victim's browser may be made to send."""
    right = by_cookie(cookie)
    return {
        "no token": by_cookie(cookie, csrf=""),
        "another session's token": {**right, "X-CSRF-Token": by_cookie("a" * 43)["X-CSRF-Token"]},
        "an empty token": {**right, "X-CSRF-Token": ""},
        "a foreign origin": {**right, "Origin": "https://evil.example"},
        "a null origin": {**right, "Origin": "null"},
        "an origin that begins like ours": {**right, "Origin": f"{ORIGIN}.evil.example"},
        "our host on another port": {**right, "Origin": "http://127.0.0.1:1"},
        "no origin": by_cookie(cookie, origin=None),
        "a foreign referer": {
            **by_cookie(cookie, origin=None), "Referer": "https://evil.example/?" + ORIGIN,
        },
    }  # fmt: skip


async def test_forged_write_by_cookie_is_refused_everywhere(
    runtime: Runtime, client: httpx.AsyncClient, victim: Company
) -> None:
    cookie = await cookie_of(runtime, victim.owner.email)
    (before,) = await calm(runtime, victim.id)
    passed = []
    for operation in writes():
        if str(operation) in PUBLIC | VISITORS:
            continue
        request = operation.fill(lambda _place, kind: victim.ids[kind.kind])
        for how, headers in forgeries(cookie).items():
            response = await request.send(client, headers)
            if response.status_code != 403 or response.json()["code"] != "csrf_refused":
                passed.append(f"{operation} with {how}: {response.status_code}")
    assert passed == []
    assert await fingerprint(runtime, victim.id) == before


async def test_ways_in_are_open_to_our_own_pages_alone(client: httpx.AsyncClient) -> None:
    """Logging a victim in as somebody else is a forgery too. The API sets no cookie, so it is not concerned."""
    passed = []
    for operation in writes():
        if str(operation) in set(HARMLESS) | VISITORS or not operation.is_page:
            continue
        if str(operation) not in PUBLIC:
            continue
        request = operation.fill(lambda _place, _kind: "x")
        for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            response = await request.send(client, headers)
            if response.status_code != 403 or "set-cookie" in response.headers:
                passed.append(f"{operation} from {headers}: {response.status_code}")
    assert passed == []


async def test_forged_language_is_refused_for_a_person(
    runtime: Runtime, client: httpx.AsyncClient, victim: Company
) -> None:
    cookie = await cookie_of(runtime, victim.owner.email)
    for headers in forgeries(cookie).values():
        response = await client.post("/preferences/locale", data={"locale": "ru"}, headers=headers)
        assert response.status_code == 403
    me = await client.get("/api/v1/auth/me", headers=victim.owner.headers)
    assert me.json()["locale"] is None


async def test_reading_sets_nothing_off(
    runtime: Runtime, client: httpx.AsyncClient, victim: Company
) -> None:
    """What a foreign page can make a browser fetch changes nothing: no GET does."""
    cookie = by_cookie(await cookie_of(runtime, victim.owner.email))
    (before,) = await calm(runtime, victim.id)
    for operation in operations():
        if operation.reads:
            request = operation.fill(lambda _place, kind: victim.ids[kind.kind])
            response = await request.send(client, {**cookie, "Origin": "https://evil.example"})
            assert response.status_code < 500, operation
    assert await fingerprint(runtime, victim.id) == before
