"""Links to chats: what they show, to whom, and when they show nothing any more."""

from datetime import timedelta
from html import escape

import httpx

from besedka.core.runtime import Runtime
from tests.attacks.inert import faults_of_page
from tests.attacks.payloads import selected
from tests.factories import make_person, make_workspace
from tests.fakes.llm import Say
from tests.products.account.test_records import read
from tests.products.chat.scenes import API, Scene

PAGE = "/dashboard/chat"


async def shared(scene: Scene) -> tuple[str, str]:
    """Share the chat; return the link's id and the path that it opens."""
    made = (await scene.send("POST", "/shares", {"days": 7})).json()
    assert made["url"].startswith(f"{scene.runtime.settings.base_url}/shared/")
    assert made["url"].startswith("http")
    return made["id"], f"/shared/{made['url'].rpartition('/')[2]}"


async def test_link_shows_the_branch_as_it_was_and_nothing_of_its_owner(scene: Scene) -> None:
    note = {"file": ("salaries.txt", b"secret")}
    file = await scene.client.post(f"{API}/files/upload", files=note, headers=scene.made.headers)
    scene.model.then(Say("Take *the* train.", usage=(12, 6)), Say("Later words."))
    first = (await scene.ask("How to Kazan?", attachments=[file.json()["id"]])).json()["message"]
    _, path = await shared(scene)
    await scene.ask("A later question")
    turns = await scene.turns()
    edited = {"body": "How to Omsk?"}
    await scene.client.patch(
        f"{API}/messages/{turns[0]['id']}", json=edited, headers=scene.made.headers
    )
    page = await scene.client.get(path)
    assert page.status_code == 200
    assert "noindex" in page.headers["x-robots-tag"]
    assert page.headers["cache-control"] == "no-store"
    for words in ("How to Kazan?", "Take <em>the</em> train.", "fake-large"):
        assert words in page.text
    for words in (
        "A later question",
        "Later words",
        "Omsk",
        "salaries",
        file.json()["id"],
        "tokens",
        first["id"],
    ):
        assert words not in page.text
    owner = scene.made.owner
    for words in (owner.email, str(owner.actor_id), scene.chat):
        assert words not in page.text


async def test_link_opens_nothing_once_it_is_over(scene: Scene) -> None:
    await scene.ask("Hello")
    _, trashed = await shared(scene)
    assert (await scene.client.get(trashed)).status_code == 200
    await scene.client.delete(f"{API}/chats/{scene.chat}", headers=scene.made.headers)
    assert (await scene.client.get(trashed)).status_code == 404
    await scene.client.post(f"{API}/chats/{scene.chat}/restore", headers=scene.made.headers)
    revoked_id, revoked = await shared(scene)
    form = f"{PAGE}/shares/{revoked_id}/revoke"
    await scene.client.post(form, headers=scene.made.headers)
    _, expired = await shared(scene)
    async with scene.runtime.db.fast.transaction(scene.made.id) as conn:
        await conn.execute(
            "UPDATE ai_share SET expires_at = expires_at - $1::interval", timedelta(days=8)
        )
    for path in (revoked, expired, trashed, "/shared/guess"):
        gone = await scene.client.get(path)
        assert (gone.status_code, "Hello" in gone.text) == (404, False), path
    assert (await scene.client.get(f"{API}/llm/shares", headers=scene.made.headers)).json() == []


async def test_links_are_their_makers_alone(
    scene: Scene, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    assert (await scene.send("POST", "/shares", {})).json()["code"] == "nothing_to_share"
    await scene.ask("Hello")
    share_id, path = await shared(scene)
    colleague = await make_person(runtime, scene.made)
    foreign = (await make_workspace(runtime)).owner
    for other in (colleague, foreign):
        made = await client.post(f"{scene.path}/shares", json={}, headers=other.headers)
        back = await client.delete(f"{API}/llm/shares/{share_id}", headers=other.headers)
        assert (made.status_code, back.status_code) == (404, 404)
        assert (await client.get(f"{API}/llm/shares", headers=other.headers)).json() == []
    assert (await client.get(path)).status_code == 200
    headers = {**scene.made.headers, "Accept": "text/html"}
    page = await client.post(f"{PAGE}/{scene.chat}/share", data={"days": "1"}, headers=headers)
    assert "/shared/" in page.text
    assert "/shared/" not in await read(client, scene.made.owner, f"{PAGE}/shares")


async def test_shared_answer_is_inert_whatever_the_model_says(scene: Scene) -> None:
    hostile = "\n\n".join(selected(60))
    scene.model.then(Say(hostile))
    await scene.ask(hostile)
    _, path = await shared(scene)
    page = (await scene.client.get(path)).text
    assert escape(selected(60)[0].splitlines()[0]) in page
    assert list(faults_of_page(page)) == []
