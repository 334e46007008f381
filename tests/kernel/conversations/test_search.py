"""Finding messages by their words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations import service
from besedka.kernel.conversations.repository import search
from besedka.kernel.conversations.service.search import read_old_messages, split
from besedka.kernel.conversations.types import Conversation, Visibility
from tests.factories import Made, MadeWorkspace, make_person, make_workspace
from tests.fakes.jobs import eventually
from tests.kernel.realtime.rooms import make_dialog, make_group, say, say_as_staff

SEARCH = "/api/v1/messages/search"


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace with a group, and somebody who searches."""

    client: httpx.AsyncClient
    runtime: Runtime
    workspace: MadeWorkspace
    chat: Conversation

    async def say(self, *bodies: str) -> None:
        for body in bodies:
            await say(self.runtime, self.workspace.owner, self.chat.id, body)

    async def find(self, q: str, who: Made | None = None, **more: str) -> list[str]:
        """Return the bodies that are found, through all pages."""
        params: Mapping[str, str] | None = {"q": q, **more}
        headers, address, found = (who or self.workspace.owner).headers, SEARCH, []
        for _ in range(20):
            page = await self.client.get(address, params=params, headers=headers)
            assert page.status_code == 200, page.text
            found += [each["message"]["body"] for each in page.json()]
            address, params = page.links.get("next", {}).get("url", ""), None
            if not address:
                break
        return found


@pytest.fixture
async def desk(client: httpx.AsyncClient, runtime: Runtime) -> Desk:
    workspace = await make_workspace(runtime)
    return Desk(client, runtime, workspace, await make_group(runtime, workspace))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('доставка "по городу" ещё', (["по городу"], ["доставка", "ещё"], "еще")),
        ("«два слова» «и ещё»", (["два слова", "и ещё"], [], None)),
        ('привет "мир"', (["мир"], ["привет"], None)), ("hello, wor!", ([], ["hello,", "wor!"], "wor")),
        ('" " один', ([], ["один"], "один")), ("", ([], [], None)),
    ],
)  # fmt: skip
def test_query_is_split(text: str, expected: object) -> None:
    assert split(text) == expected


async def test_words_are_found_in_other_forms_and_by_their_beginning(desk: Desk) -> None:
    await desk.say(
        "Доставка ёлки по городу", "We delivered two orders", "Ёлки и палки", "it's 5 o'clock"
    )
    assert await desk.find("доставки елка") == ["Доставка ёлки по городу"]
    assert await desk.find("ёлка") == ["Ёлки и палки", "Доставка ёлки по городу"]
    assert await desk.find("delivers order") == ["We delivered two orders"]
    assert await desk.find("горо") == ["Доставка ёлки по городу"]
    assert await desk.find("горо доставка") == []
    assert await desk.find("5 clo") == ["it's 5 o'clock"]
    for nothing in ("и", "\\", "'", "':*", "<->", "& | !", "нет такого"):
        assert await desk.find(nothing) == []


async def test_phrase_is_words_in_their_order(desk: Desk) -> None:
    await desk.say("красный дом у реки", "дом красный", "красный большой дом")
    assert await desk.find("дом красный") == [
        "красный большой дом",
        "дом красный",
        "красный дом у реки",
    ]
    assert await desk.find('"красный дом"') == ["красный дом у реки"]
    assert await desk.find('"красные дома" рек') == ["красный дом у реки"]


async def test_edited_message_is_found_by_its_new_words_and_deleted_one_never(desk: Desk) -> None:
    message = await say(desk.runtime, desk.workspace.owner, desk.chat.id, "старое слово")
    path, headers = f"/api/v1/messages/{message.id}", desk.workspace.headers
    await desk.client.patch(path, json={"body": "новая речь"}, headers=headers)
    assert (await desk.find("слово"), await desk.find("речи")) == ([], ["новая речь"])
    await desk.client.delete(path, headers=headers)
    assert await desk.find("речи") == []


async def test_only_what_the_asker_may_read_is_found(desk: Desk) -> None:
    runtime, workspace = desk.runtime, desk.workspace
    member = await make_person(runtime, workspace, role=Role.MEMBER)
    operator = await make_person(runtime, workspace)
    dialog, contact = await make_dialog(runtime, workspace)
    await say(runtime, contact, dialog.id, "секрет гостя", workspace=workspace)
    await say_as_staff(
        runtime, workspace, dialog.id, "секрет заметки", visibility=Visibility.INTERNAL
    )
    await desk.say("секрет до прихода")
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await service.add_participant(runtime, conn, desk.chat.id, actor=member.actor_id)
    await desk.say("секрет потом")
    assert await desk.find("секрет", member) == ["секрет потом"]
    assert await desk.find("секрет", operator) == ["секрет заметки", "секрет гостя"]
    assert len(await desk.find("секрет")) == 4
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await service.remove_participant(runtime, conn, desk.chat.id, actor=member.actor_id)
    assert await desk.find("секрет", member) == []
    stranger = (await make_workspace(runtime)).owner
    assert await desk.find("секрет", stranger) == []


async def test_filters_narrow(desk: Desk) -> None:
    runtime, workspace = desk.runtime, desk.workspace
    other = await make_group(runtime, workspace)
    dialog, contact = await make_dialog(runtime, workspace)
    await desk.say("слово здесь")
    moment = (await say(runtime, workspace.owner, other.id, "слово там")).created_at
    await say(runtime, contact, dialog.id, "слово гостя", workspace=workspace)
    assert await desk.find("слово", chat=str(other.id)) == ["слово там"]
    assert await desk.find("слово", kind="dialog") == ["слово гостя"]
    assert await desk.find("слово", sender=str(contact)) == ["слово гостя"]
    later = (moment + timedelta(hours=1)).isoformat()
    assert await desk.find("слово", to=later) == ["слово гостя", "слово там", "слово здесь"]
    since = await desk.client.get(
        SEARCH, params={"q": "слово", "from": later}, headers=workspace.headers
    )
    assert since.json() == []
    unclear = await desk.client.get(
        SEARCH, params={"q": "слово", "from": "2026-01-01T00:00:00"}, headers=workspace.headers
    )
    assert unclear.status_code == 422


async def test_what_lies_further_back_is_found_by_every_path(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps of two messages: the rest is found by the index, or by further steps and short pages."""
    monkeypatch.setattr("besedka.kernel.conversations.service.search.STEPS", (2, 3))
    await desk.say("редкое", *(f"слово {n}" for n in range(9)))
    everything = [f"слово {n}" for n in range(8, -1, -1)]
    assert await desk.find("слово", limit="2") == everything
    assert await desk.find("редкое") == await desk.find('"редкое"') == ["редкое"]
    monkeypatch.setattr("besedka.kernel.conversations.service.search.MOST_CHATS", 0)
    monkeypatch.setattr("besedka.kernel.conversations.service.search.FREQUENT", 0.0)
    assert await desk.find("слово", limit="200") == everything
    assert await desk.find("редкое") == ["редкое"]


async def test_found_message_shows_where_the_words_are(desk: Desk) -> None:
    long = "начало " * 40
    await desk.say(f"{long}Ёлка <b>и</b> ёлки \x01 конец")
    answer = await desk.client.get(SEARCH, params={"q": "елка"}, headers=desk.workspace.headers)
    (found,) = answer.json()
    shown = [found["snippet"][start:end] for start, end in found["marks"]]
    assert shown == ["Ёлка", "ёлки"]
    assert "<b>и</b>" in found["snippet"]
    assert found["chat"] == {"id": str(desk.chat.id), "kind": "group", "title": "Group"}


async def test_messages_of_an_older_version_are_found_once_they_were_looked_at(desk: Desk) -> None:
    await desk.say("старинное слово")
    async with desk.runtime.db.fast.acquire(desk.workspace.id) as conn:
        await conn.execute(
            "UPDATE message_ref SET words = NULL WHERE workspace_id = $1", desk.workspace.id
        )
    await read_old_messages(desk.runtime)

    async def found() -> list[str] | None:
        return await desk.find("старинные") or None

    assert await eventually(found) == ["старинное слово"], (
        "by this call, or by the job that came first"
    )


async def test_search_plan_uses_the_index_of_words(desk: Desk) -> None:
    """What is rare is looked for by its words, never along another index."""
    async with desk.runtime.db.system.transaction() as conn:
        await conn.execute("SET LOCAL enable_seqscan = off")  # right for the few rows that are here
        plan = await conn.fetch(
            f"EXPLAIN {search.BY_WORDS}", desk.workspace.id, desk.workspace.owner.actor_id, True, "'xслово'", "'x=d'",
            desk.chat.id, desk.workspace.id, None, 5,
            "'xслово'",
        )  # fmt: skip
    assert "ix_message_ref_words" in "\n".join(row[0] for row in plan)
