"""Ready replies: whose they are, what they may name, what they say in a dialog."""

from uuid import uuid4

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from tests.factories import Made, MadeWorkspace, make_person, make_workspace
from tests.kernel.realtime.rooms import make_dialog

CANNED = "/api/v1/canned-replies"


async def make(client: httpx.AsyncClient, who: Made, **given: object) -> httpx.Response:
    """Make a ready reply."""
    body = {"name": "hello", "body_en": "Hello"} | given
    return await client.post(CANNED, json=body, headers=who.headers)


async def names(client: httpx.AsyncClient, who: Made) -> list[str]:
    """What somebody's list holds."""
    found = await client.get(CANNED, headers=who.headers)
    return [each["name"] for each in found.json()]


async def test_own_replies_are_nobody_elses_and_shared_ones_are_for_administrators(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    operator, other = [await make_person(runtime, workspace) for _ in range(2)]
    own = (await make(client, operator, name="mine")).json()
    shared = (await make(client, workspace.owner, name="all", shared=True)).json()
    assert (await names(client, operator), await names(client, other)) == (["all", "mine"], ["all"])
    refused = await make(client, operator, name="x", shared=True)
    assert (refused.status_code, refused.json()["code"]) == (403, "desk_not_for_sharing")
    changed = {"name": "all", "body_en": "x", "shared": True}
    for who, canned, status in ((operator, shared, 403), (other, own, 404)):
        path = f"{CANNED}/{canned['id']}"
        answer = await client.patch(path, json=changed, headers=who.headers)
        gone = await client.delete(path, headers=who.headers)
        assert (answer.status_code, gone.status_code) == (status, status)
    assert (await client.delete(f"{CANNED}/{own['id']}", headers=operator.headers)).status_code == 204  # fmt: skip
    assert await names(client, operator) == ["all"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"body_en": "Hi {{contact.age}}"}, "canned_unknown_variable"),
        ({"body_en": " "}, "canned_empty"),
        ({"name": "HELLO"}, "canned_taken"),
    ],
)
async def test_bad_reply_is_refused_when_it_is_saved(
    client: httpx.AsyncClient, runtime: Runtime, given: dict[str, str], code: str
) -> None:
    workspace = await make_workspace(runtime)
    await make(client, workspace.owner)
    refused = await make(client, workspace.owner, **{"name": "x"} | given)
    assert refused.json()["code"] == code


async def test_reply_is_filled_in_the_language_of_the_dialog_and_only_once(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    async with runtime.db.fast.transaction(workspace.id) as conn:
        contact = await conversations.create_contact(conn, name="Вера {{dialog.id}}")
        dialog = await conversations.create_dialog(
            runtime, conn, contact=contact.id, meta={"locale": "ru"}
        )
    given = {"body_ru": "{{ contact.name }}, это {{operator.name}}", "body_en": "Hi"}
    made = (await make(client, workspace.owner, **given)).json()

    async def filled(chat: object) -> httpx.Response:
        path = f"{CANNED}/{made['id']}/filled?dialog={chat}"
        return await client.get(path, headers=workspace.headers)

    assert (await filled(dialog.id)).json() == {"body": "Вера {{dialog.id}}, это Olga Owner"}
    english, _ = await make_dialog(runtime, workspace)
    assert (await filled(english.id)).json() == {"body": "Hi"}
    assert (await filled(uuid4())).status_code == 404


async def test_table_goes_out_and_comes_back_whole_or_not_at_all(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace, elsewhere = await make_workspace(runtime), await make_workspace(runtime)
    await make(client, workspace.owner, name="sum", body_en='=1+1, "quoted"\nline', shared=True)
    table = (await client.get(f"{CANNED}/export", headers=workspace.headers)).text
    assert "'=1+1" in table
    assert await _import(client, elsewhere, table) == 200
    assert await _import(client, elsewhere, table) == 200
    back = (await client.get(CANNED, headers=elsewhere.headers)).json()
    assert [(each["name"], each["body_en"]) for each in back] == [("sum", '=1+1, "quoted"\nline')]
    assert await _import(client, elsewhere, "name,ru,en\na,b,c\nd,,{{nothing}}") == 422
    assert await _import(client, elsewhere, "a,b\n1,2") == 422
    assert await names(client, elsewhere.owner) == ["sum"]


async def _import(client: httpx.AsyncClient, workspace: MadeWorkspace, table: str) -> int:
    body = {"table": table, "shared": True}
    answer = await client.post(f"{CANNED}/import", json=body, headers=workspace.headers)
    return answer.status_code
