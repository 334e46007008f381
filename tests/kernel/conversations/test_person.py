"""One's own messages to take away, and what is left of them when one goes."""

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations import service
from tests.factories import PASSWORD, make_person, make_workspace
from tests.kernel.realtime.rooms import make_group, say

ME = "/api/v1/auth/me"


async def test_export_holds_what_i_wrote_where_i_may_read(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    mila = await make_person(runtime, workspace, role=Role.MEMBER, name="Mila")
    chat = await make_group(runtime, workspace, mila.actor_id)
    left = await make_group(runtime, workspace, mila.actor_id)
    await say(runtime, workspace.owner, chat.id, "not mine")
    await say(runtime, mila, chat.id, "mine")
    gone = await say(runtime, mila, chat.id, "deleted")
    await say(runtime, mila, left.id, "behind a door")
    await client.delete(f"/api/v1/messages/{gone.id}", headers=mila.headers)
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await service.remove_participant(runtime, conn, left.id, actor=mila.actor_id)
        await conn.execute("UPDATE message_ref SET words = NULL")
    found = (await client.get(f"{ME}/export", headers=mila.headers)).json()
    (message,) = found["conversations"]["messages"]
    assert (message["body"], message["chat"], message["title"]) == ("mine", str(chat.id), "Group")


async def test_whoever_goes_leaves_their_words_without_a_name(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    mila = await make_person(runtime, workspace, role=Role.MEMBER, name="Mila Gone")
    chat = await make_group(runtime, workspace, mila.actor_id)
    await say(runtime, mila, chat.id, "my words")
    await say(runtime, workspace.owner, chat.id, "hello @Mila", reply=1)
    erased = await client.request("DELETE", ME, json={"password": PASSWORD}, headers=mila.headers)
    assert erased.status_code == 204, erased.text
    found = await client.get(f"/api/v1/chats/{chat.id}/messages", headers=workspace.headers)
    assert [each["body"] for each in found.json()] == ["hello @Mila", "my words"]
    assert "Mila Gone" not in found.text
    async with runtime.db.fast.acquire(workspace.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM mention") == 0
