"""Signed visitors: who a site says they are, tokens that are refused, and whose history is whose."""

import time
from uuid import uuid4

import jwt
import pytest
from pydantic import JsonValue

from tests.products.widget.counter import API, Counter, Visit


async def secret_of(counter: Counter) -> str:
    """Make the widget's secret."""
    made = await counter.client.post(
        f"{API}/widgets/{counter.widget_id}/secret", headers=counter.made.headers
    )
    assert made.status_code == 201, made.text
    secret: str = made.json()["secret"]
    return secret


def sign(secret: str, sub: str = "42", *, seconds: int = 600, **claims: JsonValue) -> str:
    """Sign as the site's server does."""
    return jwt.encode({"sub": sub, "exp": int(time.time()) + seconds, **claims}, secret, "HS256")


async def identify(visit: Visit, token: str) -> Visit:
    """Say who the visitor is; return them under their new token."""
    answer = await visit.post("/identity", {"token": token})
    assert answer.status_code == 200, answer.text
    return Visit(visit.client, visit.base, answer.json())


async def test_new_person_keeps_what_they_wrote_without_a_name(counter: Counter) -> None:
    secret = await secret_of(counter)
    visit = await counter.enter()
    chat = (await visit.say("Сколько стоит доставка?")).json()["chat"]
    known = await identify(visit, sign(secret, name="Анна", email="anna@shop.example"))
    assert (known.session["verified"], known.session["chat"]) == (True, chat)
    shown = await counter.contact(known)
    assert (shown["name"], shown["email"]) == ("Анна", "anna@shop.example")
    assert (await visit.get("/messages")).status_code == 401
    elsewhere = await identify(await counter.enter(), sign(secret))
    assert elsewhere.session["chat"] == chat


async def test_known_person_finds_their_own_history_and_the_nameless_one_stays_apart(
    counter: Counter,
) -> None:
    secret = await secret_of(counter)
    first = await identify(await counter.enter(), sign(secret))
    own = (await first.say("Это я")).json()["chat"]
    stranger = await counter.enter()
    nameless = (await stranger.say("А это кто угодно")).json()["chat"]
    back = await identify(stranger, sign(secret))
    assert back.session["chat"] == own
    assert nameless != own
    assert "кто угодно" not in (await back.get("/messages")).text


async def test_another_person_in_the_same_browser_sees_nothing_of_the_first(
    counter: Counter,
) -> None:
    secret = await secret_of(counter)
    first = await identify(await counter.enter(), sign(secret, "1", name="Анна"))
    await first.say("Мой секрет")
    second = await identify(first, sign(secret, "2", name="Борис"))
    assert second.session["contact"] != first.session["contact"]
    assert second.session["chat"] is None
    assert (await second.get("/messages")).json() == []
    assert (await first.get("/messages")).status_code == 401


async def test_refused_token_says_why_and_leaves_the_visitor_nameless(counter: Counter) -> None:
    visit = await counter.enter()
    off = await visit.post("/identity", {"token": sign("x" * 43)})
    assert (off.status_code, off.json()["code"]) == (403, "identity_off")
    secret = await secret_of(counter)
    none = jwt.encode({"sub": "42", "exp": int(time.time()) + 60}, "", "none")
    refused = {
        "identity_forged": [sign("y" * 43), none, "nonsense", jwt.encode({"sub": "42"}, secret, "HS256"), sign(secret, "")],
        "identity_expired": [sign(secret, seconds=-120), sign(secret, seconds=2 * 3600)],
    }  # fmt: skip
    for code, tokens in refused.items():
        for token in tokens:
            answer = await visit.post("/identity", {"token": token})
            assert (answer.status_code, answer.json()["code"]) == (403, code), token
    assert (await visit.say("Я всё ещё здесь")).status_code == 201
    assert (await counter.enter(visitor=visit.session["visitor"])).session["verified"] is False


async def test_token_of_another_widget_is_forged_here(counter: Counter) -> None:
    other = await counter.client.post(
        f"{API}/widgets", headers=counter.made.headers,
        json={"assistant_id": counter.assistant_id, "name": "Второй"},
    )  # fmt: skip
    made = await counter.client.post(
        f"{API}/widgets/{other.json()['id']}/secret", headers=counter.made.headers
    )
    await secret_of(counter)
    visit = await counter.enter()
    answer = await visit.post("/identity", {"token": sign(made.json()["secret"])})
    assert (answer.status_code, answer.json()["code"]) == (403, "identity_forged")


async def test_token_with_an_id_of_its_own_works_once(counter: Counter) -> None:
    secret = await secret_of(counter)
    token = sign(secret, jti=str(uuid4()))
    await identify(await counter.enter(), token)
    again = await (await counter.enter()).post("/identity", {"token": token})
    assert (again.status_code, again.json()["code"]) == (403, "identity_used")


async def test_session_ends_with_the_sites_token_unless_it_is_renewed(counter: Counter) -> None:
    secret = await secret_of(counter)
    known = await identify(await counter.enter(), sign(secret, seconds=600))
    await known.say("Моё")
    renewed = await identify(known, sign(secret, seconds=1200))
    assert (renewed.session["contact"], renewed.session["chat"]) == (
        known.session["contact"], (await renewed.get("/messages")).json()[0]["chat"]
    )  # fmt: skip
    lasts = renewed.session["lasts"]
    assert isinstance(lasts, int)
    assert 1100 < lasts <= 1200
    assert (await known.get("/messages")).status_code == 401
    async with counter.runtime.db.fast.transaction(counter.made.id) as conn:
        await conn.execute("UPDATE widget_visitor SET verified_until = now()")
    assert (await renewed.get("/messages")).status_code == 401
    after = await counter.enter(visitor=renewed.session["visitor"])
    assert (after.session["verified"], after.session["lasts"], after.session["messages"]) == (
        False, None, []
    )  # fmt: skip
    await after.say("Кто-то другой")
    back = await identify(after, sign(secret))
    assert back.session["contact"] == known.session["contact"] != after.session["contact"]
    assert "Кто-то другой" not in (await back.get("/messages")).text


@pytest.mark.parametrize("way", ["reset", "rotate"])
async def test_logging_out_and_a_new_secret_end_the_session(counter: Counter, way: str) -> None:
    secret = await secret_of(counter)
    known = await identify(await counter.enter(), sign(secret))
    await known.say("Привет")
    if way == "reset":
        gone = await known.client.delete(f"{known.base}/session", headers=known.headers)
        assert gone.status_code == 204
    else:
        fresh = await secret_of(counter)
        answer = await (await counter.enter()).post("/identity", {"token": sign(secret)})
        assert answer.json()["code"] == "identity_forged"
        secret = fresh
    assert (await known.get("/messages")).status_code == 401
    back = await identify(await counter.enter(), sign(secret))
    assert back.session["contact"] == known.session["contact"]
    assert len((await back.get("/messages")).json()) >= 1


async def test_attributes_are_kept_for_people_and_bounded(counter: Counter) -> None:
    visit = await counter.enter()
    described = await visit.post("/attributes", {"attributes": {"plan": "pro"}})
    assert described.status_code == 204, described.text
    async with counter.runtime.db.fast.acquire(counter.made.id) as conn:
        meta = await conn.fetchval("SELECT meta FROM contact")
    assert meta["attributes"] == {"plan": "pro"}
    many: dict[str, JsonValue] = {f"a{number}": "x" for number in range(21)}
    assert (await visit.post("/attributes", {"attributes": many})).status_code == 422
