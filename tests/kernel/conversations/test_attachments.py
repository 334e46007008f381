"""Files of messages: who may send and read them, how they are shown, and what goes when a message goes."""

from dataclasses import replace
from uuid import UUID, uuid4

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations import service
from besedka.kernel.files.service import unused_files
from tests.factories import Made, make_person, make_workspace
from tests.fakes.jobs import settled
from tests.kernel.files.samples import photo
from tests.kernel.realtime.rooms import draft, make_dialog, make_group
from tests.plugins.queries import recorded

API = "/api/v1"


async def upload(
    client: httpx.AsyncClient, who: Made, data: bytes = b"Some words.", name: str = "plan.txt"
) -> str:
    """Upload a file; returns its id."""
    answer = await client.post(f"{API}/files/upload", files={"file": (name, data)}, headers=who.headers)  # fmt: skip
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def send(
    client: httpx.AsyncClient, who: Made, chat: UUID, *files: str, **more: object
) -> httpx.Response:
    """Post a message with files."""
    body = {"body": "", "attachments": list(files), **more}
    return await client.post(f"{API}/chats/{chat}/messages", json=body, headers=who.headers)


async def test_message_may_be_files_alone_and_shows_them_everywhere(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat, owner = await make_group(runtime, workspace), workspace.owner
    picture = await upload(client, owner, photo(), "кот.jpg")
    plan = await upload(client, owner)
    sent = await send(client, owner, chat.id, picture, plan, picture)
    assert sent.status_code == 201, sent.text
    message = sent.json()
    shown = message["attachments"]
    assert [(each["id"], each["name"], each["kind"]) for each in shown] == [
        (picture, "кот.jpg", "image"), (plan, "plan.txt", "text"),
    ]  # fmt: skip
    assert shown[0]["variants"] == ["thumbnail"]
    assert (shown[0]["width"], shown[0]["height"]) == (300, 400)
    assert shown[0]["placeholder"]
    async with recorded(runtime.db.fast) as queries:
        page = await client.get(f"{API}/chats/{chat.id}/messages", headers=owner.headers)
    assert page.json() == [message]
    assert len(queries) <= 3, "files are not asked for one by one"
    reply = {"body": "Nice", "reply_seq": message["seq"]}
    answer = await client.post(f"{API}/chats/{chat.id}/messages", json=reply, headers=owner.headers)
    assert answer.json()["reply"]["body"] == "📎 кот.jpg"
    await client.delete(f"{API}/messages/{answer.json()['id']}", headers=owner.headers)
    listed = await client.get(f"{API}/chats/{chat.id}", headers=owner.headers)
    assert listed.json()["preview"] == "📎 кот.jpg"
    for form in ("json", "html"):
        exported = await client.get(
            f"{API}/chats/{chat.id}/export?format={form}", headers=owner.headers
        )
        assert "кот.jpg" in exported.text


async def test_words_and_files_are_needed_between_them_and_a_key_belongs_to_both(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat, owner = await make_group(runtime, workspace), workspace.owner
    plan, other = await upload(client, owner), await upload(client, owner, name="other.txt")
    nothing = (await send(client, owner, chat.id)).json()
    assert [each["field"] for each in nothing["errors"]] == ["body"]
    blank = await send(client, owner, chat.id, body="\u00a0")
    assert blank.status_code == 422
    first = await send(client, owner, chat.id, plan, key="k")
    again = await send(client, owner, chat.id, plan, key="k")
    assert (first.status_code, again.status_code) == (201, 200)
    assert (await send(client, owner, chat.id, other, key="k")).json()[
        "code"
    ] == "client_key_reused"
    many = [str(uuid4()) for _ in range(11)]
    assert (await send(client, owner, chat.id, *many)).status_code == 422
    path, headers = f"{API}/messages/{first.json()['id']}", owner.headers
    words = await client.patch(path, json={"body": "See this"}, headers=headers)
    assert [each["id"] for each in words.json()["attachments"]] == [plan]
    bare = await client.patch(path, json={"body": ""}, headers=headers)
    assert bare.json()["body"] == ""


async def test_only_own_uploads_of_the_same_workspace_are_sent(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace, foreign = await make_workspace(runtime), await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat, owner = await make_group(runtime, workspace, other.actor_id), workspace.owner
    for file in (await upload(client, other), await upload(client, foreign.owner), str(uuid4())):
        refused = await send(client, owner, chat.id, file)
        assert (refused.status_code, refused.json()["code"]) == (404, "file_not_found")
    page = await client.get(f"{API}/chats/{chat.id}/messages", headers=owner.headers)
    assert page.json() == []


async def test_who_sees_the_message_downloads_its_file_and_nobody_else(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    friend = await make_person(runtime, workspace, role=Role.MEMBER)
    stranger = await make_person(runtime, workspace, role=Role.MEMBER)
    chat, owner = await make_group(runtime, workspace, friend.actor_id), workspace.owner
    picture = await upload(client, owner, photo(), "cat.jpg")
    message = (await send(client, owner, chat.id, picture)).json()
    path = f"{API}/messages/{message['id']}/attachments/{picture}"
    whole = await client.get(path, headers=friend.headers)
    small = await client.get(f"{path}?variant=thumbnail", headers=friend.headers)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "image/jpeg")
    assert small.headers["content-type"] == "image/webp"
    assert (await client.get(path, headers=stranger.headers)).status_code == 404
    assert (await client.get(f"{API}/files/{picture}/content", headers=friend.headers)).status_code == 404  # fmt: skip
    elsewhere = await upload(client, owner)
    unrelated = f"{API}/messages/{message['id']}/attachments/{elsewhere}"
    assert (await client.get(unrelated, headers=owner.headers)).status_code == 404


async def test_file_is_in_use_until_its_last_message_goes(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat, owner = await make_group(runtime, workspace), workspace.owner
    plan = await upload(client, owner)
    first = (await send(client, owner, chat.id, plan)).json()
    await send(client, owner, chat.id, plan)
    path, headers = f"{API}/files/{plan}", owner.headers
    assert (await client.delete(path, headers=headers)).json()["code"] == "file_in_use"
    assert plan not in {str(each.id) for each in await unused_files(runtime, days=0)}
    await client.delete(f"{API}/messages/{first['id']}", headers=headers)
    gone = await client.get(f"{API}/messages/{first['id']}/attachments/{plan}", headers=headers)
    assert gone.status_code == 404
    await settled(runtime)
    assert (await client.get(path, headers=headers)).status_code == 200
    await client.delete(f"{API}/chats/{chat.id}", headers=headers)
    await settled(runtime)
    assert (await client.get(path, headers=headers)).status_code == 404


async def test_search_finds_messages_with_files(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat, owner = await make_group(runtime, workspace), workspace.owner
    await client.post(f"{API}/chats/{chat.id}/messages", json={"body": "the plan"}, headers=owner.headers)  # fmt: skip
    plan, words = await upload(client, owner), await upload(client, owner, name="b.txt")
    await send(client, owner, chat.id, plan, body="the plan")
    await send(client, owner, chat.id, words)

    async def found(query: str) -> list[int]:
        page = await client.get(f"{API}/messages/search?{query}", headers=owner.headers)
        assert page.status_code == 200, page.text
        return [each["message"]["seq"] for each in page.json()]

    assert await found("q=plan") == [2, 1]
    assert await found("q=plan&has=attachment") == [2]
    assert await found("has=attachment") == [3, 2]
    empty = await client.get(f"{API}/messages/search", headers=owner.headers)
    assert empty.status_code == 422


async def test_erased_contact_leaves_no_file(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    dialog, contact = await make_dialog(runtime, workspace)
    plan = await upload(client, workspace.owner)
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await conn.execute("UPDATE file SET uploader_id = $2 WHERE id = $1", plan, contact)
    post = draft(contact, dialog.id, "", workspace=workspace)
    message = await service.post(runtime, replace(post, files=(UUID(plan),)))
    await client.delete(f"{API}/contacts/{contact}", headers=workspace.headers)
    await settled(runtime)
    assert (await client.get(f"{API}/files/{plan}", headers=workspace.headers)).status_code == 404
    left = await client.get(f"{API}/messages/{message.id}", headers=workspace.headers)
    assert left.json()["attachments"] == []
