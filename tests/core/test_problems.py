"""What a caller reads in a refusal: which field, and a sentence that is right for every number."""

import httpx
import pytest

from besedka.core.i18n import text
from besedka.core.runtime import Runtime
from tests.factories import make_workspace

LOG_IN = "/api/v1/auth/login"
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("body", ["", 5])
async def test_field_named_body_keeps_its_name(
    client: httpx.AsyncClient, runtime: Runtime, body: str | int
) -> None:
    place = await make_workspace(runtime)
    path = f"/api/v1/chats/{NOBODY}/messages"
    refused = await client.post(path, json={"body": body}, headers=place.headers)
    assert "body" in {error["field"] for error in refused.json()["errors"]}


async def test_broken_json_names_no_field(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json", "Accept-Language": "ru"}
    refused = await client.post(LOG_IN, content=b'{"email"', headers=headers)
    assert refused.json()["errors"] == [{"field": "", "message": "Это не JSON."}]


async def test_form_where_json_is_needed_is_told_so(client: httpx.AsyncClient) -> None:
    refused = await client.post(LOG_IN, data={"email": "a@b.example"})
    (error,) = refused.json()["errors"]
    assert "application/json" in error["message"]


async def test_choices_are_listed_without_words_of_another_language(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    refused = await client.post(
        "/api/v1/users",
        json={"email": "anna@acme.example", "role": "king"},
        headers={**place.headers, "Accept-Language": "ru"},
    )
    (error,) = refused.json()["errors"]
    assert error["field"] == "role"
    assert error["message"].startswith("Возможны: owner, admin, ")
    assert "'" not in error["message"]
    assert " or " not in error["message"]


async def test_body_over_the_limit_is_told_the_limit(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json", "Accept-Language": "ru"}
    refused = await client.post(LOG_IN, content=b" " * (3 * 1024 * 1024), headers=headers)
    assert refused.status_code == 413
    assert refused.json()["detail"] == "Слишком большой запрос: можно не больше 2\u00a0МБ."


@pytest.mark.parametrize(
    ("locale", "count", "words"),
    [
        ("ru", 1, "Не короче 1 символа."),
        ("ru", 2, "Не короче 2 символов."),
        ("ru", 21, "Не короче 21 символа."),
        ("ru", 11, "Не короче 11 символов."),
        ("en", 1, "At least 1 character."),
        ("en", 21, "At least 21 characters."),
    ],
)
def test_word_follows_its_number(locale: str, count: int, words: str) -> None:
    assert text(locale, "validation.string_too_short", min_length=count) == words


@pytest.mark.parametrize(
    ("locale", "seconds", "words"),
    [
        ("ru", 1, "Слишком часто. Повторите через 1 секунду."),
        ("ru", 60, "Слишком часто. Повторите через 60 секунд."),
        ("ru", 199, "Слишком часто. Повторите через 4 минуты."),
        ("ru", 3600, "Слишком часто. Повторите через 60 минут."),
        ("en", 199, "Too many requests. Try again in 4 minutes."),
    ],
)
def test_long_wait_is_told_in_minutes(locale: str, seconds: int, words: str) -> None:
    assert text(locale, "errors.rate_limited", retry_after=seconds) == words


def test_place_without_a_value_hides_no_sentence() -> None:
    assert "{min_length}" in text("ru", "validation.string_too_short", other=1)
