"""A conversation to take away."""

import json
from html.parser import HTMLParser

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import Visibility
from tests.factories import make_person, make_workspace
from tests.kernel.realtime.rooms import make_dialog, make_group, say, say_as_staff
from tests.plugins.queries import recorded

CHATS = "/api/v1/chats"
EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)> ![x](https://evil.example/x.png) [y](javascript:alert(1))'


class Tags(HTMLParser):
    """All tags of a page and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs


async def test_json_holds_all_that_the_reader_sees(
    client: httpx.AsyncClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("besedka.kernel.conversations.service.export.PORTION", 2)
    workspace = await make_workspace(runtime)
    chat, headers = await make_group(runtime, workspace), workspace.headers
    messages = [await say(runtime, workspace.owner, chat.id, f"body {n}") for n in range(5)]
    await client.patch(f"/api/v1/messages/{messages[1].id}", json={"body": "new"}, headers=headers)
    await client.put(f"/api/v1/messages/{messages[1].id}/reactions/👍", headers=headers)
    await client.delete(f"/api/v1/messages/{messages[2].id}", headers=headers)
    async with recorded(runtime.db.fast) as queries:
        answer = await client.get(f"{CHATS}/{chat.id}/export", headers=headers)
    assert answer.headers["content-disposition"] == f'attachment; filename="chat-{chat.id}.json"'
    found = json.loads(answer.text)
    shown = await client.get(f"{CHATS}/{chat.id}/messages?after_seq=0", headers=headers)
    revisions = [each.pop("revisions") for each in found["messages"]]
    assert found["messages"] == shown.json()
    assert [each["body"] for each in revisions[1]] == ["body 1"]
    assert (found["chat"]["id"], [each["role"] for each in found["members"]]) == (
        str(chat.id),
        ["owner"],
    )
    pages = [query for query in queries if "ORDER BY m.seq LIMIT" in query]
    assert len(pages) == 3, "two messages at a time"


async def test_html_is_one_page_without_scripts_and_nothing_from_elsewhere(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    dialog, contact = await make_dialog(runtime, workspace)
    await say(runtime, contact, dialog.id, EVIL, workspace=workspace)
    await say_as_staff(runtime, workspace, dialog.id, EVIL, visibility=Visibility.INTERNAL, reply=1)
    answer = await client.get(
        f"{CHATS}/{dialog.id}/export", params={"format": "html"},
        headers={**workspace.headers, "Accept-Language": "ru"},
    )  # fmt: skip
    page = answer.text
    assert "внутренняя заметка" in page
    assert page.count("&lt;script&gt;") >= 3
    tags = Tags()
    tags.feed(page)
    assert tags.names.isdisjoint({"script", "img", "link", "iframe", "object", "base", "svg"})
    assert not [name for name, _ in tags.attributes if name == "src" or name.startswith("on")]
    assert all(str(value).startswith("http") for name, value in tags.attributes if name == "href")
    assert tags.names >= {"blockquote", "article", "a"}
    assert "url(" not in page
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_export_is_only_of_what_the_reader_sees(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    member = await make_person(runtime, workspace, role=Role.MEMBER)
    chat = await make_group(runtime, workspace)
    await say(runtime, workspace.owner, chat.id, "before")
    path = f"{CHATS}/{chat.id}/export"
    assert (await client.get(path, headers=member.headers)).status_code == 404
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await service.add_participant(runtime, conn, chat.id, actor=member.actor_id)
    await say(runtime, workspace.owner, chat.id, "after")
    found = (await client.get(path, headers=member.headers)).json()
    assert [each["body"] for each in found["messages"]] == ["after"]
    assert (await client.get(f"{path}?format=pdf", headers=member.headers)).status_code == 422
