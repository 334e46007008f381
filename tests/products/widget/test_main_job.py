"""The main job over HTTP: a visitor asks, the assistant answers with sources, a person takes over."""

import asyncio
from collections.abc import Mapping
from uuid import uuid4

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.knowledge import service as knowledge
from besedka.products.widget import service as widgets
from tests.factories import MadeWorkspace, make_workspace

DELIVERY = "Доставка по городу стоит 350 рублей. При заказе от 5000 рублей доставка бесплатна."


async def open_widget(runtime: Runtime) -> tuple[MadeWorkspace, str]:
    """Make a company whose assistant knows about delivery, and a widget for it."""
    made = await make_workspace(runtime)
    async with runtime.db.fast.transaction(made.id) as conn:
        who = await answers.create_assistant(conn, name="Помощник", author=None, locale="ru")
        await knowledge.add_text(conn, who.collection_id, body=DELIVERY, title="Доставка")
    async with runtime.db.orm.session(made.id) as session:
        widget = await widgets.ensure_widget(session, made.id, who.id, name="Помощник")
    return made, widget.public_key


async def visit(client: httpx.AsyncClient, key: str) -> tuple[str, Mapping[str, str]]:
    """Begin a session; returns the base address and the visitor's headers."""
    base = f"/api/v1/widget/{key}"
    session = (await client.post(f"{base}/session", json={"locale": "ru"})).json()
    return base, {"Authorization": f"Bearer {session['visitor']}", "Accept-Language": "ru"}


async def wait_for_messages(
    client: httpx.AsyncClient, base: str, headers: Mapping[str, str], *, count: int
) -> list[dict[str, object]]:
    """Read the visitor's messages until there are so many."""
    for _ in range(200):
        found: list[dict[str, object]] = (
            await client.get(f"{base}/messages", headers=headers)
        ).json()
        if len(found) >= count:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(found)


async def test_visitor_asks_and_gets_a_cited_answer(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    _, key = await open_widget(runtime)
    base, headers = await visit(client, key)
    asked = await client.post(
        f"{base}/messages",
        headers=headers,
        json={"key": str(uuid4()), "body": "Сколько стоит доставка?"},
    )
    assert asked.status_code == 201, asked.text
    _, answer = await wait_for_messages(client, base, headers, count=2)
    assert "350 рублей" in str(answer["body"])
    meta = answer["meta"]
    assert isinstance(meta, dict)
    assert meta["mode"] == "extractive"
    citation = meta["citations"][0]
    assert citation["title"] == "Доставка"
    passage = await client.get(f"{base}/passages/{citation['chunk']}", headers=headers)
    assert passage.status_code == 200
    assert "5000 рублей" in passage.json()["text"]


async def test_visitor_asks_for_a_person_who_takes_over(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    made, key = await open_widget(runtime)
    base, headers = await visit(client, key)
    await client.post(
        f"{base}/messages", headers=headers, json={"key": "1", "body": "Позовите оператора"}
    )
    await wait_for_messages(client, base, headers, count=2)
    dialogs = (await client.get("/api/v1/dialogs?state=open", headers=made.headers)).json()
    assert len(dialogs) == 1
    reply = await client.post(
        f"/api/v1/dialogs/{dialogs[0]['id']}/reply",
        headers=made.headers,
        json={"key": "a", "body": "Здравствуйте!"},
    )
    assert reply.status_code == 201, reply.text
    found = await wait_for_messages(client, base, headers, count=3)
    assert found[-1]["body"] == "Здравствуйте!"
    await client.post(
        f"{base}/messages", headers=headers, json={"key": "2", "body": "Сколько стоит доставка?"}
    )
    await asyncio.sleep(0.3)
    assert len(await wait_for_messages(client, base, headers, count=4)) == 4
