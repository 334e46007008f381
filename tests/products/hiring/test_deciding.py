"""People decide: one of two at once wins, the candidate is told why, may contest, and may be forgotten."""

import asyncio
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.products.hiring.service import keeping, letters, links
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.products.hiring.talk import IVAN, Applicant, apply, go_through

ANSWERS = ("Казань", "год", "нет")


@pytest.fixture
async def firm(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


@pytest.fixture
async def who(app: FastAPI, client: httpx.AsyncClient, firm: MadeWorkspace) -> Applicant:
    made = await apply(client, firm.headers)
    await go_through(app, made.response, ANSWERS)
    return made


async def test_of_two_recruiters_at_once_one_wins_and_the_other_is_told(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, who: Applicant
) -> None:
    other = await make_person(runtime, firm, role=Role.RECRUITER, name="Rita Recruiter")
    path = f"/responses/{who.response}/decisions"
    tried = await asyncio.gather(
        client.post(path, json={"decision": "invited", "reason": "Ready to move"}, headers=firm.headers),
        client.post(path, json={"decision": "rejected", "reason": "Too far"}, headers=other.headers),
    )  # fmt: skip
    assert sorted(each.status_code for each in tried) == [201, 409]
    (won,) = (each for each in tried if each.status_code == 201)
    (lost,) = (each for each in tried if each.status_code == 409)
    (first,) = won.json()
    assert lost.json()["code"] == "hiring_decided_meanwhile"
    assert lost.json()["params"]["by"] == first["decider"]
    assert first["is_override"] is (first["decision"] == "invited")
    again = {"decision": "hired", "reason": "We met", "seen": first["id"]}
    both = (await client.post(path, json=again, headers=other.headers)).json()
    assert [each["decision"] for each in both] == [first["decision"], "hired"]
    assert (await client.get(f"/responses/{who.response}")).json()["status"] == "hired"
    operator = await make_person(runtime, firm, role=Role.OPERATOR)
    assert (await client.get(path, headers=operator.headers)).status_code == 403


async def test_candidate_does_not_read_a_decision_that_was_taken_back(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, who: Applicant
) -> None:
    path = f"/responses/{who.response}"
    body = {"decision": "rejected", "reason": "The wrong candidate"}
    (first,) = (await client.post(f"{path}/decisions", json=body, headers=firm.headers)).json()
    gone = await client.delete(f"{path}/decisions/{first['id']}", headers=firm.headers)
    assert gone.status_code == 200, gone.text
    told = (await client.get(f"{path}/explanation", headers=who.headers)).json()
    page = await client.get(links.link_of(runtime, UUID(who.response)), follow_redirects=True)
    assert (told["decisions"], page.status_code) == ([], 200)
    assert "The wrong candidate" not in page.text


async def test_candidate_reads_why_and_contests(
    client: httpx.AsyncClient, firm: MadeWorkspace, who: Applicant
) -> None:
    path = f"/responses/{who.response}"
    early = await client.post(f"{path}/contest", json={"text": "Why?"}, headers=who.headers)
    assert (early.status_code, early.json()["code"]) == (409, "interview_step_refused")
    await client.post(
        f"{path}/decisions",
        json={"decision": "rejected", "reason": "Too far"},
        headers=firm.headers,
    )
    told = (
        await client.get(f"{path}/explanation", headers={**who.headers, "Accept-Language": "en"})
    ).json()
    assert [each["code"] for each in told["outcome"]["reasons"]] == ["city_differs"]
    assert told["decisions"][0]["reason"] == "Too far"
    assert "согласны" in told["consent_text"] or "соглашаетесь" in told["consent_text"]
    assert told["may_contest"] is True
    contested = await client.post(
        f"{path}/contest", json={"text": "I am moving to Moscow"}, headers=who.headers
    )
    assert contested.json()["status"] == "review"
    queue = await client.get("/responses", params={"status": "review"}, headers=firm.headers)
    assert [each["id"] for each in queue.json()] == [who.response]
    said = (await client.get(f"{path}/contests", headers=firm.headers)).json()
    assert [each["text"] for each in said] == ["I am moving to Moscow"]


async def test_letter_is_previewed_waits_and_is_sent_once_or_taken_back(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, who: Applicant
) -> None:
    path = f"/responses/{who.response}"
    unfit = {"kind": "invitation", "subject": "Yes", "body": "Come"}
    await client.post(
        f"{path}/decisions",
        json={"decision": "rejected", "reason": "Too far"},
        headers=firm.headers,
    )
    refused = await client.post(f"{path}/letters", json=unfit, headers=firm.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "hiring_letter_unfit")
    draft = (
        await client.get(
            f"{path}/letters/proposed", params={"kind": "rejection"}, headers=firm.headers
        )
    ).json()
    assert "Backend Developer" in draft["subject"]
    assert IVAN["full_name"] in draft["body"]
    made = [
        (await client.post(f"{path}/letters", json={**draft, "delay_minutes": 90}, headers=firm.headers)).json()
        for _ in range(2)
    ]  # fmt: skip
    back = f"{path}/letters/{made[0]['id']}"
    assert (await client.delete(back, headers=firm.headers)).status_code == 204
    assert (await client.delete(back, headers=firm.headers)).status_code == 404
    for each in [*made, made[1]]:
        async with runtime.db.fast.transaction(firm.id) as conn:
            await letters.send(runtime, conn, UUID(each["id"]))
    listed = (await client.get(f"{path}/letters", headers=firm.headers)).json()
    assert [each["state"] for each in listed] == ["cancelled", "sent"]
    async with runtime.db.system.acquire() as system:
        sent = await system.fetch("SELECT to_address FROM letter WHERE subject = $1", draft["subject"])  # fmt: skip
    assert [row["to_address"] for row in sent] == [IVAN["email"]]
    assert (await client.get(path)).json()["step"] == "notified"


async def test_candidate_takes_everything_away_and_is_forgotten(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, who: Applicant
) -> None:
    path = f"/responses/{who.response}"
    kept = (await client.get(f"{path}/export", headers=who.headers)).json()
    assert kept["candidate"]["email"] == IVAN["email"]
    assert [each["text"] for each in kept["answers"]] == list(ANSWERS)
    assert (await client.delete(path, headers=firm.headers)).status_code == 401
    assert (await client.delete(path, headers=who.headers)).status_code == 204
    assert (await client.get(path)).status_code == 404
    async with runtime.db.system.acquire() as system:
        left = await system.fetchval(
            "SELECT count(*) FROM candidate WHERE id = $1", UUID(who.candidate)
        )
    assert left == 0
    assert (await client.get("/candidates", headers=firm.headers)).json() == []


async def test_application_is_kept_for_as_long_as_the_vacancy_says(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, who: Applicant
) -> None:
    path = f"/responses/{who.response}"
    await keeping.expire(runtime)
    assert (await client.get(path)).status_code == 200
    async with runtime.db.fast.transaction(firm.id) as conn:
        await conn.execute("UPDATE candidate_response SET moved_at = now() - interval '366 days'")
    await keeping.expire(runtime)
    assert (await client.get(path)).status_code == 404
    again = await apply(client, firm.headers)
    erase = f"/candidates/{again.candidate}"
    assert (await client.delete(erase, headers=firm.headers)).status_code == 204
    assert (await client.get(erase, headers=firm.headers)).status_code == 404
