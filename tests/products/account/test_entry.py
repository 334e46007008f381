"""The ways in: what somebody new is asked, told, and where they land."""

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


def test_address_inside_a_network_is_taken() -> None:
    assert accounts.normalise_email("Anna@Mail.lan") == "anna@mail.lan"
