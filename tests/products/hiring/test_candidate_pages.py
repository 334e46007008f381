"""The candidate's side over HTTP alone: careers, applying, the interview without scripts, one's own page, times to meet."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.core.security import puzzle
from besedka.products.hiring.service import applying
from tests.factories import MadeWorkspace, make_workspace
from tests.kernel.accounts.helpers import ORIGIN, by_cookie, cookie_of, letters_to
from tests.products.hiring.talk import VACANCY, made

OURS = {"Origin": ORIGIN, "Accept": "text/html"}
SCRIPT = {"Origin": ORIGIN, "Accept": "application/json"}
RESUME = "Анна Петрова\nanna@example.com, +7 (999) 123-45-67\nМосква\n\nPython 5 лет, PostgreSQL"
CHOICE = {
    "key": "shift", "text": "Какая смена вам удобна?", "kind": "choice", "options": ["Дневная", "Ночная"],
}  # fmt: skip
NUMBER = {"key": "years", "text": "Сколько лет опыта?", "kind": "number"}


@dataclass(frozen=True, slots=True)
class Applied:
    """A candidate who applied by the form."""

    home: str
    email: str

    @property
    def id(self) -> str:
        return self.home.rpartition("/")[2]


@pytest.fixture
async def firm(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


async def offer(client: httpx.AsyncClient, firm: MadeWorkspace, **more: object) -> str:
    """Publish a vacancy and return the path of its page."""
    found = await made(client, "/vacancies", {**VACANCY, **more}, firm.headers)
    return f"/careers/{firm.slug}/{found['id']}"


def fields(page: str, **typed: str) -> dict[str, str]:
    """Return what a browser sends of the form on a page."""
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    return {**hidden, "deed": "apply", "consent": "true", **typed}


async def apply(client: httpx.AsyncClient, firm: MadeWorkspace, path: str, **typed: str) -> Applied:
    """Apply by the form."""
    email = f"anna.{firm.slug}.{path[-6:]}{len(typed)}@example.com"
    page = (await client.get(f"{path}/apply")).text
    body = fields(page, full_name="Анна Петрова", email=email, **typed)
    sent = await client.post(f"{path}/apply", data=body, files={"file": ("", b"")}, headers=OURS)
    assert sent.status_code == 303, sent.text
    return Applied(sent.headers["location"].removesuffix("/interview"), email)


async def test_careers_show_what_is_open_to_people_and_search_engines(
    client: httpx.AsyncClient, firm: MadeWorkspace
) -> None:
    assert (await client.get(f"/careers/{firm.slug}")).status_code == 404
    first = await offer(client, firm, description="Пишем **сервисы**.\n\n<script>alert(1)</script>")
    second = await offer(
        client, firm, title="Tester", location="Казань", work_format="remote", language="en"
    )
    draft = await offer(client, firm, title="Secret", status="draft")
    listed = (await client.get(f"/careers/{firm.slug}", headers={"Accept-Language": "ru"})).text
    assert first in listed
    assert second in listed
    assert draft not in listed
    assert "150\u00a0000" in listed
    for query in (
        {"location": "kazan"},
        {"work_format": "remote"},
        {"q": "test", "utm_source": "x"},
    ):
        found = (await client.get(f"/careers/{firm.slug}", params=query)).text
        assert (second in found, first in found) == (True, False), query
    page = await client.get(first, params={"lang": "ru"})
    assert '<html lang="ru"' in page.text
    assert f'rel="canonical" href="{ORIGIN}{first}"' in page.text
    assert 'property="og:title"' in page.text
    data = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text)
    posting = json.loads(data[0])
    assert posting["@type"] == "JobPosting"
    assert posting["hiringOrganization"]["sameAs"] == f"{ORIGIN}/careers/{firm.slug}"
    assert posting["jobLocation"]["address"] == {
        "@type": "PostalAddress", "addressLocality": "Moscow", "addressCountry": "RU",
    }  # fmt: skip
    assert posting["baseSalary"]["value"]["minValue"] == 150_000
    assert (posting["datePosted"], posting["directApply"]) == (
        datetime.now(UTC).date().isoformat(),
        True,
    )
    assert "<script>" not in page.text.replace(data[0], "")
    sitemap = (await client.get("/careers/sitemap.xml")).text
    assert f"{ORIGIN}{first}</loc>" in sitemap
    assert draft not in sitemap
    assert f"{ORIGIN}/careers/sitemap.xml" in (await client.get("/robots.txt")).text
    assert (await client.get(draft)).status_code == 404


async def test_closed_vacancy_says_so_and_takes_nobody(
    client: httpx.AsyncClient, firm: MadeWorkspace
) -> None:
    path = await offer(client, firm)
    vacancy = f"/vacancies/{path.rpartition('/')[2]}"
    await client.put(vacancy, json={"status": "closed"}, headers=firm.headers)
    page = (await client.get(path, params={"lang": "en"})).text
    assert "takes no more applications" in page
    assert "noindex" in page
    assert "ld+json" not in page
    assert "/apply" not in page
    assert (await client.get(f"{path}/apply", headers=OURS)).status_code == 409


NO_FILE = {"file": ("", b"")}


async def apply_with_resume(client: httpx.AsyncClient, firm: MadeWorkspace, path: str) -> str:
    """Have a résumé read, mend a mistake, apply twice, and return the application's page."""
    page = (await client.get(f"{path}/apply")).text
    file = {"file": ("cv.txt", RESUME.encode(), "text/plain")}
    proposed = await client.post(
        f"{path}/apply", data=fields(page, deed="read"), files=file, headers=OURS
    )
    for value in ("Анна Петрова", "anna@example.com", "+7 (999) 123-45-67", "Москва", "cv.txt"):
        assert value in proposed.text, value
    typed = {
        "full_name": "Анна Петрова", "email": f"{firm.slug}@example.com", "resume_text": RESUME,
    }  # fmt: skip
    wrong = fields(proposed.text, **{**typed, "email": "nobody"})
    refused = await client.post(f"{path}/apply", data=wrong, headers=OURS, files=NO_FILE)
    assert refused.status_code == 422
    assert "cv.txt" in refused.text
    right = fields(refused.text, **typed)
    sent, again = [
        await client.post(f"{path}/apply", data=right, headers=OURS, files=NO_FILE)
        for _ in range(2)
    ]
    assert again.headers["location"] == sent.headers["location"]
    return str(sent.headers["location"].removesuffix("/interview"))


async def test_resume_fills_the_form_is_kept_and_is_forgotten(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    home = await apply_with_resume(client, firm, await offer(client, firm))
    api = f"/responses{home.removeprefix('/applications')}"
    kept = [
        await client.get(f"{api}/resume", headers=firm.headers),
        await client.get(f"{home}/resume"),
    ]
    assert [each.content for each in kept] == [RESUME.encode()] * 2
    owner = by_cookie(await cookie_of(runtime, firm.owner.email))
    page = await client.get(f"/dashboard/hiring{api}", headers=owner)
    (link,) = re.findall(r'href="([^"]+/resume)"', page.text)
    assert (await client.get(link, headers=owner)).content == RESUME.encode()
    exported = (await client.get(f"{home}/export.json")).json()
    assert exported["sent"]["version"] == "1"
    assert exported["candidate"]["resume_text"] == RESUME
    assert (await client.post(f"{home}/erase", data={}, headers=OURS)).status_code == 303
    gone = await client.post(f"{home}/erase", data={"sure": "true"}, headers=OURS)
    assert gone.status_code == 200
    assert (await client.get(home, headers=OURS)).status_code == 404
    async with runtime.db.fast.acquire(firm.id) as conn:
        assert (
            await conn.fetchval("SELECT count(*) FROM file WHERE workspace_id = $1", firm.id) == 0
        )


async def test_letter_brings_the_way_back_and_nothing_else_does(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm, await offer(client, firm))
    (letter,) = await letters_to(runtime, who.email)
    link = re.findall(r"http\S+key=\S+", letter["body_text"])[0].removeprefix(ORIGIN)
    client.cookies.clear()
    for stranger in (who.home, f"{who.home}?key=abc", link.replace(who.id, str(UUID(int=4)))):
        assert (await client.get(stranger, headers=OURS)).status_code == 404
    entered = await client.get(link)
    assert (entered.status_code, entered.headers["location"]) == (303, who.home)
    assert (await client.get(who.home)).status_code == 200


async def test_programs_are_kept_out_and_people_get_through(
    client: httpx.AsyncClient, firm: MadeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await offer(client, firm)
    page = (await client.get(f"{path}/apply")).text
    typed = {"full_name": "Бот", "email": "bot@example.com"}

    async def send(page: str, headers: Mapping[str, str] = OURS, **more: str) -> httpx.Response:
        body = {**fields(page, **typed), **more}
        return await client.post(
            f"{path}/apply", data=body, files={"file": ("", b"")}, headers=headers
        )

    assert (await send(page, {})).status_code == 403
    assert (await send(page, website="https://spam.example")).headers["location"].endswith(path)
    unwilling = await send(page, consent="")
    assert unwilling.status_code == 422
    assert (await client.get("/responses", headers=firm.headers)).json() == []
    assert (await send(page)).status_code == 303
    monkeypatch.setattr(applying, "CALM_PER_MINUTE", 0.5)
    monkeypatch.setattr(puzzle, "bits_for", lambda begun, *, calm: 4 if begun > calm else 0)
    other = (await client.get(f"{path}/apply")).text
    challenge = fields(other)["challenge"]
    unsolved = next(n for n in map(str, count()) if not puzzle.is_solved(challenge, n, bits=4))
    refused = await send(other, solution=unsolved)
    assert refused.status_code == 422
    assert "Бот" in refused.text
    solution = next(n for n in map(str, count()) if puzzle.is_solved(challenge, n, bits=4))
    assert (await send(page, challenge=challenge, solution=solution)).status_code == 422
    assert (await send(other, solution=solution)).status_code == 303


async def test_interview_goes_on_by_plain_forms_and_by_script(
    client: httpx.AsyncClient, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm, await offer(client, firm, questions=[CHOICE, NUMBER]))
    path = f"{who.home}/interview"
    page = (await client.get(path, headers={"Accept-Language": "ru"})).text
    assert "Какая смена" in page
    assert "Вопрос 1 из 2" in page
    assert (await client.post(f"{path}/pause", headers=OURS)).status_code == 303
    assert "на паузе" in (await client.get(path, headers={"Accept-Language": "ru"})).text
    assert (await client.post(f"{path}/begin", headers=OURS)).status_code == 303
    news = (
        await client.post(f"{path}/answer", data={"message": "Ночная", "key": "k1"}, headers=SCRIPT)
    ).json()
    again = (
        await client.post(f"{path}/answer", data={"message": "Ночная", "key": "k1"}, headers=SCRIPT)
    ).json()
    assert news["state"] == again["state"]
    assert (news["state"]["at"], news["state"]["kind"]) == (2, "number")
    last = news["messages"][-1]["seq"]
    called = (await client.post(f"{path}/person", params={"after": last}, headers=SCRIPT)).json()
    assert called["state"]["human"] is True
    assert len(called["messages"]) == 2
    said = await client.post(
        f"/responses/{who.id}/messages", json={"message": "Слушаю вас"}, headers=firm.headers
    )
    assert said.status_code == 201
    last = called["messages"][-1]["seq"]
    heard = (await client.get(f"{path}/talk", params={"after": last})).json()
    assert [each["body"] for each in heard["messages"]] == ["Слушаю вас"]
    await client.post(f"/responses/{who.id}/hand-back", headers=firm.headers)
    done = (await client.post(f"{path}/answer", data={"message": "5"}, headers=SCRIPT)).json()
    assert done["state"]["over"] is True
    late = await client.post(f"{path}/answer", data={"message": "6"}, headers=SCRIPT)
    assert (late.status_code, late.json()["code"]) == (409, "interview_over")
    assert "это все вопросы" in (await client.get(path, headers={"Accept-Language": "ru"})).text
    assert (await client.post(f"{path}/answer", data={"message": "6"})).status_code == 403
    client.cookies.clear()
    assert (await client.get(f"{path}/talk")).status_code == 404


async def test_candidate_reads_the_decision_contests_it_and_withdraws(
    client: httpx.AsyncClient, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm, await offer(client, firm))
    for words in ("Казань", "3 года", "нет"):
        await client.post(f"{who.home}/interview/answer", data={"message": words}, headers=OURS)
    verdict = {"decision": "rejected", "reason": "Нужен человек на месте"}
    await client.post(f"/responses/{who.id}/decisions", json=verdict, headers=firm.headers)
    page = (await client.get(who.home, headers={"Accept-Language": "ru"})).text
    for words in (
        "Нужен человек на месте",
        "Отказ",
        "не совпадает с местом работы",
        "Казань",
        "На что вы согласились",
    ):
        assert words in page, words
    await client.post(f"{who.home}/contest", data={"words": "Я перееду"}, headers=OURS)
    page = (await client.get(who.home, headers={"Accept-Language": "ru"})).text
    assert "Я перееду" in page
    assert "На рассмотрении" in page
    twice = await client.post(f"{who.home}/contest", data={"words": "Ещё раз"}, headers=OURS)
    assert twice.status_code == 409
    assert (await client.post(f"{who.home}/withdraw", headers=OURS)).status_code == 303
    assert "Отозван" in (await client.get(who.home, headers={"Accept-Language": "ru"})).text


START = datetime(2090, 5, 1, 10, tzinfo=UTC)
TIMES = {
    "slots": [{"starts_at": (START + timedelta(hours=n)).isoformat(), "minutes": 45} for n in (0, 3)],
    "zone": "Europe/Moscow", "place": "Лесная, 5; офис 3",
}  # fmt: skip
BEGINS = "DTSTART:20900501T130000Z\r\n"


async def offer_times(client: httpx.AsyncClient, firm: MadeWorkspace, who: Applied) -> list[str]:
    """Offer two times and return their ids."""
    offered = await client.post(f"/responses/{who.id}/slots", json=TIMES, headers=firm.headers)
    assert offered.status_code == 201, offered.text
    return [str(each["id"]) for each in offered.json()]


async def test_time_is_offered_and_chosen_by_one(
    client: httpx.AsyncClient, firm: MadeWorkspace
) -> None:
    path = await offer(client, firm)
    anna, other = await apply(client, firm, path), await apply(client, firm, path, city="Казань")
    past = {**TIMES, "slots": [{"starts_at": "2020-01-01T10:00:00Z"}]}
    refused = await client.post(f"/responses/{anna.id}/slots", json=past, headers=firm.headers)
    assert refused.status_code == 422
    first, second = [await offer_times(client, firm, each) for each in (anna, other)]
    for slot in first:
        taken = await client.post(f"{anna.home}/times", data={"slot": slot}, headers=OURS)
        assert taken.status_code == 303
    states = (await client.get(f"/responses/{anna.id}/slots", headers=firm.headers)).json()
    assert [each["state"] for each in states] == ["offered", "taken"]
    page = (await client.get(other.home)).text
    assert (second[0] in page, second[1] in page) == (True, False)
    busy = await client.post(f"{other.home}/times", data={"slot": second[1]}, headers=OURS)
    assert busy.status_code == 409
    stolen = await client.post(f"{other.home}/times", data={"slot": first[0]}, headers=OURS)
    assert stolen.status_code == 404


async def test_chosen_time_is_in_the_calendars_of_both_until_it_is_taken_back(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm, await offer(client, firm))
    slot = (await offer_times(client, firm, who))[1]
    await client.post(f"{who.home}/times", data={"slot": slot}, headers=OURS)
    event = await client.get(f"{who.home}/meeting.ics")
    assert event.headers["content-type"].startswith("text/calendar")
    assert BEGINS in event.text
    assert "LOCATION:Лесная\\, 5\\; офис 3" in event.text
    back = await client.delete(f"/responses/{who.id}/slots/{slot}", headers=firm.headers)
    assert back.status_code == 204
    assert (await client.get(f"{who.home}/meeting.ics", headers=OURS)).status_code == 404
    async with runtime.db.system.acquire() as system:
        letters = await system.fetch(
            "SELECT name, calendar FROM letter WHERE to_address = ANY($1) ORDER BY id",
            [who.email, firm.owner.email],
        )
    told = {each["name"]: each["calendar"] for each in letters}
    assert list(told) == [
        "hiring_applied", "hiring_times", "hiring_meeting", "hiring_meeting_with", "hiring_meeting_off",
    ]  # fmt: skip
    assert BEGINS in told["hiring_meeting"]
    assert BEGINS in told["hiring_meeting_with"]
    assert "METHOD:CANCEL" in told["hiring_meeting_off"]


async def test_recruiter_offers_and_withdraws_times_on_a_page(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm, await offer(client, firm))
    owner = by_cookie(await cookie_of(runtime, firm.owner.email))
    page = f"/dashboard/hiring/slots/{who.id}"
    form = {
        "starts_1": "2090-05-01T10:00",
        "starts_2": "",
        "minutes": "45",
        "zone": "Europe/Moscow",
        "place": "Офис",
    }
    assert (await client.post(page, data=form, headers=owner)).status_code == 303
    refused = await client.post(page, data={**form, "starts_1": "2020-05-01T10:00"}, headers=owner)
    assert refused.status_code == 422
    assert "Офис" in refused.text
    assert f"/dashboard/hiring/responses/{who.id}" in refused.text
    (slot,) = (await client.get(f"/responses/{who.id}/slots", headers=firm.headers)).json()
    assert datetime.fromisoformat(slot["starts_at"]) == datetime(2090, 5, 1, 7, tzinfo=UTC)
    away = await client.post(f"{page}/{slot['id']}/withdraw", headers=owner)
    assert away.status_code == 303
    assert (await client.get(f"/responses/{who.id}/slots", headers=firm.headers)).json() == []
