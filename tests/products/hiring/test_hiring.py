"""Hiring over the API and the socket: who sees what, and what an interview does."""

import httpx
import pytest
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.products.hiring.service import candidates, reminding
from besedka.products.hiring.types import INTAKE
from tests.factories import MadeWorkspace, make_workspace
from tests.plugins.queries import recorded
from tests.products.hiring.talk import (
    IVAN,
    VACANCY,
    answer,
    apply,
    go_through,
    interviewed,
    made,
)

GOOD = ("из Москвы", "Пять лет, Python", "да")
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def firm(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


async def details(
    client: httpx.AsyncClient, firm: MadeWorkspace, response: str
) -> dict[str, object]:
    found: dict[str, object] = (
        await client.get(f"/responses/{response}/details", headers=firm.headers)
    ).json()
    return found


async def test_vacancies_are_read_by_all_and_written_by_their_company(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    company = {"company": firm.slug}
    offers = [
        await made(client, "/vacancies", {**VACANCY, **more}, firm.headers)
        for more in ({}, {"title": "Draft", "status": "draft"}, {"title": "Tester", "location": "Казань", "work_format": "remote"})
    ]  # fmt: skip
    listed = (await client.get("/vacancies", params=company)).json()
    assert [each["title"] for each in listed] == ["Tester", "Backend Developer"]
    assert "rubric" not in listed[0]
    first = await client.get("/vacancies", params={**company, "limit": 1, "sort": "oldest"})
    assert 'rel="next"' in first.headers["link"]
    second = await client.get(first.headers["link"].split(">")[0].strip("<"))
    assert [each["title"] for each in second.json()] == ["Tester"]
    for query in ({"location": "kazan"}, {"q": "TEST"}, {"work_format": "remote"}):
        found = await client.get("/vacancies", params={**company, **query})
        assert [each["title"] for each in found.json()] == ["Tester"], query
    rich = await client.get("/vacancies", params={**company, "salary_from": 260_000})
    assert rich.json() == []
    own = await client.get("/vacancies/own", headers=firm.headers)
    assert [each["status"] for each in own.json()] == ["open", "draft", "open"]
    draft = f"/vacancies/{offers[1]['id']}"
    assert (await client.get(draft)).status_code == 404
    other = await make_workspace(runtime)
    for headers, status in (({}, 401), (other.headers, 404)):
        assert (
            await client.put(draft, json={"title": "Mine"}, headers=headers)
        ).status_code == status
        assert (await client.delete(draft, headers=headers)).status_code == status
    opened = await client.put(
        draft, json={"status": "open", "salary_min": None}, headers=firm.headers
    )
    assert (opened.json()["title"], opened.json()["salary_min"]) == ("Draft", None)
    assert (await client.get(draft)).status_code == 200
    assert (await client.delete(draft, headers=firm.headers)).status_code == 204
    assert (await client.get(draft)).status_code == 404


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"salary_min": 9, "salary_max": 8}, "salary_max"),
        ({"questions": [{"key": "a", "text": "A?", "kind": "choice", "options": ["x"]}]}, "questions"),
        ({"questions": [{"key": "a", "text": "A?"}] * 2}, "questions"),
        ({"rubric": {"kind": "weighted", "criteria": [
            {"key": "a", "name": "A", "reader": "months", "reason": "R", "question": "none", "steps": [1, 2, 3, 4]}]}},
         "rubric"),
        ({"rubric": {"kind": "weighted", "knockouts": [
            {"key": "a", "name": "A", "question": "experience", "accepts": ["yes"], "reason": "R"}]}}, "rubric"),
    ],
)  # fmt: skip
async def test_vacancy_that_does_not_fit_together_is_refused(
    client: httpx.AsyncClient, firm: MadeWorkspace, more: dict[str, object], field: str
) -> None:
    refused = await client.post("/vacancies", json={**VACANCY, **more}, headers=firm.headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "vacancy_bad")
    assert refused.json()["params"] == {"field": field}


async def test_candidates_are_seen_by_themselves_and_where_they_applied(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    other = await make_workspace(runtime)
    who = await apply(client, firm.headers)
    path = f"/candidates/{who.candidate}"
    for headers, status in (
        ({}, 401), (who.headers, 401), (other.headers, 404), (who.candidate_headers, 200), (firm.headers, 200),
    ):  # fmt: skip
        assert (await client.get(path, headers=headers)).status_code == status, headers
    assert (await client.get("/candidates")).status_code == 401
    assert (await client.get("/responses")).status_code == 401
    assert (await client.get("/candidates", headers=other.headers)).json() == []
    assert (await client.get("/responses", headers=other.headers)).json() == []
    found = await client.get("/candidates", params={"city": "Москва"}, headers=firm.headers)
    assert [each["full_name"] for each in found.json()] == ["Ivan Ivanov"]
    status = (await client.get(f"/responses/{who.response}")).json()
    assert status["status"] == "new"
    assert "candidate" not in status
    assert (await client.get(f"/responses/{NOBODY}")).status_code == 404
    again = {"vacancy_id": who.vacancy, "candidate_id": who.candidate}
    same = (await client.post("/responses", json=again)).json()
    assert (same["id"], same["token"]) == (who.response, None)


async def test_interview_asks_three_questions_and_recommends(
    app: FastAPI, client: httpx.AsyncClient, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm.headers)
    frames = await go_through(app, who.response, GOOD)
    assert [each["type"] for each in frames] == ["bot_message"] * 3 + ["chat_ended"]
    assert "человек" in frames[0]["message"]
    assert frames[0]["message"].endswith("В каком городе вы живёте или готовы работать?")
    assert frames[-1]["approved"] is True
    (listed,) = (
        await client.get("/responses", params={"status": "review"}, headers=firm.headers)
    ).json()
    assert (listed["relevance_score"], listed["rejection_reasons"]) == (1.0, [])
    whole = await details(client, firm, who.response)
    assert whole["answers"] == [
        {"question": key, "text": words}
        for key, words in zip(("city", "experience", "remote"), GOOD, strict=True)
    ]
    async with interviewed(app, who.response) as socket:
        assert (await socket.until(lambda _: True))["approved"] is True
    said = await client.get(f"/responses/{who.response}/messages", headers=firm.headers)
    assert len(said.json()) == 6


async def test_other_city_is_not_recommended_and_still_waits_for_a_person(
    app: FastAPI, client: httpx.AsyncClient, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm.headers)
    frames = await go_through(app, who.response, ("Казань", "год", "нет"))
    assert frames[-1] == {"type": "chat_ended", "approved": False}
    found = await details(client, firm, who.response)
    assert (found["status"], found["relevance_score"]) == ("review", 0.0)
    assert isinstance(found["rejection_reasons"], list)
    assert [each["code"] for each in found["rejection_reasons"]] == ["city_differs"]


async def test_unknown_city_is_asked_about_once(
    app: FastAPI, client: httpx.AsyncClient, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm.headers)
    frames = await go_through(app, who.response, ("там же", "ну там", "год", "нет"))
    assert [each["type"] for each in frames] == ["bot_message"] * 4 + ["chat_ended"]
    assert frames[1]["message"].startswith("Не узнал")
    assert frames[-1]["approved"] is False
    found = await details(client, firm, who.response)
    assert isinstance(found["answers"], list)
    assert [each["text"] for each in found["answers"]] == ["там же", "ну там", "год", "нет"]


async def test_interview_goes_on_after_a_break_and_a_repeated_answer_changes_nothing(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm.headers)
    async with interviewed(app, who.response) as socket:
        first = await socket.until(lambda _: True)
        second = await answer(socket, "Москва", key="a-1")
        assert await answer(socket, "Москва", key="a-1") == second
    async with interviewed(app, who.response) as socket:
        assert await socket.until(lambda _: True) == second
        broken = await answer(socket, "")
        assert (broken["type"], broken["code"]) == ("error", "interview_bad_frame")
        async with recorded(runtime.db.fast) as statements:
            third = await answer(socket, "три года")
        assert third["message"] not in {first["message"], second["message"]}
        assert len(statements) <= 9, statements
        assert (await answer(socket, "да"))["type"] == "chat_ended"
    found = await details(client, firm, who.response)
    assert isinstance(found["history"], list)
    steps = [each["step"] for each in found["history"]]
    assert steps.count("answered") == 3
    assert steps[-1] == "review"


async def test_person_takes_an_interview_over_and_hands_it_back(
    app: FastAPI, client: httpx.AsyncClient, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm.headers)
    path = f"/responses/{who.response}"
    async with interviewed(app, who.response) as socket:
        question = await socket.until(lambda _: True)
        called = await answer(socket, "Человек!")
        assert called["message"].startswith("Дальше")
        said = await client.post(
            f"{path}/messages", json={"message": "Здравствуйте, я Ольга."}, headers=firm.headers
        )
        assert said.status_code == 201
        assert (await socket.until(lambda _: True))["message"] == "Здравствуйте, я Ольга."
        assert (await client.post(f"{path}/hand-back", headers=firm.headers)).status_code == 200
        assert await socket.until(lambda _: True) == question
        again = await client.post(f"{path}/hand-back", headers=firm.headers)
        assert (again.status_code, again.json()["code"]) == (409, "interview_step_refused")
        assert (await answer(socket, "Москва"))["type"] == "bot_message"


async def test_withdrawn_application_ends_its_interview(
    app: FastAPI, client: httpx.AsyncClient, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm.headers)
    path = f"/responses/{who.response}/withdraw"
    assert (await client.post(path, headers=firm.headers)).status_code == 401
    assert (await client.post(path, headers=who.headers)).json()["status"] == "withdrawn"
    async with interviewed(app, who.response) as socket:
        ended = await socket.until(lambda _: True)
    assert ended == {"type": "chat_ended", "approved": None}


async def test_quiet_candidate_is_reminded_twice_and_then_goes_on_all_the_same(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm.headers, person={**IVAN, "email": f"{firm.slug}@example.com"})
    async with interviewed(app, who.response) as socket:
        question = await socket.until(lambda _: True)
    paused = await client.post(f"/responses/{who.response}/pause", headers=who.headers)
    assert paused.json()["step"] == "paused"
    steps = []
    for hours in (23, 25, 25, 71, 73):
        async with runtime.db.fast.transaction(firm.id) as conn:
            await conn.execute(
                "UPDATE candidate_response SET moved_at = now() - make_interval(hours => $1)", hours
            )
        await reminding.remind_all(runtime)
        steps.append((await client.get(f"/responses/{who.response}")).json()["step"])
    assert steps == ["paused", "reminded", "reminded", "reminded", "abandoned"]
    async with runtime.db.system.acquire() as system:
        sent = await system.fetchval(
            "SELECT count(*) FROM letter WHERE to_address = $1", f"{firm.slug}@example.com"
        )
    assert sent == 2
    async with interviewed(app, who.response) as socket:
        assert await socket.until(lambda _: True) == question


async def test_closed_vacancy_and_unknown_interview_are_told_and_closed(
    app: FastAPI, client: httpx.AsyncClient, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm.headers)
    vacancy = f"/vacancies/{who.vacancy}"
    assert (await client.delete(vacancy, headers=firm.headers)).status_code == 204
    refused = await client.post("/responses", json={"vacancy_id": who.vacancy, "candidate_id": who.candidate})  # fmt: skip
    assert refused.status_code == 404
    for response, code in ((who.response, "vacancy_shut"), (NOBODY, "response_not_found"), ("RESPONSE_ID", "response_not_found")):  # fmt: skip
        async with interviewed(app, response) as socket:
            told = await socket.until(lambda _: True)
            assert (told["type"], told["code"]) == ("error", code)


async def test_erased_contact_and_old_intake_leave_nothing(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    who = await apply(client, firm.headers)
    await go_through(app, who.response, GOOD)
    async with runtime.db.fast.transaction(firm.id) as conn:
        known = await candidates.list_candidates(conn)
        contact = known[0].contact_id
        assert contact is not None
        await conversations.erase_contact(runtime, conn, contact, by=firm.owner.actor_id)
    assert (await client.get("/responses", headers=firm.headers)).json() == []
    assert (await client.get(f"/responses/{who.response}")).status_code == 404
    async with runtime.db.fast.transaction(INTAKE) as conn:
        await conn.execute("UPDATE candidate SET seen_at = now() - interval '31 days'")
    await candidates.sweep_intake(runtime)
    gone = await client.get(f"/candidates/{who.candidate}", headers=who.candidate_headers)
    assert gone.status_code == 401
    assert (await client.post("/candidates", json={**IVAN, "email": "none"})).status_code == 422
