"""The pages of chats with models: without a script, and in a browser."""

from uuid import UUID

import httpx
import pytest
from playwright.async_api import FilePayload, Page, expect

from besedka.core.db.connection import TenantConn
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ConversationId, Post
from besedka.products.chat import service
from besedka.products.chat.pages.common import TURNS
from besedka.products.chat.types import Run
from tests.e2e.test_main_job import log_in
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.llm import FakeLlm, Say
from tests.products.account.test_records import read
from tests.products.chat.scenes import Scene, connect, events_of
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage, address, complaints, open_page

__all__ = ["address", "complaints", "open_page"]

PAGE = "/dashboard/chat"
ANSWER = """Here is how, for $n$ steps:

```python
def add(a, b):
    return a + b
```

| step | cost |
| --- | ---: |
| one | 5 |

$$
\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}
$$

```mermaid
graph LR
  A[Question] --> B[Answer]
```

- **first**
- second
"""


async def test_person_without_a_script_asks_and_keeps_house(scene: Scene) -> None:
    owner, client = scene.made.owner, scene.client
    headers = {**owner.headers, "Accept": "text/html"}
    scene.model.then(Say("Take the *train*."))
    begun = await client.post(PAGE, data={"content": "How do I get to Kazan?"}, headers=headers)
    assert begun.status_code == 303
    path = f"{PAGE}/{begun.headers['location'].rpartition('/')[2]}"
    await scene.until_idle()
    page = await read(client, owner, path)
    assert "How do I get to Kazan?" in page
    assert "<em>train</em>" in page
    assert "fake-large" in page
    about = {"title": "Kazan", "tags": "travel, travel , trains", "instructions": "Be brief."}
    await client.post(f"{path}/about", data=about, headers=headers)
    await client.post(f"{path}/deed/star", headers=headers)
    found = await read(client, owner, f"{PAGE}?q=train&favorite=true&tag=travel")
    assert ">Kazan</span>" in found
    assert ">trains</a>" in await read(client, owner, PAGE)
    assert "Nothing found" in await read(client, owner, f"{PAGE}?q=aeroplane")
    for deed, place in (("archive", "archive"), ("unarchive", "active"), ("trash", "trash"), ("restore", "active")):  # fmt: skip
        await client.post(f"{path}/deed/{deed}", headers=headers)
        assert "Kazan" in await read(client, owner, f"{PAGE}?place={place}"), deed
    await client.post(f"{path}/deed/trash", headers=headers)
    await client.post(f"{path}/deed/delete", headers=headers)
    assert (await client.get(path, headers=headers)).status_code == 404


async def test_person_without_a_script_keeps_chats_in_folders(scene: Scene) -> None:
    owner, client, path = scene.made.owner, scene.client, f"{PAGE}/{scene.chat}"
    headers, about = {**owner.headers, "Accept": "text/html"}, {"title": "Kazan"}
    await client.post(f"{PAGE}/folders", data={"name": "Trips"}, headers=headers)
    (folder,) = (await client.get("/api/v1/folders", headers=owner.headers)).json()
    await client.post(f"{path}/about", data={**about, "folder": folder["id"]}, headers=headers)
    assert ">Kazan</span>" in await read(client, owner, f"{PAGE}?folder={folder['id']}&q=kaz")
    renamed = f"{PAGE}/folders/{folder['id']}"
    await client.post(renamed, data={"name": "Journeys"}, headers=headers)
    assert "Journeys" in await read(client, owner, path)
    await client.post(f"{renamed}/delete", headers=headers)
    assert "Journeys" not in await read(client, owner, f"{PAGE}")


async def test_chat_is_taken_away_as_markdown_and_json(scene: Scene) -> None:
    scene.model.then(Say("By *train*.", usage=(12, 6)))
    await scene.send("PATCH", "", {"instructions": "Be brief."})
    await scene.ask("How?")
    written = await scene.send("GET", "/export?format=md")
    assert written.headers["content-type"] == "text/markdown; charset=utf-8"
    assert (
        written.text == "# How?\n\n> Be brief.\n\n## You\n\nHow?\n\n## fake-large\n\nBy *train*.\n"
    )
    whole = (await scene.send("GET", "/export")).json()
    assert [each["content"] for each in whole["messages"]] == ["How?", "By *train*."]
    assert whole["messages"][1]["usage"]["output"] == 6


async def test_question_is_estimated_and_nothing_is_asked(scene: Scene) -> None:
    await scene.ask("A first question")
    asked = len(scene.model.requests)
    short = (await scene.send("POST", "/estimate", {"content": "Hi"})).json()
    long = (await scene.send("POST", "/estimate", {"content": "Hi " * 300})).json()
    assert long["input_tokens"] > short["input_tokens"] > 0
    first = await scene.client.post(
        "/api/v1/llm/estimate", json={"content": "Hi"}, headers=scene.made.headers
    )
    assert first.json()["input_tokens"] < short["input_tokens"]
    assert len(scene.model.requests) == asked


async def test_question_that_is_refused_leaves_no_chat(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    owner = (await make_workspace(runtime)).owner
    assert "Connect a model" in await read(client, owner, PAGE)
    headers = {**owner.headers, "Accept": "application/json"}
    refused = await client.post(PAGE, data={"content": "Hello"}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_provider")
    assert (await client.get("/api/v1/chats", headers=owner.headers)).json() == []


async def test_stream_of_a_page_gives_each_block_once_and_goes_on_after_it(scene: Scene) -> None:
    scene.model.then(Say("One **two**.\n\nThree.\n\nFour", piece=3))
    await scene.ask("Count")
    headers = {**scene.made.headers}
    path = f"{PAGE}/{scene.chat}/stream"
    events = events_of((await scene.client.get(path, headers=headers)).text)
    blocks = [each for each in events if each[1] == "block"]
    assert "".join(str(each[2]["html"]) for each in blocks).count("<strong>two</strong>") == 1
    assert events[-1][1] == "done"
    run, attempt, _ = blocks[-1][0].split(":")
    resumed = {**headers, "Last-Event-ID": f"{run}:{attempt}:14"}
    again = (await scene.client.get(path, headers=resumed)).text
    assert "two" not in again
    assert "Three." in again


async def _ask(page: Page, words: str) -> None:
    field = page.locator("bsd-chat textarea")
    await field.fill(words)
    await field.press("Enter")


async def _ask_by_prompt(page: Page) -> None:
    field = page.locator("bsd-chat textarea")
    await field.press_sequentially("/add")
    await expect(page.get_by_role("option")).to_contain_text("Adding")
    await field.press("Enter")
    await page.get_by_label("what").fill("add")
    await page.get_by_role("button", name="Put it there").click()
    await expect(field).to_have_value("How do I add?")
    await field.press("Enter")


async def _look_at_answer(page: Page) -> None:
    answer = page.locator("article.turn--answer")
    await expect(answer.locator("math")).to_have_count(2)
    await expect(answer.locator(".hljs-keyword").first).to_be_visible()
    await expect(answer.frame_locator("iframe").locator("svg")).to_contain_text("Question")
    await expect(answer.locator(".turn__took")).to_contain_text("fake-large")
    assert not await overflows(page)


async def _go_between_versions(page: Page, fake: FakeLlm) -> None:
    answer = page.locator("article.turn--answer")
    fake.then(Say("Another way."))
    await answer.get_by_role("button", name="Answer again").click()
    await expect(answer).to_contain_text("Another way.")
    await expect(answer.locator(".versions")).to_contain_text("2/2")
    await answer.get_by_role("button", name="Version before").click()
    await expect(answer.locator(".versions")).to_contain_text("1/2")
    await answer.get_by_role("button", name="Good answer").click()
    await expect(page.get_by_role("button", name="Good answer", pressed=True)).to_be_visible()


async def _send_a_file_and_look_back(
    page: Page, runtime: Runtime, place: MadeWorkspace, fake: FakeLlm
) -> None:
    fake.then(Say("A list of rivers."))
    file = FilePayload(name="rivers.txt", mimeType="text/plain", buffer=b"Volga, Kama")
    await page.locator("bsd-composer input[type=file]").set_input_files(file)
    await expect(page.locator("bsd-composer")).to_contain_text("rivers.txt")
    await _ask(page, "What is this?")
    await expect(page.locator("article.turn--answer").last).to_contain_text("A list of rivers.")
    await expect(page.locator("article.turn--asked .turn__files")).to_contain_text("rivers.txt")
    assert "Volga, Kama" in str(fake.requests[-1].body)
    chat = ConversationId(UUID(page.url.rpartition("/")[2]))
    for number in range(TURNS):
        note = Post(
            workspace_id=place.id, conversation_id=chat, sender_id=place.owner.actor_id, client_key=f"note {number}",
            body=f"Note {number}",
        )  # fmt: skip
        await conversations.post(runtime, note)
    await page.reload()
    await expect(page.locator("article.turn--asked").last).to_contain_text(f"Note {TURNS - 1}")
    await expect(page.get_by_text("A list of rivers.")).to_have_count(0)
    await page.get_by_role("button", name="Show earlier").click()
    await expect(page.get_by_text("A list of rivers.")).to_be_visible()
    await expect(page.get_by_role("button", name="Show earlier")).to_have_count(0)


@pytest.mark.browser
async def test_person_talks_with_a_model(
    address: str, client: httpx.AsyncClient, runtime: Runtime, fake: FakeLlm, open_page: OpenPage, complaints: list[str]
) -> None:  # fmt: skip
    place = await make_workspace(runtime)
    await connect(runtime, place, fake)
    prompt = {"name": "Adding", "body": "How do I {{what}}?"}
    await client.post("/api/v1/llm/prompts", json=prompt, headers=place.headers)
    page = await open_page(phone=True)
    await log_in(page, address, place.owner.email)
    await page.goto(f"{address}{PAGE}/new")
    fake.then(Say(ANSWER, piece=7))
    await _ask_by_prompt(page)
    await page.wait_for_url("**/dashboard/chat/*-*")
    await _look_at_answer(page)
    await _go_between_versions(page, fake)
    tab = await open_page(dark=True, locale="ru", bypass_csp=True)
    await log_in(tab, address, place.owner.email)
    await tab.goto(page.url)
    await _look_at_answer(tab)
    assert await violations(tab) == []

    # A question that is edited begins a branch; the other tab and a reload read its answer along, until it is stopped.
    fake.then(Say("Slowly. " * 400, piece=8, pause=0.05))
    await page.get_by_role("button", name="Edit the question").click()
    await _ask(page, "How do I multiply?")
    for each in (page, tab):
        await expect(each.locator("article.turn--writing")).to_contain_text("Slowly.")
    await page.reload()
    await expect(page.locator("article.turn--writing")).to_contain_text("Slowly.")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_text("Stopped by you")).to_be_visible()
    await expect(page.locator("article.turn--asked")).to_contain_text("How do I multiply?")
    await expect(tab.get_by_text("Остановлено вами")).to_be_visible()
    await tab.close()
    await _send_a_file_and_look_back(page, runtime, place, fake)
    assert complaints == []


async def test_answer_that_ends_while_its_page_is_made_is_not_missed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = service.find_run

    async def slow_find(conn: TenantConn, chat: ConversationId) -> Run | None:
        found = await find(conn, chat)
        await scene.until_idle()
        return found

    monkeypatch.setattr(service, "find_run", slow_find)
    scene.model.then(Say("Just in time.", first_pause=0.2))
    path = f"{PAGE}/{scene.chat}"
    await scene.client.post(f"{path}/ask", data={"content": "Now?"}, headers=scene.made.headers)
    page = (await scene.client.get(path, headers=scene.made.headers)).text
    assert "Just in time." in page
