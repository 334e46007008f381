"""Changing one's address, and taking a change back that was a thief's."""

import httpx
import pytest

from besedka.core.runtime import Runtime
from tests.factories import PASSWORD, Made, make_workspace
from tests.kernel.accounts.helpers import API, AUTH, bearer, fresh_email, letters_to, token_in

EMAIL = f"{AUTH}/email"


@pytest.fixture
async def owner(runtime: Runtime) -> Made:
    return (await make_workspace(runtime)).owner


async def ask(client: httpx.AsyncClient, who: Made, email: str, **given: str) -> httpx.Response:
    """Ask for another address."""
    body = {"email": email, "password": PASSWORD, **given}
    return await client.post(EMAIL, json=body, headers=who.headers)


async def last_token(runtime: Runtime, email: str, letter: str) -> str:
    """Return the token of the latest letter of a kind to an address."""
    found = [each for each in await letters_to(runtime, email) if each["name"] == letter]
    return token_in(found[-1])


async def move(client: httpx.AsyncClient, runtime: Runtime, who: Made, email: str) -> None:
    """Change somebody's address."""
    assert (await ask(client, who, email)).status_code == 202
    token = await last_token(runtime, email, "change_email")
    assert (await client.post(f"{EMAIL}/change", json={"token": token})).status_code == 204


async def email_of(client: httpx.AsyncClient, who: Made) -> object:
    """Return the address of somebody who is logged in."""
    return (await client.get(f"{AUTH}/me", headers=who.headers)).json()["email"]


async def log_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD) -> int:
    """Return what a log-in is answered with."""
    body = {"email": email, "password": password}
    return (await client.post(f"{AUTH}/login", json=body)).status_code


async def test_new_address_holds_once_it_is_confirmed(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    new = fresh_email("new")
    assert (await ask(client, owner, new.upper())).status_code == 202
    assert await email_of(client, owner) == owner.email
    token = await last_token(runtime, new, "change_email")
    assert (await client.post(f"{EMAIL}/change", json={"token": token})).status_code == 204
    assert await email_of(client, owner) == new
    assert (await log_in(client, new), await log_in(client, owner.email)) == (200, 401)
    again = await client.post(f"{EMAIL}/change", json={"token": token})
    assert (again.status_code, again.json()["code"]) == (410, "link_spent")


async def test_change_needs_the_password_and_a_free_fit_address(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    other = (await make_workspace(runtime)).owner
    for email, given, expected in (
        (fresh_email(), {"password": "wrong"}, (422, "wrong_password")),
        (owner.email, {}, (422, "same_email")),
        ("nonsense", {}, (422, "bad_email")),
        (other.email, {}, (409, "email_taken")),
    ):
        answer = await ask(client, owner, email, **given)
        assert (answer.status_code, answer.json()["code"]) == expected


async def test_old_links_are_worthless_after_the_change(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    first, second = fresh_email("first"), fresh_email("second")
    await ask(client, owner, first)
    stale = await last_token(runtime, first, "change_email")
    await move(client, runtime, owner, second)
    answer = await client.post(f"{EMAIL}/change", json={"token": stale})
    assert answer.status_code == 410


async def test_address_that_was_taken_meanwhile_is_refused(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    new = fresh_email("wanted")
    await ask(client, owner, new)
    await make_workspace(runtime, email=new)
    token = await last_token(runtime, new, "change_email")
    answer = await client.post(f"{EMAIL}/change", json={"token": token})
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert await email_of(client, owner) == owner.email


async def test_old_address_takes_the_change_back_and_shuts_the_thief_out(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    thief = fresh_email("thief")
    key = await client.post(
        f"{API}/api-keys", json={"name": "x", "scopes": []}, headers=owner.headers
    )
    await move(client, runtime, owner, thief)
    token = await last_token(runtime, owner.email, "email_changed")
    assert (await client.post(f"{EMAIL}/undo", json={"token": token})).status_code == 204
    for stolen in (owner.token, key.json()["token"]):
        assert (await client.get(f"{AUTH}/me", headers=bearer(stolen))).status_code == 401
    assert (await log_in(client, thief), await log_in(client, owner.email)) == (401, 401)
    reset = await last_token(runtime, owner.email, "reset_password")
    body = {"token": reset, "password": "a password of my own"}
    assert (await client.post(f"{AUTH}/password/reset", json=body)).status_code == 204
    assert await log_in(client, owner.email, "a password of my own") == 200


async def test_thief_who_moves_on_twice_does_not_win(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    first, second = fresh_email("first"), fresh_email("second")
    await move(client, runtime, owner, first)
    await move(client, runtime, owner, second)
    owners = await last_token(runtime, owner.email, "email_changed")
    thiefs = await last_token(runtime, first, "email_changed")
    assert (await client.post(f"{EMAIL}/undo", json={"token": thiefs})).status_code == 204
    assert (await client.post(f"{EMAIL}/undo", json={"token": owners})).status_code == 204
    reset = await last_token(runtime, owner.email, "reset_password")
    body = {"token": reset, "password": "a password of my own"}
    assert (await client.post(f"{AUTH}/password/reset", json=body)).status_code == 204
    assert await log_in(client, owner.email, "a password of my own") == 200
    stale = await last_token(runtime, first, "reset_password")
    body = {"token": stale, "password": "the thief's password"}
    assert (await client.post(f"{AUTH}/password/reset", json=body)).status_code == 410


async def test_earliest_link_makes_the_later_ones_worthless(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    first, second = fresh_email("first"), fresh_email("second")
    await move(client, runtime, owner, first)
    await move(client, runtime, owner, second)
    owners = await last_token(runtime, owner.email, "email_changed")
    thiefs = await last_token(runtime, first, "email_changed")
    assert (await client.post(f"{EMAIL}/undo", json={"token": owners})).status_code == 204
    assert (await client.post(f"{EMAIL}/undo", json={"token": thiefs})).status_code == 410


async def test_old_address_is_kept_from_others_as_long_as_it_can_come_back(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    await move(client, runtime, owner, fresh_email("thief"))
    body = {"email": owner.email, "password": PASSWORD}
    taken = await client.post(f"{AUTH}/register", json=body)
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")
    other = (await make_workspace(runtime)).owner
    await ask(client, other, owner.email)
    token = await last_token(runtime, owner.email, "change_email")
    moved = await client.post(f"{EMAIL}/change", json={"token": token})
    assert (moved.status_code, moved.json()["code"]) == (409, "email_taken")
    await move(client, runtime, owner, owner.email)
    assert await email_of(client, owner) == owner.email


async def test_unconfirmed_old_address_gets_no_way_back(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    """A slip at signing up may have named a stranger's address, who must not get the account."""
    slip = (await make_workspace(runtime, confirmed=False)).owner
    await move(client, runtime, slip, fresh_email("right"))
    assert await letters_to(runtime, slip.email) == []
    me = (await client.get(f"{AUTH}/me", headers=slip.headers)).json()
    assert me["email_confirmed"] is True
