"""Junk in every part of every request: it is refused in words that are declared, and never breaks the server."""

import httpx
import pytest

from besedka.core.runtime import Runtime
from tests.attacks.company import API, calm, furnish, twin
from tests.attacks.junk import KEPT
from tests.attacks.thrower import ATTACKS, Attack, make_thrower

SHARE = 23


@pytest.mark.parametrize("attack", ATTACKS)
async def test_junk_never_breaks_the_server(
    runtime: Runtime, client: httpx.AsyncClient, attack: Attack
) -> None:
    thrower = await make_thrower(runtime, client, every=SHARE)
    await attack(thrower)
    assert thrower.thrown > 20
    assert not thrower.broken, thrower.report()


async def test_odd_words_are_kept_as_they_are(runtime: Runtime, client: httpx.AsyncClient) -> None:
    company = await furnish(runtime, client)
    ids, owner = company.ids, company.owner.headers
    # Not names of people: they lose what does not show, so that nobody looks like another. Titles are one line.

    async def kept(method: str, path: str, field: str, word: str, **more: object) -> object:
        response = await client.request(
            method, API + path, json={field: word, **more}, headers=owner
        )
        assert response.is_success, response.text
        return response.json()[field]

    changed = []
    for word in KEPT:
        seen = {
            "message": await kept("POST", f"/chats/{ids['chat']}/messages", "body", word),
            "title": await kept("PATCH", f"/chats/{ids['chat']}", "title", word),
            "assistant": await kept("PATCH", f"/assistants/{ids['assistant']}", "name", word),
            "prompt": await kept("PATCH", f"/assistants/{ids['assistant']}", "instructions", word),
            "document": await kept(
                "POST", "/documents", "title", word, kind="text", body="Some words.",
                collection_id=ids["collection"],
            ),
        }  # fmt: skip
        wanted = dict.fromkeys(seen, word) | {"document": " ".join(word.split())}
        changed += [
            f"{where}: {word!r} -> {seen[where]!r}"
            for where in seen
            if seen[where] != wanted[where]
        ]
    assert changed == []


@pytest.mark.parametrize("collection", ["missing", "foreign", "no id"])
async def test_refused_document_leaves_no_file_behind(
    runtime: Runtime, client: httpx.AsyncClient, collection: str
) -> None:
    company, other = await furnish(runtime, client), await furnish(runtime, client)
    wanted = {"missing": twin(company.ids["collection"]), "foreign": other.ids["collection"]}
    (before,) = await calm(runtime, company.id)
    response = await client.post(
        f"{API}/documents/files",
        files={"file": ("planted.txt", b"Planted words.", "text/plain")},
        data={"collection_id": wanted.get(collection, collection)},
        headers=company.owner.headers,
    )
    assert response.status_code in {404, 422}
    (after,) = await calm(runtime, company.id)
    assert [name for name in after if name != "job" and after[name] != before[name]] == []
