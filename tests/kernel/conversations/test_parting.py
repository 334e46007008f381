"""Contacts who were merged and turn out to be two after all."""

from typing import Any, TypeAlias
from uuid import UUID

import httpx
import pytest

from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.repository.blocking import BlockingRepository
from besedka.kernel.conversations.types import ContactIdentity, ParticipantRole
from tests.factories import MadeWorkspace, make_workspace
from tests.kernel.conversations.test_contacts import CONTACTS, make_contact, merge
from tests.kernel.realtime.rooms import make_dialog
from tests.products.widget.test_main_job import open_widget, visit

Json: TypeAlias = Any
PAGE = {"Accept": "text/html", "Accept-Language": "en"}


async def card(client: httpx.AsyncClient, place: MadeWorkspace, contact: ActorId) -> Json:
    """Return what is known of a contact."""
    answer = await client.get(f"{CONTACTS}/{contact}", headers=place.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def undo(
    client: httpx.AsyncClient, place: MadeWorkspace, survivor: ActorId, other: ActorId
) -> httpx.Response:
    """Take a contact out of another one again."""
    return await client.post(
        f"{CONTACTS}/{survivor}/merge/undo", json={"contact": str(other)}, headers=place.headers
    )


async def test_undone_merge_gives_back_what_both_had_and_keeps_what_came_since(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    vera = await make_contact(runtime, place, "Vera")
    anna = await make_contact(
        runtime, place, "Anna", email="anna@example.com", phone="+7999",
        identity=ContactIdentity("email", "anna@example.com", verified=True),
    )  # fmt: skip
    assert (await merge(client, place, vera, anna)).status_code == 200
    (told,) = (await card(client, place, vera))["merged"]
    assert (told["contact"]["id"], told["contact"]["name"]) == (str(anna), "Anna")
    await client.patch(f"{CONTACTS}/{vera}", json={"phone": "+7111"}, headers=place.headers)
    parted = await undo(client, place, vera, anna)
    assert (parted.status_code, parted.json()["id"]) == (200, str(anna))
    one, two = await card(client, place, vera), await card(client, place, anna)
    assert (one["name"], one["email"], one["phone"]) == ("Vera", None, "+7111")
    assert (two["name"], two["email"], two["phone"]) == ("Anna", "anna@example.com", "+7999")
    assert (one["identities"], len(two["identities"]), one["merged"]) == ([], 1, [])
    again = await undo(client, place, vera, anna)
    assert (again.status_code, again.json()["code"]) == (404, "contact_not_merged")


async def test_visitor_and_dialog_go_back_on_the_page(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place, key = await open_widget(runtime)
    vera = await make_contact(runtime, place, "Vera")
    base, visitor = await visit(client, key)
    first = await client.post(
        f"{base}/messages", json={"key": "1", "body": "hello"}, headers=visitor
    )
    other = ActorId(UUID(first.json()["sender"]["id"]))
    assert (await merge(client, place, vera, other)).status_code == 200
    async with runtime.db.fast.acquire(place.id) as conn:
        (dialog,) = await service.list_dialogs(conn, contact=vera)
    headers = {**place.headers, **PAGE}
    page = await client.get(f"/dashboard/inbox/{dialog.id}?pane=context", headers=headers)
    assert "Merged into this contact" in page.text
    done = await client.post(
        f"/dashboard/contacts/{vera}/merge/undo", headers=headers,
        data={"contact": str(other), "dialog": str(dialog.id)},
    )  # fmt: skip
    assert done.status_code == 303
    wrote = await client.post(f"{base}/messages", json={"key": "2", "body": "me"}, headers=visitor)
    assert (wrote.status_code, wrote.json()["sender"]["id"]) == (201, str(other))
    async with runtime.db.fast.acquire(place.id) as conn:
        assert await service.list_dialogs(conn, contact=vera) == []
        (back,) = await service.list_dialogs(conn, contact=other)
    assert back.id == dialog.id


async def test_merges_one_upon_another_are_undone_in_any_order(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    known = ContactIdentity("email", "a@example.com", verified=True)
    a = await make_contact(runtime, place, "A", identity=known)
    b = await make_contact(runtime, place, "B", phone="+7222")
    c = await make_contact(runtime, place, "C")
    await merge(client, place, b, a)
    await merge(client, place, c, b)
    assert (await undo(client, place, c, b)).status_code == 200
    assert (await card(client, place, a))["id"] == str(b)
    assert [each["external_id"] for each in (await card(client, place, b))["identities"]] == [
        "a@example.com"
    ]
    assert (await undo(client, place, b, a)).status_code == 200
    cards = [await card(client, place, each) for each in (a, b, c)]
    assert [each["name"] for each in cards] == ["A", "B", "C"]
    assert [len(each["identities"]) for each in cards] == [1, 0, 0]
    assert [each["phone"] for each in cards] == [None, "+7222", None]


async def test_two_of_one_dialog_are_two_participants_again(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    dialog, one = await make_dialog(runtime, place)
    two = await make_contact(runtime, place, "Two")
    async with runtime.db.fast.transaction(place.id) as conn:
        await service.add_participant(
            runtime, conn, dialog.id, actor=two, role=ParticipantRole.CONTACT
        )
    await merge(client, place, one, two)
    assert (await undo(client, place, one, two)).status_code == 200
    async with runtime.db.fast.acquire(place.id) as conn:
        people = await service.list_participants(conn, dialog.id)
    assert {each.actor.id for each in people} == {one, two}


@pytest.mark.parametrize("who", ["survivor", "merged"])
async def test_block_of_before_goes_back_and_one_of_since_holds_for_both(
    client: httpx.AsyncClient, runtime: Runtime, who: str
) -> None:
    place = await make_workspace(runtime)
    one = await make_contact(runtime, place, "One")
    two = await make_contact(runtime, place, "Two")
    blocked = one if who == "survivor" else two
    await client.put(f"{CONTACTS}/{blocked}/block", headers=place.headers)
    await merge(client, place, one, two)
    await undo(client, place, one, two)
    async with runtime.db.fast.acquire(place.id) as conn:
        held = [await BlockingRepository(conn).is_blocked(each) for each in (one, two)]
    assert held == [who == "survivor", who == "merged"]
    await merge(client, place, one, two)
    await client.delete(f"{CONTACTS}/{one}/block", headers=place.headers)
    await undo(client, place, one, two)
    async with runtime.db.fast.acquire(place.id) as conn:
        assert not any([await BlockingRepository(conn).is_blocked(each) for each in (one, two)])


async def test_after_thirty_days_and_after_erasure_nothing_is_undone(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    one = await make_contact(runtime, place, "One")
    two = await make_contact(runtime, place, "Two")
    three = await make_contact(runtime, place, "Three")
    await merge(client, place, one, two)
    async with runtime.db.fast.acquire(place.id) as conn:
        await conn.execute(
            "UPDATE contact SET merged_at = merged_at - interval '31 days' WHERE id = $1", two
        )
    assert (await card(client, place, one))["merged"] == []
    assert (await undo(client, place, one, two)).status_code == 404
    await service.purge_trash(runtime)
    async with runtime.db.fast.acquire(place.id) as conn:
        kept = await conn.fetchval("SELECT merged_was FROM contact WHERE id = $1", two)
    assert kept is None
    await merge(client, place, one, three)
    await client.delete(f"{CONTACTS}/{one}", headers=place.headers)
    assert (await undo(client, place, one, three)).status_code == 404
