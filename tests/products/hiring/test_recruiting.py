"""The pages of those who hire: a vacancy is made and tried, applications are seen, compared, decided on and counted."""

import csv
import io
from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.products.hiring.pages.recruiter.marks import pieces
from besedka.products.hiring.service import trying
from tests.factories import Made, MadeWorkspace, make_person, make_workspace
from tests.products.hiring.talk import IVAN, VACANCY, apply, go_through, made

PAGE = "/dashboard/hiring"
HTML = {"Accept": "text/html", "Accept-Language": "en"}
QUESTION = {
    "text": "Which shift?",
    "kind": "choice",
    "options": "Day\nNight\nBoth",
    "clarify": "true",
}
WEIGHTED: Mapping[str, object] = {
    **VACANCY, "location": "", "language": "en", "questions": [
        {"key": "shift", "text": "Which shift?", "kind": "choice", "options": ["Day", "Night", "Both"]},
        {"key": "right", "text": "May you work here?", "kind": "yes_no"},
    ],
    "rubric": {
        "kind": "weighted", "threshold": 0.5,
        "criteria": [
            {"key": "c1", "name": "Shifts", "reader": "choice", "question": "shift", "reason": "We work at night",
             "points": {"Day": 1, "Night": 3, "Both": 4}, "weight": 3},
            {"key": "c2", "name": "Skills", "reader": "skills", "reason": "Our code", "skills": ["Python", "Rust"]},
        ],
        "knockouts": [
            {"key": "k1", "name": "Permission", "question": "right", "accepts": ["yes"], "reason": "The law"},
        ],
    },
}  # fmt: skip


@pytest.fixture
async def firm(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


@pytest.fixture
async def recruiter(runtime: Runtime, firm: MadeWorkspace) -> Made:
    return await make_person(runtime, firm, role=Role.RECRUITER, name="Rita Recruiter")


async def see(client: httpx.AsyncClient, who: Made, path: str, status: int = 200) -> str:
    """Look at a page."""
    shown = await client.get(path, headers={**HTML, **who.headers})
    assert shown.status_code == status, f"{path}: {shown.status_code} {shown.text[:2000]}"
    return shown.text


async def send(
    client: httpx.AsyncClient, who: Made, path: str, code: int = 303, /, **fields: object
) -> httpx.Response:
    """Send a form."""
    sent = await client.post(path, data=fields, headers={**HTML, **who.headers})
    assert sent.status_code == code, f"{path}: {sent.status_code} {sent.text[:2000]}"
    return sent


async def test_recruiter_makes_a_vacancy_from_nothing(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, recruiter: Made
) -> None:
    assert f"{PAGE}/new" in await see(client, recruiter, PAGE)
    operator = await make_person(runtime, firm, role=Role.OPERATOR)
    await see(client, operator, PAGE, status=403)
    typed = {
        "title": "Night cook",
        "currency": "RUB",
        "language": "en",
        "keep_days": "90",
        "skills": "soup, salad",
    }
    wrong = await send(client, recruiter, f"{PAGE}/new", 422, **{**typed, "salary_min": "much"})
    assert "A salary is a number" in wrong.text
    sent = await send(client, recruiter, f"{PAGE}/new", **{**typed, "salary_min": "90 000"})
    vacancy = sent.headers["location"].removesuffix("/questions").removeprefix(f"/w/{firm.slug}")
    assert "usual three" in await see(client, recruiter, f"{vacancy}/questions")
    few = await send(
        client, recruiter, f"{vacancy}/questions/new", 422, **{**QUESTION, "options": "Day"}
    )
    assert "at least two different options" in few.text
    await send(client, recruiter, f"{vacancy}/questions/new", **QUESTION)
    await send(client, recruiter, f"{vacancy}/questions/q1", deed="up")
    await send(client, recruiter, f"{vacancy}/questions/city", deed="delete")
    (own,) = (await client.get("/vacancies/own", headers=recruiter.headers)).json()
    assert [each["key"] for each in own["questions"]] == ["experience", "q1", "remote"]
    assert (own["status"], own["salary_min"], own["skills"]) == ("draft", 90_000, ["soup", "salad"])
    await send(client, recruiter, f"{vacancy}/about", **{**typed, "title": "Day cook"})
    assert "Day cook" in await see(client, recruiter, f"{PAGE}?status=&q=cook&sort=salary_low")
    await send(client, recruiter, f"{vacancy}/delete")
    assert "No vacancies yet" in await see(client, recruiter, PAGE)


async def test_rubric_is_built_of_criteria_and_knockouts_that_fit_the_questions(
    client: httpx.AsyncClient, firm: MadeWorkspace, recruiter: Made
) -> None:
    draft = {"title": "Night cook", "status": "draft", "language": "en"}
    offer = (await made(client, "/vacancies", draft, firm.headers))["id"]
    vacancy = f"{PAGE}/vacancies/{offer}"
    await send(client, recruiter, f"{vacancy}/questions/new", **QUESTION)
    assert 'name="points"' in await see(
        client, recruiter, f"{vacancy}/rubric/criteria/new?question=q1"
    )
    criterion = {
        "question": "q1",
        "reader": "choice",
        "name": "Shifts",
        "reason": "Nights",
        "weight": "2",
        "points": ["0", "3", "4"],
    }
    await send(client, recruiter, f"{vacancy}/rubric/criteria/new", **criterion)
    months = {
        "question": "experience",
        "reader": "months",
        "name": "Years",
        "reason": "Skill",
        "weight": "1",
        "steps": ["6", "12", "24", "3"],
    }
    falling = await send(client, recruiter, f"{vacancy}/rubric/criteria/new", 422, **months)
    assert "The rubric does not fit" in falling.text
    await send(
        client, recruiter, f"{vacancy}/rubric/criteria/new", 422, **{**months, "reader": "x"}
    )
    knockout = {"question": "remote", "name": "On site", "reason": "A kitchen", "accepts": ["no"]}
    await send(client, recruiter, f"{vacancy}/rubric/knockouts/new", **knockout)
    await send(client, recruiter, f"{vacancy}/rubric", kind="weighted", threshold="60")
    refused = await send(client, recruiter, f"{vacancy}/questions/q1", 422, deed="delete")
    assert "rests on a question that is not there" in refused.text
    await send(
        client, recruiter, f"{vacancy}/questions/q1", **{**QUESTION, "options": "Night\nBoth"}
    )
    await send(client, recruiter, f"{vacancy}/status", status="open")
    (own,) = (await client.get("/vacancies/own", headers=recruiter.headers)).json()
    assert own["rubric"]["criteria"][0]["points"] == {"Night": 3, "Both": 4}
    assert (own["status"], own["rubric"]["threshold"]) == ("open", 0.6)
    for place in ("", "/about", "/rubric", "/preview", "/rubric/criteria/c1", "/rubric/knockouts/c2", "/questions/q1", "/funnel"):  # fmt: skip
        assert "Night cook" in await see(client, recruiter, vacancy + place)
    await send(client, recruiter, f"{vacancy}/rubric/criteria/c1", deed="delete")
    await send(client, recruiter, f"{vacancy}/rubric/knockouts/c2", deed="delete")


async def test_preview_reads_as_the_page_of_candidates_and_says_where_it_is(
    client: httpx.AsyncClient, firm: MadeWorkspace, recruiter: Made
) -> None:
    told = {"title": "Cook", "description": "- soups", "salary_min": 90, "salary_max": 90}
    offer = (await made(client, "/vacancies", told, firm.headers))["id"]
    preview = await see(client, recruiter, f"{PAGE}/vacancies/{offer}/preview")
    for words in (f"/careers/{firm.slug}/{offer}", "<li>soups</li>", ">90 RUB<"):
        assert words in preview
    assert f'href="/careers/{firm.slug}"' in await see(client, recruiter, PAGE)


async def applied(
    app: FastAPI, client: httpx.AsyncClient, vacancy: str, name: str, *answers: str
) -> str:
    """Let somebody apply and be interviewed; return the application."""
    person = {**IVAN, "full_name": name, "email": f"{name.lower()}@example.com"}
    who = await made(client, "/candidates", person)
    told = await made(client, "/responses", {"vacancy_id": vacancy, "candidate_id": who["id"]})
    if answers:
        await go_through(app, told["id"], answers)
    return str(told["id"])


async def test_recruiter_sees_applications_by_stage_and_why_they_are_recommended(
    app: FastAPI, client: httpx.AsyncClient, firm: MadeWorkspace, recruiter: Made
) -> None:
    offer = (await made(client, "/vacancies", WEIGHTED, firm.headers))["id"]
    anna = await applied(app, client, offer, "Anna", "I like Night most", "yes")
    boris = await applied(app, client, offer, "Boris", "Day", "no")
    await applied(app, client, offer, "Clara")
    board = f"{PAGE}/vacancies/{offer}"
    shown = await see(client, recruiter, f"{board}?sort=score")
    assert shown.index(f"card-{anna}") < shown.index(f"card-{boris}")
    only = await see(client, recruiter, f"{board}?approved=yes&q=ann")
    assert (f"card-{anna}" in only, f"card-{boris}" in only) == (True, False)

    here = f"{PAGE}/responses/{anna}"
    shown = await see(client, recruiter, here)
    assert "<mark>I like Night most</mark>" in shown
    assert "69%" in shown
    assert "<mark>Python</mark>" in shown
    compared = await see(client, recruiter, f"{PAGE}/compare?r={anna}&r={boris}")
    for words in ("3 of 4", "1 of 4", "Not passed", "I like Night most"):
        assert words in compared
    await send(client, recruiter, f"{here}/notes", body="Starts in May")
    await send(client, recruiter, f"{here}/notes", 422, body="  ")
    noted = {"text": "Likes tea"}
    told = await client.post(f"/responses/{anna}/notes", json=noted, headers=firm.headers)
    assert [each["text"] for each in told.json()] == ["Likes tea", "Starts in May"]
    assert "Starts in May" in await see(client, recruiter, here)
    funnel = (await client.get(f"/vacancies/{offer}/funnel", headers=firm.headers)).json()
    assert [each["count"] for each in funnel["stages"]] == [3, 2, 2, 2, 0, 0]


async def test_decision_is_reasoned_taken_back_and_told_to_who_was_slower(
    app: FastAPI, client: httpx.AsyncClient, firm: MadeWorkspace, recruiter: Made
) -> None:
    offer = (await made(client, "/vacancies", WEIGHTED, firm.headers))["id"]
    anna = await applied(app, client, offer, "Anna", "I like Night most", "yes")
    board, here = f"{PAGE}/vacancies/{offer}", f"{PAGE}/responses/{anna}"
    asked = await see(client, recruiter, f"{here}/decide?verdict=rejected&back=board")
    assert "This is not what is recommended" in asked
    letter = {
        "verdict": "rejected",
        "reason": "We stopped hiring",
        "letter": "true",
        "subject": "No",
        "body": "Sorry",
        "back": "board",
    }
    assert (
        "Write why"
        in (await send(client, recruiter, f"{here}/decide", 422, **{**letter, "reason": " "})).text
    )
    sent = await send(client, recruiter, f"{here}/decide", **letter)
    assert sent.headers["location"].endswith(board)
    late = await send(
        client, firm.owner, f"{here}/decide", 409, verdict="invited", reason="I like her"
    )
    for words in ("Rita Recruiter has decided already: “Rejected”", "I like her"):
        assert words in late.text
    (first,) = (await client.get(f"/responses/{anna}/decisions", headers=firm.headers)).json()
    await send(client, firm.owner, f"{here}/reopen", 404, seen=offer)
    await send(client, firm.owner, f"{here}/reopen", seen=first["id"])
    (stopped,) = (await client.get(f"/responses/{anna}/letters", headers=firm.headers)).json()
    assert stopped["state"] == "cancelled"
    told = (await client.get(f"/responses/{anna}/decisions", headers=firm.headers)).json()
    assert [(each["decision"], each["is_override"]) for each in told] == [
        ("rejected", True),
        ("reopened", False),
    ]
    await send(client, firm.owner, f"{here}/decide", verdict="hired", reason="Yes", seen=told[-1]["id"], letter="true", subject="Job", body="Welcome")  # fmt: skip
    await send(client, recruiter, f"{here}/reopen", 409, seen=first["id"])
    (_, waiting) = (await client.get(f"/responses/{anna}/letters", headers=firm.headers)).json()
    assert (waiting["kind"], waiting["state"]) == ("offer", "waiting")
    await send(client, firm.owner, f"{here}/letters/{waiting['id']}/take-back")

    funnel = await see(client, recruiter, f"{board}/funnel")
    assert "We stopped hiring" in funnel
    taken = await client.get(f"{board}/funnel/csv/stages", headers={**HTML, **recruiter.headers})
    rows = list(csv.reader(io.StringIO(taken.content.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == ["1", "1", "1", "1", "1", "1"]


async def test_recruiter_takes_an_interview_over_from_its_page(
    app: FastAPI, client: httpx.AsyncClient, firm: MadeWorkspace, recruiter: Made
) -> None:
    who = await apply(client, firm.headers, {**WEIGHTED})
    await go_through(app, who.response, ("Both",))
    here = f"{PAGE}/responses/{who.response}"
    await send(client, recruiter, f"{here}/say", 409, message="Hello")
    await send(client, recruiter, f"{here}/take-over")
    await send(client, recruiter, f"{here}/say", message="Good evening, Ivan")
    assert "Good evening, Ivan" in await see(client, recruiter, here)
    assert "With a person" in await see(client, recruiter, f"{PAGE}/vacancies/{who.vacancy}")
    await send(client, recruiter, f"{here}/hand-back")
    await send(client, recruiter, f"{here}/hand-back", 409)


async def test_tried_interview_is_real_stands_in_no_list_and_is_removed(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, recruiter: Made
) -> None:
    offer = (await made(client, "/vacancies", {**WEIGHTED, "status": "draft"}, firm.headers))["id"]
    place = f"{PAGE}/vacancies/{offer}"
    begun = await send(client, recruiter, f"{place}/try", language="en", resume="Python and Rust")
    trial = begun.headers["location"].removeprefix(f"/w/{firm.slug}")
    await see(client, firm.owner, trial, status=404)
    await send(client, recruiter, trial, message="Both")
    over = await send(client, recruiter, trial, message="yes")
    assert "The interview is over" in await see(client, recruiter, over.headers["location"].removeprefix(f"/w/{firm.slug}"))  # fmt: skip
    assert "100%" in await see(client, recruiter, trial)
    await send(client, recruiter, trial, 409, message="more")
    for listed in ("/responses", "/candidates"):
        assert (await client.get(listed, headers=firm.headers)).json() == []
    assert "Nothing to count yet" in await see(client, recruiter, f"{place}/funnel")
    assert "Interview trial" not in await see(client, recruiter, place)
    await send(client, recruiter, f"{trial}/end")
    await see(client, recruiter, trial, status=404)
    await send(client, recruiter, f"{place}/try", language="ru")
    async with runtime.db.system.acquire() as system:
        await system.execute(
            "UPDATE candidate SET created_at = now() - $2::interval WHERE workspace_id = $1", firm.id, timedelta(hours=25)
        )  # fmt: skip
    await trying.sweep(runtime)
    async with runtime.db.fast.acquire(firm.id) as conn:
        for table in ("candidate", "candidate_response", "conversation", "contact", "message"):
            left = await conn.fetchval(f"SELECT count(*) FROM {table} WHERE workspace_id = $1", firm.id)  # fmt: skip
            assert left == 0, table
    await send(client, recruiter, f"{place}/try", language="ru")
    await send(client, recruiter, f"{place}/delete")
    assert (await client.get("/vacancies/own", headers=firm.headers)).json() == []


async def test_lists_are_ordered_by_score_and_salary_page_by_page(
    app: FastAPI, client: httpx.AsyncClient, firm: MadeWorkspace
) -> None:
    offer = (await made(client, "/vacancies", WEIGHTED, firm.headers))["id"]
    best = await applied(app, client, offer, "Anna", "Both", "yes")
    worst = await applied(app, client, offer, "Boris", "Day", "yes")
    none = await applied(app, client, offer, "Clara")
    for sort in ("score", "coverage"):
        found, path = [], f"/responses?limit=1&sort={sort}"
        while path:
            page = await client.get(path, headers=firm.headers)
            found += [each["id"] for each in page.json()]
            path = page.links.get("next", {}).get("url", "")
        assert found[-1] == none
        assert sorted(found[:2]) == sorted([best, worst])
        assert sort != "score" or found == [best, worst, none]
    bad = await client.get("/responses?sort=score&before=x~y", headers=firm.headers)
    assert bad.status_code == 422
    for title, pay in (("Low", {"salary_min": 10, "salary_max": 20}), ("None", {"salary_min": None, "salary_max": None}), ("Euro", {"salary_max": 20, "salary_min": None, "currency": "EUR"})):  # fmt: skip
        await made(client, "/vacancies", {**VACANCY, "title": title, **pay}, firm.headers)
    for sort, wanted in (("salary_high", ["Backend Developer", "Euro", "Low", "None"]), ("salary_low", ["Low", "Euro", "Backend Developer", "None"])):  # fmt: skip
        titles, path = [], f"/vacancies?limit=1&sort={sort}&company={firm.slug}"
        while path:
            page = await client.get(path)
            titles += [each["title"] for each in page.json()]
            path = page.links.get("next", {}).get("url", "")
        assert titles == wanted
    euro = await client.get("/vacancies", params={"company": firm.slug, "currency": "EUR"})
    assert [each["title"] for each in euro.json()] == ["Euro"]


@pytest.mark.parametrize(
    ("quotes", "marked"),
    [
        (("six years",), ["six years"]),
        (("six years of", "of Python"), ["six years of Python"]),
        (("nowhere", ""), []),
    ],
)
def test_evidence_is_marked_letter_by_letter(quotes: tuple[str, ...], marked: list[str]) -> None:
    words = "I have six years of Python."
    found = pieces(words, quotes)
    assert [each.text for each in found if each.marked] == marked
    assert "".join(each.text for each in found) == words
