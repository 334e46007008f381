"""Passwords: stored well, changed safely, telling nothing to strangers."""

import asyncio

import bcrypt
import httpx
import pytest
from argon2 import PasswordHasher

from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service
from besedka.kernel.accounts.service.passwords import AT_ONCE, Passwords
from tests.factories import PASSWORD, Made, make_workspace
from tests.kernel.accounts.helpers import AUTH, bearer, fresh_email, letters_to, token_in
from tests.plugins.passwords import Cost, set_cost

NEW = "another good password"


class Counting(Passwords):
    """Counts the slow calculations, and how many ran at once."""

    def __init__(self) -> None:
        super().__init__()
        self.checked = self.running = self.most = 0

    def _fits(self, stored: str, password: str) -> bool:
        self.checked += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return super()._fits(stored, password)
        finally:
            self.running -= 1


@pytest.fixture(autouse=True)
def slow(real_cost: Cost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as slowly as outside of tests."""
    set_cost(monkeypatch, real_cost)


@pytest.fixture
def counting(runtime: Runtime) -> Counting:
    accounts = runtime.get(service.Accounts)
    accounts.passwords = made = Counting()
    return made


async def _log_in(client: httpx.AsyncClient, email: str, password: str) -> int:
    response = await client.post(f"{AUTH}/login", json={"email": email, "password": password})
    return response.status_code


async def _stored(runtime: Runtime, owner: Made) -> str:
    async with runtime.db.system.acquire() as conn:
        return str(
            await conn.fetchval("SELECT password_hash FROM app_user WHERE id = $1", owner.user_id)
        )


async def _store(runtime: Runtime, owner: Made, password_hash: str | None) -> None:
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE app_user SET password_hash = $2 WHERE id = $1", owner.user_id, password_hash
        )


async def test_every_log_in_costs_one_check_whoever_tries(
    client: httpx.AsyncClient, runtime: Runtime, counting: Counting
) -> None:
    owner, empty = (await make_workspace(runtime)).owner, (await make_workspace(runtime)).owner
    await _store(runtime, empty, None)
    await _log_in(client, fresh_email(), "first of all, which makes the decoy")
    for email, password in (
        (owner.email, PASSWORD),
        (owner.email, "wrong"),
        (fresh_email(), "wrong"),
        ("no address", "wrong"),
        (empty.email, "wrong"),
        (owner.email, "x" * 2000),
        (fresh_email(), "x" * 2000),
    ):
        counting.checked = 0
        await _log_in(client, email, password)
        assert counting.checked == 1, email


async def test_a_flood_of_log_ins_checks_two_at_a_time(
    client: httpx.AsyncClient, runtime: Runtime, counting: Counting
) -> None:
    owner = (await make_workspace(runtime)).owner
    answers = await asyncio.gather(*(_log_in(client, owner.email, PASSWORD) for _ in range(12)))
    assert set(answers) == {200}
    assert counting.most <= AT_ONCE


async def test_stored_hash_is_argon2id_with_the_chosen_cost(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    body = {"current": PASSWORD, "new": NEW}
    assert (
        await client.post(f"{AUTH}/password", json=body, headers=owner.headers)
    ).status_code == 204
    assert (await _stored(runtime, owner)).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_imported_bcrypt_hash_verifies_and_is_replaced(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    long = "п" * 60
    await _store(runtime, owner, bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode())
    assert await _log_in(client, owner.email, "wrong") == 401
    assert (await _stored(runtime, owner)).startswith("$2b$")
    assert await _log_in(client, owner.email, long) == 200
    assert (await _stored(runtime, owner)).startswith("$argon2id$")
    assert await _log_in(client, owner.email, long) == 200


async def test_weaker_argon_hash_is_replaced(client: httpx.AsyncClient, runtime: Runtime) -> None:
    owner = (await make_workspace(runtime)).owner
    await _store(runtime, owner, PasswordHasher(1, 1024, 1).hash(PASSWORD))
    assert await _log_in(client, owner.email, PASSWORD) == 200
    assert "m=19456,t=2,p=1" in await _stored(runtime, owner)


@pytest.mark.parametrize(
    "stored", ["", "plain", "$argon2id$broken", "$2b$04$short", "$2b$99$" + "a" * 53]
)
async def test_unreadable_hash_fits_no_password(
    client: httpx.AsyncClient, runtime: Runtime, stored: str
) -> None:
    owner = (await make_workspace(runtime)).owner
    await _store(runtime, owner, stored)
    assert await _log_in(client, owner.email, stored or "x") == 401


async def test_changed_password_ends_the_other_sessions_and_tells_the_owner(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    login = await client.post(f"{AUTH}/login", json={"email": owner.email, "password": PASSWORD})
    other = bearer(login.json()["access_token"])
    body = {"current": PASSWORD, "new": NEW}
    assert (
        await client.post(f"{AUTH}/password", json=body, headers=owner.headers)
    ).status_code == 204
    assert (await client.get(f"{AUTH}/me", headers=other)).status_code == 401
    assert (await client.get(f"{AUTH}/me", headers=owner.headers)).status_code == 200
    assert await _log_in(client, owner.email, PASSWORD) == 401
    assert await _log_in(client, owner.email, NEW) == 200
    (letter,) = await letters_to(runtime, owner.email)
    assert letter["name"] == "password_changed"


async def test_password_change_needs_the_current_one(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    for body, code in (
        ({"current": "wrong", "new": NEW}, "wrong_password"),
        ({"current": PASSWORD, "new": "short"}, "password_too_short"),
    ):
        response = await client.post(f"{AUTH}/password", json=body, headers=owner.headers)
        assert (response.status_code, response.json()["code"]) == (422, code)
    assert await _log_in(client, owner.email, PASSWORD) == 200


async def _ask_reset(client: httpx.AsyncClient, runtime: Runtime, email: str) -> httpx.Response:
    response = await client.post(f"{AUTH}/password/forgot", json={"email": email})
    await service.send_reset(runtime, email, "en")
    return response


async def test_forgotten_password_is_set_by_the_letters_link(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime, confirmed=False)).owner
    await service.send_reset(runtime, owner.email, "ru")
    letter = (await letters_to(runtime, owner.email))[-1]
    assert (letter["name"], letter["locale"]) == ("reset_password", "ru")
    body = {"token": token_in(letter), "password": NEW}
    assert (await client.post(f"{AUTH}/password/reset", json=body)).status_code == 204
    assert (await client.post(f"{AUTH}/password/reset", json=body)).status_code == 410
    assert (await client.get(f"{AUTH}/me", headers=owner.headers)).status_code == 401
    assert await _log_in(client, owner.email, NEW) == 200
    async with runtime.db.system.acquire() as conn:
        confirmed = await conn.fetchval(
            "SELECT email_confirmed_at IS NOT NULL FROM app_user WHERE id = $1", owner.user_id
        )
    assert confirmed is True


async def test_reset_link_is_spent_by_one_of_many(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    await service.send_reset(runtime, owner.email, "en")
    token = token_in((await letters_to(runtime, owner.email))[-1])
    answers = await asyncio.gather(
        *(
            client.post(
                f"{AUTH}/password/reset", json={"token": token, "password": f"password {n}"}
            )
            for n in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [204] + [410] * 7


async def test_changed_password_makes_waiting_links_worthless(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    await service.send_reset(runtime, owner.email, "en")
    token = token_in((await letters_to(runtime, owner.email))[-1])
    body = {"current": PASSWORD, "new": NEW}
    await client.post(f"{AUTH}/password", json=body, headers=owner.headers)
    reset = await client.post(
        f"{AUTH}/password/reset", json={"token": token, "password": "third one"}
    )
    assert reset.status_code == 410


async def test_old_link_is_refused(client: httpx.AsyncClient, runtime: Runtime) -> None:
    owner = (await make_workspace(runtime)).owner
    await service.send_reset(runtime, owner.email, "en")
    token = token_in((await letters_to(runtime, owner.email))[-1])
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE one_time_token SET expires_at = now() WHERE user_id = $1", owner.user_id
        )
    reset = await client.post(f"{AUTH}/password/reset", json={"token": token, "password": NEW})
    assert reset.status_code == 410


async def test_asking_for_a_reset_tells_nothing_about_the_account(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    known = await client.post(f"{AUTH}/password/forgot", json={"email": owner.email})
    unknown = await client.post(f"{AUTH}/password/forgot", json={"email": fresh_email()})
    assert known.status_code == unknown.status_code == 202
    assert known.content == unknown.content
    async with runtime.db.system.acquire() as conn:
        jobs = await conn.fetchval(
            "SELECT count(*) FROM job WHERE name = $1 AND args->>'email' = $2",
            service.RESET_JOB, owner.email,
        )  # fmt: skip
    assert jobs == 1
