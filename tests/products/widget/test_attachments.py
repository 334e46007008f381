"""Files between a visitor and the people inside."""

import httpx

from besedka.core.runtime import Runtime
from tests.fakes.jobs import settled
from tests.products.widget.test_main_job import open_widget, visit, wait_for_messages

API = "/api/v1"


async def test_visitor_sends_a_file_which_calls_a_person_and_gets_one_but_no_note(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    made, key = await open_widget(runtime)
    base, visitor = await visit(client, key)
    _, stranger = await visit(client, key)
    bill = {"file": ("счёт.txt", b"Bill 17")}
    uploaded = await client.post(f"{base}/files", files=bill, headers=visitor)
    assert uploaded.status_code == 201, uploaded.text
    file = uploaded.json()["id"]
    written = {"key": "1", "attachments": [file]}
    stolen = await client.post(f"{base}/messages", json=written, headers=stranger)
    assert stolen.json()["code"] == "file_not_found"
    sent = (await client.post(f"{base}/messages", json=written, headers=visitor)).json()
    assert sent["attachments"][0]["name"] == "счёт.txt"
    _, called = await wait_for_messages(client, base, visitor, count=2)
    assert "Файлы я не читаю" in str(called["body"])
    staff = f"{API}/messages/{sent['id']}/attachments/{file}"
    assert (await client.get(staff, headers=made.headers)).content == b"Bill 17"

    own = await client.post(f"{API}/files/upload", files={"file": ("ответ.txt", b"Paid")}, headers=made.headers)  # fmt: skip
    note = await client.post(f"{API}/files/upload", files={"file": ("note.txt", b"Inside")}, headers=made.headers)  # fmt: skip
    messages = []
    for visibility, each in (("public", own), ("internal", note)):
        reply = {"key": visibility, "attachments": [each.json()["id"]], "visibility": visibility}
        answer = await client.post(f"{API}/dialogs/{sent['chat']}/reply", json=reply, headers=made.headers)  # fmt: skip
        assert answer.status_code == 201, answer.text
        messages.append((answer.json()["id"], each.json()["id"]))
    seen = [
        await client.get(f"{base}/messages/{message}/attachments/{each}", headers=visitor)
        for message, each in messages
    ]
    assert [each.status_code for each in seen] == [200, 404]
    assert seen[0].content == b"Paid"
    message, each = messages[0]
    other = await client.get(f"{base}/messages/{message}/attachments/{each}", headers=stranger)
    assert other.status_code == 404
    await settled(runtime)


async def test_blocked_visitor_can_neither_write_nor_upload_nor_call_a_person(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    made, key = await open_widget(runtime)
    base, visitor = await visit(client, key)
    asked = {"key": "1", "body": "Сколько стоит доставка?"}
    sent = (await client.post(f"{base}/messages", json=asked, headers=visitor)).json()
    await wait_for_messages(client, base, visitor, count=2)
    contact = sent["sender"]["id"]
    await client.put(f"{API}/contacts/{contact}/block", headers=made.headers)
    again = await client.post(f"{base}/messages", json=asked | {"key": "2"}, headers=visitor)
    assert (again.status_code, again.json()["code"]) == (403, "contact_blocked")
    assert "свяжитесь с компанией" in again.json()["detail"]
    assert (await client.post(f"{base}/person", headers=visitor)).status_code == 403
    bill = {"file": ("x.txt", b"x")}
    assert (await client.post(f"{base}/files", files=bill, headers=visitor)).status_code == 403
