"""Contacts who may not write; notes about them; their history."""

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.errors import ContactBlocked
from tests.factories import make_workspace
from tests.kernel.realtime.rooms import make_dialog, say, say_as_staff

CONTACTS = "/api/v1/contacts"


async def test_blocked_contact_is_refused_at_once_and_taken_again_later(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    dialog, contact = await make_dialog(runtime, workspace)
    await say(runtime, contact, dialog.id, "before", workspace=workspace)
    path = f"{CONTACTS}/{contact}/block"
    for _ in range(2):
        assert (await client.put(path, headers=workspace.headers)).status_code == 204
    with pytest.raises(ContactBlocked):
        await say(runtime, contact, dialog.id, "refused", workspace=workspace)
    await say_as_staff(runtime, workspace, dialog.id, "from inside")
    with pytest.raises(ContactBlocked):
        async with runtime.db.fast.transaction(workspace.id) as conn:
            await service.create_dialog(runtime, conn, contact=contact)
    assert (await client.delete(path, headers=workspace.headers)).status_code == 204
    await say(runtime, contact, dialog.id, "after", workspace=workspace)
    async with runtime.db.fast.acquire(workspace.id) as conn:
        deeds = await conn.fetch("SELECT action FROM audit_event WHERE action LIKE 'contact.%' ORDER BY id")  # fmt: skip
    assert [each["action"] for each in deeds] == ["contact.block", "contact.unblock"]


async def test_contact_is_changed_and_a_merge_keeps_both_notes_and_the_block(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    (first, one), (second, other) = [await make_dialog(runtime, workspace) for _ in range(2)]
    headers = workspace.headers
    change = {"name": "Vera B.", "email": "V@Example.com", "phone": "+7 (900) 1", "note": "Kind."}
    changed = (await client.patch(f"{CONTACTS}/{one}", json=change, headers=headers)).json()
    assert (changed["email"], changed["phone"], changed["note"]) == ("v@example.com", "+79001", "Kind.")  # fmt: skip
    bad = await client.patch(f"{CONTACTS}/{one}", json={"email": "nowhere"}, headers=headers)
    assert bad.status_code == 422
    gone = await client.patch(f"{CONTACTS}/{one}", json={"email": ""}, headers=headers)
    assert (gone.json()["email"], gone.json()["name"]) == (None, "Vera B.")
    await client.patch(f"{CONTACTS}/{other}", json={"note": "Slow."}, headers=headers)
    await client.put(f"{CONTACTS}/{other}/block", headers=headers)
    await say_as_staff(runtime, workspace, first.id, "newest")
    body = {"contact": str(other)}
    await client.post(f"{CONTACTS}/{one}/merge", json=body, headers=headers)
    card = (await client.get(f"{CONTACTS}/{one}", headers=headers)).json()
    assert (card["note"], card["blocked_at"] is not None) == ("Kind.\nSlow.", True)
    with pytest.raises(ContactBlocked):
        await say(runtime, one, first.id, "refused", workspace=workspace)
    history = (await client.get(f"{CONTACTS}/{one}/dialogs", headers=headers)).json()
    assert [each["id"] for each in history] == [str(first.id), str(second.id)]
    assert history[0]["preview"] == "newest"
    await client.delete(f"{CONTACTS}/{one}", headers=headers)
    erased = (await client.get(f"{CONTACTS}/{one}", headers=headers)).json()
    assert erased["note"] == ""
