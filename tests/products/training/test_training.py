"""Gaps and tests of assistants, over the API and on the pages."""

from datetime import timedelta

import httpx
import pytest

from besedka.core.clock import now
from besedka.core.ids import ActorId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.answers.types import Assistant
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import Conversation, Post
from besedka.kernel.jobs import service as jobs
from besedka.kernel.knowledge import service as knowledge
from besedka.products.training.errors import BadTable
from besedka.products.training.service import tables
from besedka.products.training.service.gaps import likeness
from besedka.products.training.types import GROUP_JOB, Case, Expect
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.jobs import eventually, settled
from tests.products.assistants.places import make_assistant

API = "/api/v1/assistants"
PAGE = {"Accept": "text/html", "Accept-Language": "ru"}
ASKED = (
    "Можно ли оплатить заказ криптовалютой?", "Оплатить заказ криптовалютой можно?", "Есть ли у вас парковка для автобусов?",
)  # fmt: skip


@pytest.fixture
async def place(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


@pytest.fixture
async def who(runtime: Runtime, place: MadeWorkspace) -> Assistant:
    return await make_assistant(runtime, place)


async def ask(
    runtime: Runtime, place: MadeWorkspace, who: Assistant, *questions: str
) -> Conversation:
    """Ask as visitors, each in a dialog of their own; return the last one."""
    for question in questions:
        async with runtime.db.fast.transaction(place.id) as conn:
            contact = await conversations.create_contact(conn, name="Вера")
            dialog = await conversations.create_dialog(
                runtime, conn, contact=contact.id, assistant=ActorId(who.id), meta={"locale": "ru"}
            )
        await conversations.post(
            runtime,
            Post(
                workspace_id=place.id, conversation_id=dialog.id, sender_id=contact.id,
                client_key=str(new_id()), body=question,
            ),
        )  # fmt: skip

    async def all_replied() -> bool | None:
        async with runtime.db.fast.acquire(place.id) as conn:
            left = await conn.fetchval(
                "SELECT count(*) FROM reply_run WHERE workspace_id = $1 AND finished_at IS NULL",
                place.id,
            )
        return None if left else True

    assert await eventually(all_replied)
    await settled(runtime)
    return dialog


async def test_unanswered_questions_are_grouped_answered_and_remembered(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    await ask(runtime, place, who, *ASKED, "Сколько стоит доставка по городу?")
    path = f"{API}/{who.id}/gaps"
    found = (await client.get(path, headers=place.headers)).json()
    assert [each["asked"] for each in found] == [2, 1]
    gap = f"{path}/{found[0]['id']}"
    dialogs = (await client.get(f"{gap}/questions", headers=place.headers)).json()
    assert {each["question"] for each in dialogs} == set(ASKED[:2])
    early = await client.post(f"{gap}/publish", headers=place.headers)
    assert (early.status_code, early.json()["code"]) == (422, "gap_no_answer")
    pair = {"question": ASKED[0], "answer": "Нет, только картой или по счёту."}
    assert (await client.put(gap, headers=place.headers, json=pair)).status_code == 200
    replayed = (await client.post(f"{gap}/replay", headers=place.headers)).json()
    assert [(each["is_answered"], each["is_cited"]) for each in replayed] == [(True, True)] * 2
    assert all(each["after"] > each["before"] for each in replayed)
    async with runtime.db.fast.acquire(place.id) as conn:
        assert len(await knowledge.list_collections(conn)) == 1  # the replay left nothing
        assert len(await knowledge.list_sources(conn)) == 2
    published = await client.post(f"{gap}/publish", headers=place.headers)
    assert published.json()["state"] == "published"
    said = await client.post(
        f"{API}/{who.id}/ask", headers=place.headers, json={"question": ASKED[1]}
    )
    assert "только картой" in said.json()["answer"]
    other = f"{path}/{found[1]['id']}"
    assert (await client.post(f"{other}/dismiss", headers=place.headers)).status_code == 200
    assert (await client.get(path, headers=place.headers)).json() == []


async def test_questions_of_before_are_grouped_by_a_job(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    await ask(runtime, place, who, *ASKED)
    async with runtime.db.fast.transaction(place.id) as conn:
        await conn.execute("DELETE FROM gap WHERE workspace_id = $1", place.id)
    page = await client.get(
        f"/dashboard/assistants/{who.id}/gaps", headers={**place.headers, **PAGE}
    )
    assert "Есть прежние вопросы без ответа: 3" in page.text
    key = f"{GROUP_JOB}:{who.id}"
    async with runtime.db.fast.transaction(place.id) as conn:
        await jobs.defer(conn, GROUP_JOB, unique_key=key, run_at=now() + timedelta(hours=1))
    page = await client.get(
        f"/dashboard/assistants/{who.id}/gaps", headers={**place.headers, **PAGE}
    )
    assert "Вопросы собираются" in page.text
    assert "every 2s" in page.text
    async with runtime.db.fast.transaction(place.id) as conn:
        await jobs.drop(conn, key)
    await client.post(f"{API}/{who.id}/gaps/group", headers=place.headers)
    await settled(runtime)
    found = (await client.get(f"{API}/{who.id}/gaps", headers=place.headers)).json()
    assert sorted(each["asked"] for each in found) == [1, 2]


async def test_erased_dialog_takes_its_questions_out_of_the_gaps(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    dialog = await ask(runtime, place, who, ASKED[2])
    async with runtime.db.fast.transaction(place.id) as conn:
        await conn.execute(
            "UPDATE message SET deleted_at = now(), body = '' WHERE workspace_id = $1 AND conversation_id = $2",
            place.id, dialog.id,
        )  # fmt: skip
    assert (await client.get(f"{API}/{who.id}/gaps", headers=place.headers)).json() == []


async def test_gap_is_closed_on_its_page(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    await ask(runtime, place, who, "Есть ли доставка по городу на вертолёте с пилотом и музыкой?")
    home = f"/dashboard/assistants/{who.id}/gaps"
    headers = {**place.headers, **PAGE}
    (gap,) = (await client.get(f"{API}/{who.id}/gaps", headers=place.headers)).json()
    assert "на вертолёте" in (await client.get(home, headers=headers)).text
    page = f"{home}/{gap['id']}"
    assert "/dashboard/inbox/" in (await client.get(page, headers=headers)).text
    suggested = await client.post(page, headers=headers, data={"deed": "suggest"})
    assert "350 рублей" in suggested.text
    empty = await client.post(page, headers=headers, data={"deed": "publish"})
    assert empty.status_code == 422
    assert "Сначала напишите ответ" in empty.text
    typed = {"question": gap["title"], "answer": "На вертолёте не возим."}
    tried = await client.post(page, headers=headers, data={**typed, "deed": "replay"})
    assert "Отвечает вашим ответом" in tried.text
    done = await client.post(page, headers=headers, data={**typed, "deed": "publish"})
    assert done.status_code == 303
    assert "на вертолёте" in (await client.get(f"{home}?state=published", headers=headers)).text


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("оплат", "криптовалют"), ("оплат", "заказ", "криптовалют"), True),
        (("оплат", "криптовалют"), ("оплат", "карт"), False),
        (("парковк",), ("парковк",), True),
        (("парковк",), ("парковк", "автобус", "ночь"), False),
        ((), (), False),
    ],
)
def test_likeness_tells_the_same_question_from_a_neighbour(
    one: tuple[str, ...], other: tuple[str, ...], *, alike: bool
) -> None:
    assert (likeness(one, other) >= 0.5) is alike


async def see_report(client: httpx.AsyncClient, place: MadeWorkspace, path: str) -> None:
    """See on a report's page what broke, with the difference and the way to publish."""
    page = await client.get(path, headers={**place.headers, **PAGE})
    for words in ("раньше был пройден", "<del>", "draft/publish"):
        assert words in page.text


async def test_run_reports_what_broke_and_the_draft_is_published_after_it(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    path, headers = f"{API}/{who.id}", place.headers
    assert (await client.post(f"{path}/test-runs", headers=headers)).status_code == 409
    table = (
        "question,expects,facts,source\n"
        "Сколько стоит доставка по городу?,answer,350 рублей|бесплатную доставку,доставка\n"
        "How long is the warranty?,answer,36 months,Доставка\n"
        "Кто выиграет выборы?,refusal,,\n"
    )
    added = await client.post(f"{path}/tests/import", headers=headers, json={"table": table})
    assert added.json() == {"added": 3}
    exported = await client.get(f"{path}/tests/export", headers=headers)
    assert exported.text == table.replace("доставка\n", "доставка\n")
    first = (await client.post(f"{path}/test-runs", headers=headers)).json()
    await settled(runtime)
    report = (await client.get(f"{path}/test-runs/{first['id']}", headers=headers)).json()
    assert (report["state"], report["done"], report["passed"]) == ("done", 3, 2)
    failed = report["results"][0]
    assert [each["code"] for each in failed["problems"]] == ["fact", "source"]
    draft = {"guardrails": {"topics": ["доставка"], "phrases": [], "no_prices": False}}
    assert (await client.put(f"{path}/draft", headers=headers, json=draft)).status_code == 200
    second = (await client.post(f"{path}/test-runs", headers=headers)).json()
    assert second["of_draft"] is True
    await settled(runtime)
    report = (await client.get(f"{path}/test-runs/{second['id']}", headers=headers)).json()
    assert report["passed"] == 1
    broken = next(
        each for each in report["results"] if each["before_passed"] and not each["passed"]
    )
    assert "350 рублей" in broken["before"]
    said = await client.post(f"{path}/ask", headers=headers, json={"question": broken["question"]})
    assert said.json()["mode"] == "extractive"  # the draft is not in use
    await see_report(client, place, f"/dashboard/assistants/{who.id}/tests/runs/{second['id']}")
    assert (await client.post(f"{path}/draft/publish", headers=headers)).status_code == 200
    said = await client.post(f"{path}/ask", headers=headers, json={"question": broken["question"]})
    assert said.json()["mode"] == "refused"


async def test_cases_are_kept_on_the_page(
    client: httpx.AsyncClient, place: MadeWorkspace, who: Assistant
) -> None:
    page, headers = f"/dashboard/assistants/{who.id}/tests", {**place.headers, **PAGE}
    assert "Тестов пока нет" in (await client.get(page, headers=headers)).text
    given = {"question": "Сколько?", "expects": "answer", "facts": "350\nгород", "source": "Дост"}
    assert (await client.post(page, headers=headers, data=given)).status_code == 303
    wrong = await client.post(f"{page}/import", headers=headers, data={"table": "a,maybe,,"})
    assert wrong.status_code == 422
    assert "Строку 1" in wrong.text
    assert "a,maybe,," in wrong.text
    longer = {"question": "Как вернуть?", "expects": "refusal", "facts": "да", "source": "С" * 301}
    refused = await client.post(page, headers=headers, data=longer)
    assert refused.status_code == 422
    assert 'value="Как вернуть?"' in refused.text
    assert 'value="refusal" selected' in refused.text
    shown = (await client.get(page, headers=headers)).text
    assert "350 · город" in shown
    (case,) = (await client.get(f"{API}/{who.id}/tests", headers=place.headers)).json()
    gone = await client.post(f"{page}/{case['id']}/delete", headers=headers)
    assert gone.status_code == 303
    assert "Тестов пока нет" in (await client.get(page, headers=headers)).text
    unknown = await client.get(f"{page}/runs/{new_id()}", headers=headers)
    assert unknown.status_code == 404


def test_table_keeps_what_a_spreadsheet_would_calculate() -> None:
    case = Case(new_id(), "=1+1", Expect.ANSWER, ("-5 %", "a"), '@x, "y"')
    (read,) = tables.read(tables.written([case]))
    assert (read.question, read.facts, read.source) == (case.question, case.facts, case.source)
    assert "'=1+1" in tables.written([case])
    assert tables.read("Сколько?;refusal;;")[0].expects is Expect.REFUSAL
    with pytest.raises(BadTable):
        tables.read("question,expects\n,answer")


async def test_case_is_changed_over_the_api_and_on_its_page(
    client: httpx.AsyncClient, place: MadeWorkspace, who: Assistant
) -> None:
    path = f"{API}/{who.id}/tests"
    case = {"question": "Сколько стоит доставка?", "facts": ["350"]}
    made = (await client.post(path, headers=place.headers, json=case)).json()
    changed = await client.put(
        f"{path}/{made['id']}", headers=place.headers, json={**case, "facts": ["5000"]}
    )
    assert changed.status_code == 200, changed.text
    listed = (await client.get(path, headers=place.headers)).json()
    assert [each["facts"] for each in listed] == [["5000"]]
    page = f"/dashboard/assistants/{who.id}/tests/{made['id']}"
    shown = await client.get(page, headers={**place.headers, **PAGE})
    assert "5000" in shown.text
    wrong = {"question": "", "expects": "answer", "facts": "700", "source": ""}
    refused = await client.post(page, headers={**place.headers, **PAGE}, data=wrong)
    assert refused.status_code == 422
    assert "700" in refused.text
    right = {**wrong, "question": "Почём?", "expects": "refusal"}
    saved = await client.post(page, headers={**place.headers, **PAGE}, data=right)
    assert saved.status_code == 303
    (found,) = (await client.get(path, headers=place.headers)).json()
    assert (found["question"], found["expects"]) == ("Почём?", "refusal")
    unknown = f"{path}/{new_id()}"
    assert (await client.put(unknown, headers=place.headers, json=case)).status_code == 404
