"""Pages of assistants: what the owner sees and does, in both languages, and what others are refused."""

import asyncio
from uuid import UUID

import httpx
import pytest

from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant, Tone
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.sites.manners import Manners
from besedka.kernel.knowledge.types import SiteRules
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.fakes.jobs import settled
from tests.fakes.site import fake_site, html, link
from tests.products.assistants.places import make_assistant

PATH = "/dashboard/assistants"
HTML = {"Accept": "text/html"}
RUSSIAN = {**HTML, "Accept-Language": "ru"}
SETTINGS = {
    "name": "Анна", "greeting_ru": "Привет", "greeting_en": "Hi", "instructions": "Коротко.", "tone": "formal",
    "length": "short", "model": "", "temperature": "0,4", "threshold": "60", "handoff_keywords": "жалоба\n\nсуд\n",
}  # fmt: skip


async def read(
    client: httpx.AsyncClient, place: MadeWorkspace, path: str, *, language: str = "ru"
) -> str:
    """Open a page as the owner."""
    answer = await client.get(path, headers={**place.headers, **HTML, "Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


async def sources_of(runtime: Runtime, place: MadeWorkspace, who: Assistant) -> list[str]:
    async with runtime.db.fast.acquire(place.id) as conn:
        return [each.title for each in await knowledge.list_sources(conn, who.collection_id)]


async def test_empty_list_offers_to_create_and_the_demo(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    russian = await read(client, place, PATH)
    assert "Пока ни одного ассистента" in russian
    assert f'action="/w/{place.slug}/dashboard/start/demo"' in russian
    assert "Make an assistant" in await read(client, place, PATH, language="en")


async def test_created_assistant_leads_to_its_documents(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    assert 'name="language"' in await read(client, place, f"{PATH}/new")
    refused = await client.post(PATH, headers={**place.headers, **RUSSIAN}, data={"name": ""})
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    made = await client.post(
        PATH, headers={**place.headers, **RUSSIAN}, data={"name": "Анна", "language": "ru"}
    )
    assert made.status_code == 303
    page = await read(client, place, made.headers["location"].removeprefix(f"/w/{place.slug}"))
    assert "Анна" in page
    assert "Ассистент пока ничего не знает" in page
    assert "Анна" in await read(client, place, PATH)


async def test_documents_show_state_and_ways_to_add(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    page = await read(client, place, f"{PATH}/{who.id}")
    assert f'<bsd-upload action="/dashboard/assistants/{who.id}/files"' in page
    assert "Warranty" in page
    assert "Фрагментов: 1" in page
    assert "every 1s" not in page
    for way, field in (("url", "url"), ("text", "body"), ("qa", "answer")):
        assert f'name="{field}"' in await read(client, place, f"{PATH}/{who.id}?add={way}")


@pytest.mark.parametrize(
    ("form", "title"),
    [
        ({"kind": "text", "title": "Оплата", "body": "Оплата картой."}, "Оплата"),
        ({"kind": "text", "title": "", "body": "# Часы\n\nС 9 до 18."}, "Часы"),
        ({"kind": "qa", "question": "Есть парковка?", "answer": "Да, 25 мест."}, "Есть парковка?"),
        ({"kind": "url", "url": "shop.example/rules"}, "https://shop.example/rules"),
    ],
)
async def test_document_is_added(
    client: httpx.AsyncClient, runtime: Runtime, form: dict[str, str], title: str
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    added = await client.post(
        f"{PATH}/{who.id}/documents", headers={**place.headers, **RUSSIAN}, data=form
    )
    assert added.status_code == 303, added.text
    assert (await sources_of(runtime, place, who))[0] == title


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"kind": "text", "title": "Пусто", "body": "  "}, "body"),
        ({"kind": "text", "title": "Не слова", "body": "***"}, "body"),
        ({"kind": "qa", "question": "Есть парковка?", "answer": ""}, "answer"),
        ({"kind": "url", "url": "not an address"}, "url"),
    ],
)
async def test_wrong_document_is_refused_and_what_was_typed_kept(
    client: httpx.AsyncClient, runtime: Runtime, form: dict[str, str], field: str
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    refused = await client.post(
        f"{PATH}/{who.id}/documents", headers={**place.headers, **RUSSIAN}, data=form
    )
    assert refused.status_code == 422, refused.text
    assert f'id="{field}-error"' in refused.text
    assert all(value.strip() in refused.text for value in form.values())
    assert len(await sources_of(runtime, place, who)) == 2


async def test_uploaded_file_becomes_readable(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    part = {"file": ("hours.md", b"# Hours\n\nOpen from 9 to 18.", "text/markdown")}
    sent = await client.post(
        f"{PATH}/{who.id}/files",
        headers={**place.headers, "Accept": "application/json"},
        files=part,
    )
    assert sent.status_code == 201, sent.text
    page = f"{PATH}/{who.id}/documents/{sent.json()['id']}"
    for _ in range(200):
        async with runtime.db.fast.acquire(place.id) as conn:
            source = await knowledge.get_source(conn, UUID(sent.json()["id"]))
        if source.state in {"ready", "failed"}:
            break
        await asyncio.sleep(0.05)
    shown = await read(client, place, page)
    assert "hours.md" in shown
    assert "Open from 9 to 18." in shown
    plain = await client.post(
        f"{PATH}/{who.id}/files", headers={**place.headers, **HTML}, files=part
    )
    assert plain.status_code == 303


async def test_refused_upload_says_why(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    sent = await client.post(
        f"{PATH}/{who.id}/files", headers={**place.headers, "Accept": "application/json"},
        files={"file": ("empty.txt", b"", "text/plain")},
    )  # fmt: skip
    assert sent.status_code == 422
    assert sent.json()["detail"]


async def test_unfinished_document_is_asked_about_again(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    async with runtime.db.fast.transaction(place.id) as conn:
        await conn.execute(
            "UPDATE source SET state = 'working', progress = 40 WHERE workspace_id = $1 AND title = 'Warranty'",
            place.id,
        )  # fmt: skip
        await conn.execute(
            "UPDATE source SET state = 'failed', error = $2 WHERE workspace_id = $1 AND title = 'Доставка'",
            place.id, {"code": "source_empty", "params": {}},
        )  # fmt: skip
    fragment = await read(client, place, f"{PATH}/{who.id}/sources")
    assert "<html" not in fragment
    assert "every 1s" in fragment
    assert 'value="40"' in fragment
    assert "В документе нет слов." in fragment
    async with runtime.db.fast.acquire(place.id) as conn:
        half = await conn.fetchval(
            "SELECT id FROM source WHERE workspace_id = $1 AND state = 'working'", place.id
        )
    assert 'hx-select="#document"' in await read(client, place, f"{PATH}/{who.id}/documents/{half}")


async def test_deleted_document_is_gone(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    other = await make_assistant(runtime, place, name="Другой")
    async with runtime.db.fast.acquire(place.id) as conn:
        source = (await knowledge.list_sources(conn, who.collection_id))[0]
    foreign = await client.post(
        f"{PATH}/{other.id}/documents/{source.id}/delete", headers={**place.headers, **HTML}
    )
    assert foreign.status_code == 404
    deleted = await client.post(
        f"{PATH}/{who.id}/documents/{source.id}/delete", headers={**place.headers, **HTML}
    )
    assert deleted.status_code == 303
    assert await sources_of(runtime, place, who) == ["Доставка"]


async def test_question_is_tried_with_sources_and_confidence(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    assert 'name="question"' in await read(client, place, f"{PATH}/{who.id}/try")
    form = {"question": "Сколько стоит доставка?"}
    headers = {**place.headers, **RUSSIAN}
    page = await client.post(f"{PATH}/{who.id}/try", headers=headers, data=form)
    assert page.status_code == 200
    assert "<html" in page.text
    assert "350 рублей" in page.text
    assert "Цитата из документов" in page.text
    assert "Порог 45" in page.text
    assert "<mark>" in page.text
    part = await client.post(
        f"{PATH}/{who.id}/try", headers={**headers, "HX-Request": "true"}, data=form
    )
    assert "<html" not in part.text
    assert "350 рублей" in part.text
    unknown = await client.post(
        f"{PATH}/{who.id}/try", headers=headers, data={"question": "Who won the World Cup?"}
    )
    assert "Не знает" in unknown.text
    empty = await client.post(f"{PATH}/{who.id}/try", headers=headers, data={"question": " "})
    assert empty.status_code == 422


async def test_document_cannot_bring_markup_into_the_page(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    evil = "Пароль <img src=x onerror=alert(1)> [жми](javascript:alert(1)) хранится в сейфе."
    async with runtime.db.fast.transaction(place.id) as conn:
        await knowledge.add_text(
            conn, who.collection_id, body=evil, title="<script>alert(2)</script>"
        )
    page = await client.post(
        f"{PATH}/{who.id}/try",
        headers={**place.headers, **RUSSIAN},
        data={"question": "Где хранится пароль?"},
    )
    assert "сейфе" in page.text
    for bad in ("<img src=x", "<script>alert", 'href="javascript'):
        assert bad not in page.text


async def test_settings_are_saved(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    page = await read(client, place, f"{PATH}/{who.id}/settings")
    assert 'value="45"' in page
    assert "Версия 1" in page
    saved = await client.post(
        f"{PATH}/{who.id}/settings", headers={**place.headers, **RUSSIAN}, data=SETTINGS
    )
    assert saved.status_code == 303, saved.text
    async with runtime.db.fast.acquire(place.id) as conn:
        after = await answers.get_assistant(conn, ActorId(who.id))
    assert (after.name, after.tone) == ("Анна", Tone.FORMAL)
    assert after.threshold == pytest.approx(0.6)
    assert after.temperature == pytest.approx(0.4)
    assert after.handoff_keywords == ("жалоба", "суд")
    assert "Версия 2" in await read(client, place, f"{PATH}/{who.id}/settings")


@pytest.mark.parametrize(
    ("field", "typed"),
    [("threshold", "150"), ("threshold", "many"), ("temperature", "9"), ("name", " ")],
)
async def test_wrong_setting_stands_beside_its_field(
    client: httpx.AsyncClient, runtime: Runtime, field: str, typed: str
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    refused = await client.post(
        f"{PATH}/{who.id}/settings",
        headers={**place.headers, **RUSSIAN},
        data=SETTINGS | {field: typed},
    )
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    assert "Коротко." in refused.text


async def test_operator_sees_but_does_not_change(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    operator = await make_person(runtime, place, role=Role.OPERATOR)
    headers = {**operator.headers, **HTML}
    page = await client.get(f"{PATH}/{who.id}", headers=headers)
    assert page.status_code == 200
    assert "<bsd-upload" not in page.text
    assert "/settings" not in page.text.split('class="tabs"')[1].split("</nav>")[0]
    refused = [
        await client.get(f"{PATH}/new", headers=headers),
        await client.post(PATH, headers=headers, data={"name": "X"}),
        await client.get(f"{PATH}/{who.id}/settings", headers=headers),
        await client.get(f"{PATH}/{who.id}/site", headers=headers),
        await client.post(
            f"{PATH}/{who.id}/documents", headers=headers, data={"kind": "text", "body": "x"}
        ),
        await client.post(
            f"{PATH}/{who.id}/files", headers=headers, files={"file": ("a.txt", b"a")}
        ),
    ]
    assert [answer.status_code for answer in refused] == [403] * 6


async def test_others_find_nothing(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place, other = await make_workspace(runtime), await make_workspace(runtime)
    who = await make_assistant(runtime, other)
    member = await make_person(runtime, place, role=Role.MEMBER)
    paths = [f"{PATH}/{who.id}{tail}" for tail in ("", "/sources", "/try", "/settings", "/site")]
    foreign = [await client.get(path, headers={**place.headers, **HTML}) for path in paths]
    assert [answer.status_code for answer in foreign] == [404] * 5
    assert (await client.get(PATH, headers={**member.headers, **HTML})).status_code == 403
    stranger = await client.get(paths[0], headers=HTML)
    assert stranger.headers["location"].startswith("/login?next=")


async def test_site_is_added_looked_over_and_read(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    runtime.get(Manners).pause = 0.0
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    path = f"{PATH}/{who.id}"
    assert 'name="max_pages"' in await read(client, place, f"{path}?add=site")
    form = {"kind": "site", "url": "x", "include": "docs", "max_pages": "many"}
    refused = await client.post(
        f"{path}/documents", headers={**place.headers, **RUSSIAN}, data=form
    )
    assert refused.status_code == 422
    assert refused.text.count('aria-invalid="true"') == 2
    pages = {"/": html("<p>Лодки.</p>", link("/gone"), title="Причал")}
    async with fake_site(pages) as site:
        form = {"kind": "site", "url": site, "max_pages": "40", "preview": "true"}
        added = await client.post(
            f"{path}/documents", headers={**place.headers, **RUSSIAN}, data=form
        )
        assert added.status_code == 303, added.text
        await settled(runtime)
        assert "страниц: 2 из 2" in await read(client, place, f"{path}/sources")
        async with runtime.db.fast.acquire(place.id) as conn:
            source = (await knowledge.list_sources(conn, who.collection_id))[0]
        page = f"{path}/documents/{source.id}"
        shown = await read(client, place, page)
        assert "Причал" in shown
        assert "Пропала" in shown
        assert "Read these pages" in await read(client, place, page, language="en")
        told = await client.post(f"{page}/index", headers={**place.headers, **RUSSIAN})
        assert told.status_code == 303
        await settled(runtime)
    assert "Прочитать эти страницы" not in await read(client, place, page)


async def test_page_of_a_site_is_deleted_and_had_back_from_the_sites_page(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    runtime.get(Manners).pause = 0.0
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    path = f"{PATH}/{who.id}"
    async with fake_site({"/": html("<p>Лодки.</p>", title="Причал")}) as site:
        async with runtime.db.fast.transaction(place.id) as conn:
            source = await knowledge.add_site(conn, who.collection_id, site, rules=SiteRules())
        await settled(runtime)
    page = f"{path}/documents/{source.id}"
    async with runtime.db.fast.acquire(place.id) as conn:
        first = (await knowledge.site_pages(conn, source.id))[0]
    deletes = f"{path}/documents/{first.id}/delete"
    assert deletes in await read(client, place, page)
    assert f"/documents/{source.id}" in await read(client, place, f"{path}/documents/{first.id}")
    gone = await client.post(deletes, headers={**place.headers, **RUSSIAN})
    assert gone.headers["location"].endswith(page)
    assert f"{path}/trash/{first.id}/restore" in await read(client, place, page)
    assert f"{site}/" in await read(client, place, f"{path}/trash")
    back = await client.post(
        f"{path}/trash/{first.id}/restore", headers={**place.headers, **RUSSIAN}
    )
    assert back.headers["location"].endswith(page)
    await settled(runtime)
    assert deletes in await read(client, place, page)
