"""Temporary chats: who finds them, and what is left of them."""

from datetime import timedelta
from uuid import UUID

import pytest

from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ConversationId
from besedka.migrations.metadata import METADATA
from tests.fakes.jobs import settled
from tests.fakes.llm import Say
from tests.products.account.test_records import read
from tests.products.chat.scenes import API, Scene, open_chat

PAGE = "/dashboard/chat"
SECRET = "xylograph"


async def tables_with(scene: Scene, words: str) -> list[str]:
    """Return the tables in which something stands."""
    tables = [table.name for table in METADATA.sorted_tables]
    asked = " UNION ALL ".join(
        f"SELECT '{table}' AS name WHERE EXISTS (SELECT FROM \"{table}\" t WHERE t::text LIKE $1)"
        for table in tables
    )
    async with scene.runtime.db.system.acquire() as conn:
        return [row["name"] for row in await conn.fetch(asked, f"%{words}%")]


@pytest.mark.parametrize("way", ["closed", "left"])
async def test_temporary_chat_is_found_nowhere_and_leaves_nothing(scene: Scene, way: str) -> None:
    client, headers = scene.client, scene.made.headers
    made = await client.post(f"{API}/chats", json={"temporary": True}, headers=headers)
    chat = made.json()["id"]
    path = f"{API}/llm/chat/{chat}"
    note = {"file": (f"{SECRET}.txt", f"All about the {SECRET}.".encode())}
    file = await client.post(f"{API}/files/upload", files=note, headers=headers)
    scene.model.then(Say(f"A {SECRET} is a print."))
    asked = {"content": f"What is a {SECRET}?", "attachments": [file.json()["id"]]}
    answered = await client.post(f"{path}/message", json=asked, headers=headers)
    assert answered.json()["message"]["content"] == f"A {SECRET} is a print."
    assert {"conversation", "message", "file"} <= set(await tables_with(scene, SECRET))
    listed = (await client.get(f"{API}/chats?q={SECRET}", headers=headers)).json()
    found = (await client.get(f"{API}/messages/search?q={SECRET}", headers=headers)).json()
    assert (listed, found) == ([], [])
    page = await read(client, scene.made.owner, f"{PAGE}/{chat}")
    assert "in no list and no search" in page
    if way == "closed":
        await client.post(f"{PAGE}/{chat}/deed/close", headers=headers)
    else:
        async with scene.runtime.db.fast.transaction(scene.made.id) as conn:
            await conn.execute(
                "UPDATE participant SET expires_at = expires_at - $1::interval", timedelta(hours=3)
            )
        await conversations.purge_temporary(scene.runtime)
    await settled(scene.runtime)
    assert await tables_with(scene, SECRET) == []
    assert await tables_with(scene, f"{chat},") == []


async def test_chat_that_is_kept_cannot_be_closed_by_mistake(scene: Scene) -> None:
    path = f"{PAGE}/{scene.chat}/deed/close"
    assert (await scene.client.post(path, headers=scene.made.headers)).status_code == 404
    refused = await scene.client.post(
        f"{API}/chats", json={"kind": "group", "temporary": True}, headers=scene.made.headers
    )
    assert refused.status_code == 422


async def test_export_of_ones_own_has_the_trash_and_instructions_but_nothing_temporary(
    scene: Scene,
) -> None:
    client, headers = scene.client, scene.made.headers
    passing = await open_chat(client, scene.runtime, scene.made, scene.model)
    async with scene.runtime.db.fast.transaction(scene.made.id) as conn:
        await conversations.keep_for_now(
            conn, ConversationId(UUID(passing.chat)), owner=scene.made.owner.actor_id
        )
    for each, words in ((scene, "kept in the trash"), (passing, "not kept")):
        await each.send("PATCH", "", {"instructions": f"Be brief, {words}."})
        await each.ask(words)
    await client.delete(f"{API}/chats/{scene.chat}", headers=headers)
    export = (await client.get(f"{API}/auth/me/export", headers=headers)).json()
    assert [each["body"] for each in export["conversations"]["messages"]] == ["kept in the trash"]
    assert [(each["instructions"], each["in_trash"]) for each in export["chat"]["chats"]] == [
        ("Be brief, kept in the trash.", True)
    ]
