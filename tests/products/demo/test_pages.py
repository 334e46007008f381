"""The first page: the demo company in one click, for those who may make assistants."""

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.answers import service as answers
from tests.factories import make_person, make_workspace

START = "/dashboard/start"
RUSSIAN = {"Accept": "text/html", "Accept-Language": "ru"}


async def test_first_page_offers_both_ways(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    russian = await client.get(START, headers={**place.headers, **RUSSIAN})
    assert russian.status_code == 200
    assert "С чего начнём?" in russian.text
    assert "Взять демонстрационную компанию" in russian.text
    english = await client.get(START, headers={**place.headers, "Accept": "text/html"})
    assert "Take the demo company" in english.text
    assert f"/w/{place.slug}/dashboard/assistants/new" in english.text


async def test_one_click_makes_the_demo_and_leads_to_trying_it(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    taken = await client.post(f"{START}/demo", headers={**place.headers, **RUSSIAN})
    async with runtime.db.fast.acquire(place.id) as conn:
        (who,) = await answers.list_assistants(conn)
    assert taken.status_code == 303
    assert taken.headers["location"] == f"/w/{place.slug}/dashboard/assistants/{who.id}/try"
    again = await client.get(START, headers={**place.headers, **RUSSIAN})
    assert "Открыть демонстрационную компанию" in again.text


async def test_others_are_not_offered_it(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    member = await make_person(runtime, place, role=Role.MEMBER)
    assert (await client.get(START, headers=member.headers)).status_code == 403
    assert (await client.post(f"{START}/demo", headers=member.headers)).status_code == 403
    stranger = await client.get(START, headers={"Accept": "text/html"})
    assert stranger.status_code == 303
    assert stranger.headers["location"].startswith("/login")
