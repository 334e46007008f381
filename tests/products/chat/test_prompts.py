"""The prompt library: who has which prompts, who changes them, and how they are used."""

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.products.chat import service
from tests.factories import Made, make_person
from tests.fakes.llm import Say
from tests.products.account.test_records import read
from tests.products.chat.scenes import API, Scene

PROMPTS = f"{API}/llm/prompts"
PAGE = "/dashboard/chat/prompts"
WORDS = {"name": "Translate", "body": "Into {{language=English}}: {{text}}", "tags": ["work"]}


async def _keep(scene: Scene, who: Made, **changes: object) -> str:
    made = await scene.client.post(PROMPTS, json={**WORDS, **changes}, headers=who.headers)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def _names(client: httpx.AsyncClient, who: Made, **query: str) -> list[str]:
    found = await client.get(PROMPTS, params=query, headers=who.headers)
    return [each["name"] for each in found.json()]


async def test_prompt_is_found_by_words_and_tags_and_filled(scene: Scene) -> None:
    owner, client = scene.made.owner, scene.client
    prompt = await _keep(scene, owner)
    await _keep(scene, owner, name="Letter", body="Translated 100%", tags=["home"])
    assert await _names(client, owner) == ["Letter", "Translate"]
    assert await _names(client, owner, q="transl") == ["Translate", "Letter"]
    assert await _names(client, owner, q="0%") == ["Letter"]
    assert await _names(client, owner, q="_") == []
    assert await _names(client, owner, tag="work") == ["Translate"]
    first = await client.get(PROMPTS, params={"limit": "1"}, headers=owner.headers)
    rest = first.headers["link"].partition(">")[0].removeprefix("<")
    assert [each["name"] for each in (await client.get(rest, headers=owner.headers)).json()] == [
        "Translate"
    ]
    told = (await client.get(f"{PROMPTS}/{prompt}", headers=owner.headers)).json()
    assert told["variables"] == [
        {"name": "language", "default": "English"}, {"name": "text", "default": None},
    ]  # fmt: skip
    filled = await client.post(
        f"{PROMPTS}/{prompt}/filled", json={"values": {"text": "{{language}}"}}, headers=owner.headers
    )  # fmt: skip
    assert filled.json() == {"text": "Into English: {{language}}"}
    short = await client.post(f"{PROMPTS}/{prompt}/filled", json={}, headers=owner.headers)
    assert (short.status_code, short.json()["code"]) == (422, "ai_prompt_value_missing")


async def test_shared_prompt_is_changed_by_its_author_and_administrators_only(
    scene: Scene, runtime: Runtime
) -> None:
    author, other = await make_person(runtime, scene.made), await make_person(runtime, scene.made)
    client, boss = scene.client, scene.made.owner
    own, shared = await _keep(scene, author), await _keep(scene, author, name="All", shared=True)
    for who, mine, common in ((author, 200, 200), (other, 404, 403), (boss, 404, 200)):
        for prompt, status in ((own, mine), (shared, common)):
            changed = await client.patch(
                f"{PROMPTS}/{prompt}", json={"tags": ["x"]}, headers=who.headers
            )
            assert changed.status_code == status
    assert await _names(client, other) == ["All"]
    taken = await client.patch(f"{PROMPTS}/{shared}", json={"shared": False}, headers=boss.headers)
    assert taken.json()["code"] == "ai_prompt_not_yours"
    gone = await client.delete(f"{PROMPTS}/{own}", headers=author.headers)
    assert (gone.status_code, await _names(client, author)) == (204, ["All"])


async def test_person_takes_their_prompts_away_and_leaves_only_shared_ones(
    scene: Scene, runtime: Runtime
) -> None:
    author = await make_person(runtime, scene.made, role=Role.ADMIN)
    await _keep(scene, author, name="Mine")
    shared = await _keep(scene, author, name="All", shared=True)
    taken = (await scene.client.get(f"{API}/auth/me/export", headers=author.headers)).json()
    assert [each["name"] for each in taken["chat"]["prompts"]] == ["Mine", "All"]
    erased = await scene.client.request(
        "DELETE", f"{API}/auth/me", json={"password": author.password}, headers=author.headers
    )
    assert erased.status_code == 204, erased.text
    assert await _names(scene.client, scene.made.owner) == ["All"]
    async with runtime.db.fast.acquire(scene.made.id) as conn:
        rows = await conn.fetch("SELECT id, author_id FROM ai_prompt")
    assert [(str(row["id"]), row["author_id"]) for row in rows] == [(shared, None)]


async def test_prompt_is_kept_changed_and_asked_without_a_script(scene: Scene) -> None:
    owner, client = scene.made.owner, scene.client
    headers = {**owner.headers, "Accept": "text/html"}
    form = {"name": "Greet", "body": "Greet {{name}} in {{language=French}}", "tags": "a, b"}
    assert (await client.post(PAGE, data=form, headers=headers)).status_code == 303
    (prompt,) = (await client.get(PROMPTS, headers=owner.headers)).json()
    path = f"{PAGE}/{prompt['id']}"
    page = await read(client, owner, path)
    assert "\nFrench</textarea>" in page
    refused = await client.post(f"{path}/ask", data={"value": ["", "Dutch"]}, headers=headers)
    assert "“name” is not filled in" in refused.text
    scene.model.then(Say("Bonjour"))
    asked = await client.post(f"{path}/ask", data={"value": ["Ann", ""]}, headers=headers)
    assert asked.status_code == 303, asked.text
    await scene.until_idle()
    assert scene.heard()[-1] == ("user", "Greet Ann in French")
    await client.post(path, data={**form, "name": "Hello", "shared": "true"}, headers=headers)
    assert "Hello" in await read(client, owner, f"{PAGE}?q=hel&tag=b")
    await client.post(f"{path}/delete", headers=headers)
    assert "No prompts yet" in await read(client, owner, PAGE)


def test_variables_are_asked_for_once_with_their_first_default() -> None:
    found = service.variables_in("{{ a }} {{b=1}} {{a=2}} {{b=3}} {{}} {{=x}} {{c=}}")
    assert [(each.name, each.default) for each in found] == [("a", "2"), ("b", "1"), ("c", "")]
