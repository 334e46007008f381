"""Pages of the desk and of the pane about a contact, as they work without a script."""

import httpx

from besedka.core.runtime import Runtime
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.kernel.realtime.rooms import make_dialog, say

HOME = "/dashboard"


async def press(
    client: httpx.AsyncClient, firm: MadeWorkspace, path: str, **form: object
) -> httpx.Response:
    """Send a form of a page."""
    headers = {**firm.headers, "Accept": "text/html", "Accept-Language": "ru"}
    return await client.post(HOME + path, data=form, headers=headers)


async def look(client: httpx.AsyncClient, firm: MadeWorkspace, path: str) -> str:
    """Read a page."""
    headers = {**firm.headers, "Accept": "text/html", "Accept-Language": "ru"}
    answer = await client.get(HOME + path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_macro_is_changed_run_and_its_failure_reported(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    firm = await make_workspace(runtime)
    dialog, _ = await make_dialog(runtime, firm)
    steps = {"step": ["take", "note"], "words": ["", "Для {{contact.name}}"]}
    made = await press(client, firm, "/settings/macros", name="Принять", **steps)
    assert made.status_code == 303, made.text
    assert "Взять себе → Написать заметку" in await look(client, firm, "/settings/macros")
    assert "Принять" in await look(client, firm, f"/desk/{dialog.id}/macros")
    macro = (await client.get("/api/v1/macros", headers=firm.headers)).json()[0]
    form = await look(client, firm, f"/settings/macros/{macro['id']}")
    assert 'value="Для {{contact.name}}"' in form
    done = await press(client, firm, f"/desk/{dialog.id}/macros/{macro['id']}")
    assert done.headers["location"].endswith(f"/dashboard/inbox/{dialog.id}")
    person = await make_person(runtime, firm)
    steps = {"step": [f"assign:{person.actor_id}", "resolve"], "words": ["", ""]}
    await press(client, firm, f"/settings/macros/{macro['id']}", name="Отдать", **steps)
    async with runtime.db.fast.transaction(firm.id) as conn:
        await conn.execute("UPDATE membership SET deactivated_at = now() WHERE actor_id = $1", person.actor_id)  # fmt: skip
    failed = await press(client, firm, f"/desk/{dialog.id}/macros/{macro['id']}")
    assert "Макрос выполнен не до конца" in failed.text
    assert "Участник не найден" in failed.text
    assert "пропущено" in failed.text
    gone = await press(client, firm, f"/settings/macros/{macro['id']}/delete")
    assert gone.status_code == 303
    assert "Макросов пока нет" in await look(client, firm, "/settings/macros")


async def test_table_of_replies_is_brought_over_or_refused_on_its_page(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    firm = await make_workspace(runtime)
    refused = await press(client, firm, "/settings/replies/import", table="x,y\n1,2")
    assert (refused.status_code, "name, ru, en" in refused.text) == (422, True)
    assert "x,y\n1,2</textarea>" in refused.text
    table = "name,ru,en\nпривет,Здравствуйте,Hello"
    taken = await press(client, firm, "/settings/replies/import", table=table, shared="true")
    assert taken.status_code == 303
    canned = (await client.get("/api/v1/canned-replies", headers=firm.headers)).json()[0]
    path = f"/settings/replies/{canned['id']}"
    assert "Здравствуйте" in await look(client, firm, path)
    changed = {"name": "привет", "body_ru": "Добрый день", "body_en": ""}
    assert (await press(client, firm, path, **changed)).status_code == 303
    assert "Добрый день" in await look(client, firm, "/settings/replies")
    assert (await press(client, firm, f"{path}/delete")).status_code == 303


async def test_pane_shows_a_contact_escaped_with_all_dialogs(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    firm = await make_workspace(runtime)
    dialog, contact = await make_dialog(runtime, firm)
    await say(runtime, contact, dialog.id, "Раз", workspace=firm)
    form = {"dialog": dialog.id, "name": "<b>Вера</b>", "phone": "+7 900", "note": "<i>тихо</i>"}
    saved = await press(client, firm, f"/contacts/{contact}", **form)
    assert saved.headers["location"].endswith(f"/inbox/{dialog.id}?pane=context")
    page = await look(client, firm, f"/inbox/{dialog.id}")
    assert "&lt;i&gt;тихо&lt;/i&gt;" in page
    assert "<b>Вера" not in page
    assert "не подтверждено" in page
