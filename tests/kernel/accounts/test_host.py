"""The host of the installation: the one-time link of the first start, and the command."""

import asyncio

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service
from besedka.kernel.accounts.errors import EmailTaken, LinkSpent, PasswordTooShort, PersonExists
from besedka.kernel.accounts.repository import NOWHERE
from besedka.kernel.accounts.service.links import find_link
from besedka.kernel.accounts.types import Caller, Login, OneTime, SessionKind
from tests.factories import PASSWORD, make_workspace
from tests.kernel.accounts.helpers import AUTH, bearer, by_cookie, cookie_of, fresh_email


@pytest.fixture
async def hostless(runtime: Runtime) -> Runtime:
    """An installation without a host (tests share a database)."""
    async with runtime.db.system.acquire() as conn:
        await conn.execute("UPDATE app_user SET is_host = false WHERE is_host")
    return runtime


def _person(**fields: str) -> service.NewPerson:
    return service.NewPerson(
        **{"email": fresh_email("host"), "password": PASSWORD, "company": "Acme", **fields}
    )


async def _link(runtime: Runtime) -> str:
    link = await service.first_link(runtime)
    assert link is not None
    return link.split("/welcome?token=")[1]


async def test_first_visit_makes_the_host_with_a_company(
    client: httpx.AsyncClient, hostless: Runtime
) -> None:
    login = await service.welcome(hostless, Caller(), _person(), token=await _link(hostless))
    assert login.cookie is not None
    me = (await client.get(f"{AUTH}/me", headers=by_cookie(login.cookie))).json()
    assert (me["is_host"], me["email_confirmed"], me["workspace"]["kind"]) == (
        True,
        True,
        "company",
    )
    assert await service.first_link(hostless) is None


async def test_registering_never_makes_a_host(client: httpx.AsyncClient, hostless: Runtime) -> None:
    body = {"email": fresh_email(), "password": PASSWORD}
    token = (await client.post(f"{AUTH}/register", json=body)).json()["access_token"]
    assert (await client.get(f"{AUTH}/me", headers=bearer(token))).json()["is_host"] is False


async def test_one_of_many_visits_with_the_link_wins(hostless: Runtime) -> None:
    token = await _link(hostless)
    results = await asyncio.gather(
        *(service.welcome(hostless, Caller(), _person(), token=token) for _ in range(6)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, LinkSpent) for result in results) == 5


async def test_newer_link_replaces_the_older(hostless: Runtime) -> None:
    older, newer = await _link(hostless), await _link(hostless)
    async with hostless.db.fast.acquire(NOWHERE) as conn:
        assert await find_link(conn, older, OneTime.HOST) is None
        assert await find_link(conn, newer, OneTime.HOST) is not None
    with pytest.raises(LinkSpent):
        await service.welcome(hostless, Caller(), _person(), token=older)


async def test_mistake_in_the_form_leaves_the_link_usable(hostless: Runtime) -> None:
    token, taken = await _link(hostless), (await make_workspace(hostless)).owner.email
    with pytest.raises(PasswordTooShort):
        await service.welcome(hostless, Caller(), _person(password="123"), token=token)
    with pytest.raises(EmailTaken):
        await service.welcome(hostless, Caller(), _person(email=taken), token=token)
    assert (await service.welcome(hostless, Caller(), _person(), token=token)).cookie


async def test_link_is_worthless_once_there_is_a_host(hostless: Runtime) -> None:
    token = await _link(hostless)
    await make_workspace(hostless, is_host=True)
    with pytest.raises(LinkSpent):
        await service.welcome(hostless, Caller(), _person(), token=token)


async def test_command_makes_a_host_who_sets_a_password(
    client: httpx.AsyncClient, hostless: Runtime
) -> None:
    email = fresh_email("admin")
    link = await service.create_host(hostless, email=email.upper(), name="Anna Admin")
    body = {"token": link.split("token=")[1], "password": "a long password"}
    assert (await client.post(f"{AUTH}/password/reset", json=body)).status_code == 204
    login = await service.log_in(
        hostless, Caller(), email=email, password="a long password", kind=SessionKind.COOKIE
    )
    assert isinstance(login, Login)
    assert login.cookie is not None
    me = (await client.get(f"{AUTH}/me", headers=by_cookie(login.cookie))).json()
    assert (me["is_host"], me["name"], me["role"]) == (True, "Anna Admin", "owner")
    assert (me["workspace"]["name"], me["workspace"]["kind"]) == ("Anna Admin", "personal")


async def test_command_makes_the_company_that_it_was_told(
    client: httpx.AsyncClient, hostless: Runtime
) -> None:
    email = fresh_email("admin")
    link = await service.create_host(hostless, email=email, company="Daisy")
    await service.reset_password(hostless, link.split("token=")[1], PASSWORD)
    cookie = await cookie_of(hostless, email)
    me = (await client.get(f"{AUTH}/me", headers=by_cookie(cookie))).json()
    assert (me["workspace"]["name"], me["workspace"]["kind"]) == ("Daisy", "company")


async def test_command_makes_an_existing_person_the_host(
    client: httpx.AsyncClient, hostless: Runtime
) -> None:
    owner = (await make_workspace(hostless)).owner
    with pytest.raises(PersonExists):
        await service.create_host(hostless, email=owner.email)
    assert (await client.get(f"{AUTH}/me", headers=owner.headers)).json()["is_host"] is False
    await service.create_host(hostless, email=owner.email, existing=True)
    assert (await client.get(f"{AUTH}/me", headers=owner.headers)).json()["is_host"] is True


async def test_last_host_is_not_disabled(client: httpx.AsyncClient, hostless: Runtime) -> None:
    first = (await make_workspace(hostless, is_host=True)).owner
    second = (await make_workspace(hostless, is_host=True)).owner
    path = f"/api/v1/users/{second.user_id}"
    assert (await client.post(f"{path}/disable", headers=first.headers)).status_code == 204
    own = await client.post(f"/api/v1/users/{first.user_id}/disable", headers=first.headers)
    assert (own.status_code, own.json()["code"]) == (409, "last_host")
    assert (await client.get(f"{AUTH}/me", headers=first.headers)).status_code == 200
