"""Days that go wrong: a widget on a stranger's site, an operator dismissed while typing, nobody there to take over."""

import asyncio

import httpx
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.answers import service as answers
from besedka.products.widget import service as widgets
from besedka.products.widget.types import Look
from tests.factories import make_person
from tests.kernel.realtime.client import connect
from tests.products.copilot.scenes import open_scene
from tests.products.widget.test_main_job import open_widget, visit, wait_for_messages

SITE = "https://shop.example"
FOREIGN = (
    "https://evil.example", "https://shop.example.evil.example", "https://evilshop.example", "http://shop.example",
    "https://shop.example:8443", "https://shop.example@evil.example", "null", "",
)  # fmt: skip


async def test_widget_of_one_site_gives_a_page_of_another_nothing(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    made, key = await open_widget(runtime)
    async with runtime.db.fast.acquire(made.id) as conn:
        (who,) = await answers.list_assistants(conn)
    look = Look(name="Помощник", accent="#116644", allowed_origins=(SITE,))
    await widgets.change_look(runtime, made.id, who.id, look)
    base = f"/api/v1/widget/{key}"
    begun = await client.post(
        f"{base}/session", json={"locale": "ru"}, headers={"Origin": SITE.upper()}
    )
    assert begun.status_code == 200
    bearer = {"Authorization": f"Bearer {begun.json()['visitor']}"}
    question = {"key": "1", "body": "Сколько стоит доставка?"}
    for origin in FOREIGN:
        headers = {**bearer, "Origin": origin}
        tries = [
            await client.get(base, headers=headers),
            await client.post(f"{base}/session", json={"locale": "ru"}, headers=headers),
            await client.post(f"{base}/messages", json=question, headers=headers),
            await client.get(f"{base}/messages", headers=headers),
        ]
        told = {(each.status_code, each.json()["code"]) for each in tries}
        assert told == {(403, "origin_not_allowed")}, origin
    async with runtime.db.fast.acquire(made.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM message") == 0
        assert await conn.fetchval("SELECT count(*) FROM widget_visitor") == 1


async def test_operator_dismissed_while_typing_is_cut_off_and_sends_nothing(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    scene = await open_scene(runtime)
    operator = await make_person(runtime, scene.place, role=Role.OPERATOR)
    async with connect(app, operator) as typing, connect(app, scene.place.owner) as owner:
        await typing.hello(scene.dialog)
        await owner.hello(scene.dialog)
        await typing.call("typing", chat=str(scene.dialog))
        assert (await owner.next("typing"))["data"]["name"] == operator.name
        gone = await client.post(
            f"/api/v1/users/{operator.user_id}/deactivate", headers=scene.place.headers
        )
        assert gone.is_success, gone.text
        async with asyncio.timeout(10):
            await typing.ended.wait()
        assert typing.code == 4003
    sent = [
        await client.post(
            f"/api/v1/dialogs/{scene.dialog}/reply", headers=operator.headers,
            json={"key": "late", "body": "Last words", "take": True},
        ),
        await client.post(f"{scene.path}/suggestion", headers=operator.headers, json={}),
        await client.get(f"/api/v1/dialogs/{scene.dialog}", headers=operator.headers),
    ]  # fmt: skip
    assert {each.status_code for each in sent} <= {401, 403}
    async with runtime.db.fast.acquire(scene.place.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM message WHERE body = 'Last words'") == 0
        dialog = await conn.fetchrow(
            "SELECT state, assignee_id FROM conversation WHERE kind = 'dialog'"
        )
    assert dialog is not None
    assert dialog["assignee_id"] == scene.place.owner.actor_id


async def test_wish_for_a_person_waits_in_the_queue_while_nobody_is_there(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    made, key = await open_widget(runtime)
    base, headers = await visit(client, key)
    await client.post(
        f"{base}/messages", headers=headers, json={"key": "1", "body": "Позовите оператора"}
    )
    *_, told = await wait_for_messages(client, base, headers, count=2)
    assert told["kind"] == "system"
    assert told["body"]
    await client.post(f"{base}/messages", headers=headers, json={"key": "2", "body": "Алло?"})
    waiting = await client.get("/api/v1/dialogs/waiting", headers=made.headers)
    assert waiting.json() == {"count": 1}
    (dialog,) = (await client.get("/api/v1/dialogs?state=open", headers=made.headers)).json()
    assert dialog["assignee"] is None
    reply = await client.post(
        f"/api/v1/dialogs/{dialog['id']}/reply", headers=made.headers,
        json={"key": "a", "body": "Уже здесь!"},
    )  # fmt: skip
    assert reply.status_code == 201
    found = await wait_for_messages(client, base, headers, count=4)
    assert [each["body"] for each in found][-1] == "Уже здесь!"
    answered = await client.get("/api/v1/dialogs/waiting", headers=made.headers)
    assert answered.json() == {"count": 0}
    await client.post(f"{base}/messages", headers=headers, json={"key": "3", "body": "Спасибо, а?"})
    again = await client.get("/api/v1/dialogs/waiting", headers=made.headers)
    assert again.json() == {"count": 1}
