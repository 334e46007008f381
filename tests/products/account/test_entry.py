"""The ways in: what somebody new is asked, told, and where they land."""

import re

import httpx
from pydantic import SecretStr

from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import Role
from tests.factories import PASSWORD, make_person, make_workspace
from tests.kernel.accounts.helpers import ORIGIN, fresh_email

RUSSIAN = {"Accept": "text/html", "Accept-Language": "ru", "Origin": ORIGIN}
START, INBOX = "/dashboard/start", "/dashboard/inbox"


def filled(**fields: str) -> dict[str, str]:
    """Return a filled form."""
    person = {"name": "Анна", "company": "Ромашка", "email": fresh_email(), "password": PASSWORD}
    return {**person, **fields}


async def test_new_company_lands_where_an_assistant_is_made(client: httpx.AsyncClient) -> None:
    entered = await client.post("/signup", data=filled(), headers=RUSSIAN)
    assert entered.status_code == 303, entered.text
    led = await client.get(entered.headers["location"], headers=RUSSIAN)
    assert led.headers["location"].endswith(START)


async def test_dashboard_leads_to_the_inbox_once_there_is_an_assistant(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    headers = {**place.headers, **RUSSIAN}
    assert (await client.get("/dashboard", headers=headers)).headers["location"].endswith(START)
    assert f'{INBOX}"' in (await client.get(START, headers=headers)).text
    made = await client.post("/api/v1/assistants", json={"name": "Даша"}, headers=place.headers)
    assert made.status_code == 201, made.text
    assert (await client.get("/dashboard", headers=headers)).headers["location"].endswith(INBOX)


async def test_operator_without_an_assistant_goes_to_the_inbox(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    operator = await make_person(runtime, place, role=Role.OPERATOR)
    led = await client.get("/dashboard", headers={**operator.headers, **RUSSIAN})
    assert led.headers["location"].endswith(INBOX)


async def test_every_mistake_of_a_form_is_told_at_once(client: httpx.AsyncClient) -> None:
    wrong = filled(name="  ", company=" ", email="host@x", password="123")
    refused = await client.post("/signup", data=wrong, headers=RUSSIAN)
    assert refused.status_code == 422
    assert refused.text.count("Заполните это поле.") == 2
    assert "Это не похоже на адрес почты." in refused.text
    assert "Пароль не короче 6 символов." in refused.text


async def test_first_link_survives_a_form_with_mistakes(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    async with runtime.db.system.acquire() as conn:
        await conn.execute("UPDATE app_user SET is_host = false WHERE is_host")
    link = await accounts.first_link(runtime)
    assert link is not None
    token = link.split("token=")[1]
    wrong = filled(name="  ", email="host@x", token=token)
    refused = await client.post("/welcome", data=wrong, headers=RUSSIAN)
    assert refused.status_code == 422
    assert "Заполните это поле." in refused.text
    assert "Это не похоже на адрес почты." in refused.text
    entered = await client.post("/welcome", data=filled(token=token), headers=RUSSIAN)
    assert entered.headers["location"] == START


async def test_forgotten_password_without_a_mail_server_promises_no_letter(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/forgot-password", data={"email": fresh_email()}, headers=RUSSIAN)
    assert "попросите хозяина установки передать вам ссылку" in answer.text
    assert "уже в пути" not in answer.text


async def test_forgotten_password_with_a_mail_server_promises_a_letter(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    runtime.settings.smtp_url = SecretStr("smtp://127.0.0.1:1")
    answer = await client.post("/forgot-password", data={"email": fresh_email()}, headers=RUSSIAN)
    assert "письмо уже в пути" in answer.text


async def test_first_empty_field_of_the_log_in_is_ready_to_type_in(
    client: httpx.AsyncClient,
) -> None:
    fresh = (await client.get("/login", headers=RUSSIAN)).text
    assert focused(fresh) == ["email"]
    form = {"email": fresh_email(), "password": "wrong"}
    refused = await client.post("/login", data=form, headers=RUSSIAN)
    assert refused.status_code == 401
    assert focused(refused.text) == ["password"]


def focused(page: str) -> list[str]:
    """Return the names of the fields that take the cursor."""
    fields = re.findall(r"<input[^>]*>", page)
    return [field.split('name="')[1].split('"')[0] for field in fields if " autofocus" in field]


async def test_invited_person_finds_the_address_filled_in(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    email = fresh_email("a+b")
    link = await accounts.create_host(runtime, email=email)
    form = {"token": link.split("token=")[1], "password": PASSWORD}
    answer = await client.post("/reset-password", data=form, headers=RUSSIAN)
    page = await client.get(answer.headers["location"], headers=RUSSIAN)
    assert f'value="{email}"' in page.text
    assert focused(page.text) == ["password"]


async def test_spent_link_leads_to_the_log_in(client: httpx.AsyncClient) -> None:
    for path in ("/welcome?token=spent", "/reset-password?token=spent"):
        page = await client.get(path, headers=RUSSIAN)
        assert page.status_code == 410
        assert 'href="/login"' in page.text
        assert "просто войдите" in page.text


def test_address_inside_a_network_is_taken() -> None:
    assert accounts.normalise_email("Anna@Mail.lan") == "anna@mail.lan"
