"""Signing up, logging in and out."""

from typing import get_args

import httpx
import pytest

from besedka.core.config import Registration, Settings
from besedka.core.runtime import Runtime
from tests.factories import PASSWORD, make_workspace
from tests.kernel.accounts.helpers import (
    API,
    AUTH,
    bearer,
    fresh_email,
    letters_to,
    sign_up,
    token_in,
)


async def test_register_gives_tokens_and_a_personal_workspace(client: httpx.AsyncClient) -> None:
    email = fresh_email()
    response = await client.post(
        f"{AUTH}/register", json={"email": f" {email.upper()} ", "password": "test123"}
    )
    assert response.status_code == 201, response.text
    tokens = response.json()
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 900
    me = (await client.get(f"{AUTH}/me", headers=bearer(tokens["access_token"]))).json()
    assert me["email"] == email
    assert me["role"] == "owner"
    assert me["workspace"]["kind"] == "personal"
    assert (me["email_confirmed"], me["is_host"]) == (False, False)


async def test_company_registers_at_the_root_as_documented(client: httpx.AsyncClient) -> None:
    body = {"company_name": "ООО «Ромашка»", "email": fresh_email(), "password": "securepass123"}
    response = await client.post("/employers/register", json=body)
    assert response.status_code == 201, response.text
    token = response.json()["access_token"]
    me = (await client.get("/auth/me/", headers=bearer(token))).json()
    assert me["workspace"]["kind"] == "company"
    assert me["workspace"]["name"] == "ООО «Ромашка»"
    assert me["workspace"]["slug"].startswith("ooo-romashka")


async def test_two_companies_of_one_name_get_different_addresses(client: httpx.AsyncClient) -> None:
    slugs = set()
    for _ in range(3):
        body = {"company_name": "Acme", "email": fresh_email(), "password": "securepass123"}
        token = (await client.post(f"{API}/employers/register", json=body)).json()["access_token"]
        slugs.add(
            (await client.get(f"{AUTH}/me", headers=bearer(token))).json()["workspace"]["slug"]
        )
    assert len(slugs) == 3


async def test_registering_twice_says_that_the_address_is_taken(client: httpx.AsyncClient) -> None:
    email = fresh_email()
    await sign_up(client, email=email)
    response = await client.post(
        f"{AUTH}/register", json={"email": email.upper(), "password": "another123"}
    )
    assert response.status_code == 409
    assert response.json()["code"] == "email_taken"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"password": "12345"}, "password_too_short"),
        ({"password": "я" * 513}, "password_too_long"),
        ({"email": "nobody"}, "bad_email"),
        ({"email": "a@b.com\r\nBcc: x@y.com"}, "bad_email"),
        ({"email": "a b@example.com"}, "bad_email"),
        ({"email": "a" * 250 + "@example.com"}, "invalid_input"),
        ({"password": "x" * 3000}, "invalid_input"),
        ({"name": "a\x00b"}, "invalid_input"),
        ({"is_host": "true"}, "invalid_input"),
    ],
)
async def test_unfit_sign_up_is_refused_with_its_reason(
    client: httpx.AsyncClient, fields: dict[str, str], code: str
) -> None:
    body = {"email": fresh_email(), "password": PASSWORD, **fields}
    response = await client.post(f"{AUTH}/register", json=body)
    assert response.status_code == 422
    assert response.json()["code"] == code


async def test_lone_surrogates_are_refused_not_crashed_on(client: httpx.AsyncClient) -> None:
    for field in ("password", "name", "email"):
        body = f'{{"email": "a@example.com", "password": "secret12", "{field}": "abc\\ud800def"}}'
        response = await client.post(
            f"{AUTH}/register", content=body, headers={"Content-Type": "application/json"}
        )
        assert response.status_code == 422, response.text


async def test_spaces_of_a_password_count(client: httpx.AsyncClient) -> None:
    email = fresh_email()
    await sign_up(client, email=email, password=" six  ")
    wrong = await client.post(f"{AUTH}/login", json={"email": email, "password": "six"})
    right = await client.post(f"{AUTH}/login", json={"email": email, "password": " six  "})
    assert (wrong.status_code, right.status_code) == (401, 200)


@pytest.mark.parametrize("mode", get_args(Registration)[1:])
async def test_closed_registration_refuses_strangers_in_their_language(
    client: httpx.AsyncClient, runtime: Runtime, mode: Registration
) -> None:
    runtime.settings.registration = mode
    for path, extra in ((f"{AUTH}/register", {}), ("/employers/register", {"company_name": "X"})):
        response = await client.post(
            path,
            json={"email": fresh_email(), "password": PASSWORD, **extra},
            headers={"Accept-Language": "ru"},
        )
        assert response.status_code == 403
        assert response.json()["code"] == "registration_closed"
        assert "администратора" in response.json()["detail"]


def test_production_asks_for_longer_passwords_and_invitations() -> None:
    settings = Settings(_env_file=None, env="production")
    assert settings.minimum_password == 10
    assert not settings.open_registration


async def test_log_in_with_right_password_opens_a_session(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    response = await client.post(
        f"{AUTH}/login", json={"email": owner.email.upper(), "password": PASSWORD}
    )
    assert response.status_code == 200, response.text
    assert "set-cookie" not in response.headers
    me = await client.get(f"{AUTH}/me", headers=bearer(response.json()["access_token"]))
    assert me.json()["id"] == str(owner.user_id)


async def test_unknown_account_and_wrong_password_look_the_same(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    bodies = []
    for email in (owner.email, fresh_email(), "not an address"):
        response = await client.post(
            f"{AUTH}/login", json={"email": email, "password": "wrong one"}
        )
        assert response.status_code == 401
        bodies.append(response.content)
    assert len(set(bodies)) == 1


async def test_disabled_account_cannot_log_in_and_its_sessions_are_over(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    async with runtime.db.system.acquire() as conn:
        await conn.execute("UPDATE app_user SET disabled_at = now() WHERE id = $1", owner.user_id)
    login = await client.post(f"{AUTH}/login", json={"email": owner.email, "password": PASSWORD})
    assert login.json()["code"] == "wrong_credentials"
    assert (await client.get(f"{AUTH}/me", headers=owner.headers)).status_code == 401
    refresh = await client.post(f"{AUTH}/refresh", json={"refresh_token": owner.refresh_token})
    assert refresh.status_code == 401


async def test_log_out_ends_the_session_at_once(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    assert (await client.post(f"{AUTH}/logout", headers=owner.headers)).status_code == 204
    after = await client.get(f"{AUTH}/me", headers=owner.headers)
    assert (after.status_code, after.json()["code"]) == (401, "session_ended")
    refresh = await client.post(f"{AUTH}/refresh", json={"refresh_token": owner.refresh_token})
    assert refresh.status_code == 401


async def test_confirming_by_the_letters_link_works_once(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    email = fresh_email()
    tokens = await sign_up(client, email=email)
    (letter,) = await letters_to(runtime, email)
    assert letter["name"] == "confirm_email"
    body = {"token": token_in(letter)}
    assert (await client.post(f"{AUTH}/email/confirm", json=body)).status_code == 204
    again = await client.post(f"{AUTH}/email/confirm", json=body)
    assert (again.status_code, again.json()["code"]) == (410, "link_spent")
    me = await client.get(f"{AUTH}/me", headers=bearer(tokens["access_token"]))
    assert me.json()["email_confirmed"] is True


async def test_resent_confirmation_replaces_the_first_link(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    email = fresh_email()
    tokens = await sign_up(client, email=email)
    resent = await client.post(f"{AUTH}/email/resend", headers=bearer(tokens["access_token"]))
    assert resent.status_code == 202
    first, second = await letters_to(runtime, email)
    old = await client.post(f"{AUTH}/email/confirm", json={"token": token_in(first)})
    new = await client.post(f"{AUTH}/email/confirm", json={"token": token_in(second)})
    assert (old.status_code, new.status_code) == (410, 204)


async def test_a_link_of_one_kind_opens_nothing_else(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    email = fresh_email()
    await sign_up(client, email=email)
    (letter,) = await letters_to(runtime, email)
    response = await client.post(
        f"{AUTH}/password/reset", json={"token": token_in(letter), "password": "another one"}
    )
    assert response.status_code == 410


async def test_letters_are_in_the_language_of_the_person(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    for language, word in (("ru", "Подтвердите"), ("en", "Confirm")):
        email = fresh_email()
        await client.post(
            f"{AUTH}/register",
            json={"email": email, "password": PASSWORD},
            headers={"Accept-Language": language},
        )
        (letter,) = await letters_to(runtime, email)
        assert letter["subject"].startswith(word)
