"""States of dialogs: put off, woken, opened again, handed over, given back; of two people at once one wins."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI

from besedka.core import clock
from besedka.core.errors import InvalidInput
from besedka.core.ids import new_id
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations.types import ConversationId, DialogState, Snooze
from besedka.products.inbox import service
from tests.factories import make_person
from tests.fakes.jobs import settled
from tests.kernel.realtime.client import connect
from tests.products.inbox.places import Place


async def test_snoozed_dialog_is_woken_by_its_job_exactly_once(place: Place, app: FastAPI) -> None:
    dialog, _ = await place.dialog()
    until = clock.now() + timedelta(milliseconds=300)
    async with connect(app, place.made.owner) as colleague:
        await colleague.hello(inbox=True)
        put_off = await place.ask("POST", f"/dialogs/{dialog}/snooze", {"until": until.isoformat()})
        assert put_off["state"] == "snoozed"
        assert datetime.fromisoformat(put_off["snoozed_until"]) == until
        assert (await colleague.next("inbox"))["data"]["state"] == "snoozed"
        assert (await colleague.next("inbox"))["data"]["state"] == "open"
    await settled(place.runtime)
    woken = await place.read(dialog)
    assert (woken["epoch"], woken["snoozed_until"]) == (put_off["epoch"] + 1, None)
    again = await service.wake(
        place.runtime, place.made.id, ConversationId(UUID(dialog)), epoch=put_off["epoch"]
    )
    assert again is False
    assert (await place.read(dialog))["epoch"] == woken["epoch"]


async def test_visitor_who_writes_wakes_the_dialog_for_its_person_at_once(place: Place) -> None:
    dialog, contact = await place.dialog()
    await place.ask("POST", f"/handoff/{dialog}/take")
    put_off = await place.ask("POST", f"/dialogs/{dialog}/snooze", {"choice": "hour"})
    await place.write(dialog, contact)
    found = await place.read(dialog)
    assert found["state"] == "open"
    assert found["assignee"]["name"] == "Olga Owner"
    late = await service.wake(
        place.runtime, place.made.id, ConversationId(UUID(dialog)), epoch=put_off["epoch"]
    )
    assert late is False


async def test_resolved_dialog_without_an_assistant_waits_for_people_when_the_visitor_writes(
    place: Place,
) -> None:
    dialog, contact = await place.dialog()
    await place.ask("POST", f"/dialogs/{dialog}/resolve")
    assert (await place.send("POST", f"/dialogs/{dialog}/snooze", {"choice": "hour"})).json()[
        "code"
    ] == "wrong_state"
    await place.write(dialog, contact)
    found = await place.read(dialog)
    assert (found["state"], found["assignee"]) == ("open", None)
    assert found["waiting_since"] is not None


async def test_operator_opens_a_resolved_dialog_again_as_their_own(place: Place) -> None:
    dialog, _ = await place.dialog()
    refused = await place.send("POST", f"/dialogs/{dialog}/reopen")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    await place.ask("POST", f"/dialogs/{dialog}/resolve")
    opened = await place.ask("POST", f"/dialogs/{dialog}/reopen")
    assert (opened["state"], opened["assignee"]["name"]) == ("open", "Olga Owner")


async def test_dialog_is_handed_to_a_person_and_to_a_team_with_a_note(place: Place) -> None:
    colleague = await make_person(place.runtime, place.made)
    stranger = await make_person(place.runtime, place.made, role=Role.MEMBER)
    team = await place.ask("POST", "/teams", {"name": "Repairs"})
    dialog, _ = await place.dialog()
    handed = await place.ask(
        "POST",
        f"/dialogs/{dialog}/transfer",
        {"assignee": str(colleague.actor_id), "note": "She waits for the **part**."},
    )
    assert (handed["assignee"]["id"], handed["preview_internal"]) == (
        str(colleague.actor_id),
        True,
    )
    queued = await place.ask("POST", f"/dialogs/{dialog}/transfer", {"team": team["id"]})
    assert (queued["assignee"], queued["team_id"], queued["state"]) == (None, team["id"], "open")
    for target in ({"assignee": str(stranger.actor_id)}, {"team": str(new_id())}):
        refused = await place.send("POST", f"/dialogs/{dialog}/transfer", target)
        assert refused.status_code == 404
    assert (await place.send("POST", f"/dialogs/{dialog}/transfer", {})).status_code == 422


async def test_of_two_operators_at_once_one_wins_and_the_other_is_told(place: Place) -> None:
    colleague = await make_person(place.runtime, place.made)
    for path, body in (
        ("/handoff/{}/take", {}),
        ("/dialogs/{}/snooze", {"choice": "hour"}),
        ("/dialogs/{}/transfer", {"assignee": str(colleague.actor_id), "note": "For you"}),
        ("/dialogs/{}/unassign", {}),
        ("/handoff/{}/return", {}),
        ("/dialogs/{}/resolve", {}),
    ):
        dialog, _ = await place.dialog()
        await place.let_assistant_in(dialog)
        seen = {"epoch": (await place.read(dialog))["epoch"], **body}
        answers = await asyncio.gather(
            place.send("POST", path.format(dialog), seen),
            place.send("POST", path.format(dialog), seen, who=colleague),
        )
        codes = sorted(answer.status_code for answer in answers)
        refused = next(answer for answer in answers if answer.status_code != 200)
        assert (path, codes) == (path, [200, 409])
        assert refused.json()["code"] in {"epoch_changed", "wrong_state"}


async def test_dialog_without_an_assistant_is_given_back_to_nobody(place: Place) -> None:
    dialog, _ = await place.dialog()
    refused = await place.send("POST", f"/handoff/{dialog}/return")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_assistant_here")
    assert (await place.read(dialog))["state"] == "open"


async def test_person_resolves_at_once_what_they_have_replied_to(place: Place) -> None:
    colleague = await make_person(place.runtime, place.made)
    dialog, contact = await place.dialog(DialogState.OPEN)
    seen = {"epoch": (await place.read(dialog))["epoch"]}
    path = f"/dialogs/{dialog}/resolve"
    await place.ask("POST", f"/dialogs/{dialog}/reply", {"key": "1", "body": "Done."})
    late = await place.send("POST", path, seen, who=colleague)
    assert (late.status_code, late.json()["code"]) == (409, "epoch_changed")
    await place.write(dialog, contact, "But wait!")
    assert (await place.send("POST", path, seen)).status_code == 409
    await place.ask("POST", f"/dialogs/{dialog}/reply", {"key": "2", "body": "Now it is."})
    assert (await place.ask("POST", path, seen))["state"] == "resolved"


async def test_reply_ends_waiting_and_a_note_does_not(place: Place) -> None:
    dialog, contact = await place.dialog(DialogState.OPEN)
    await place.ask("POST", f"/handoff/{dialog}/take")
    await place.write(dialog, contact)
    since = (await place.read(dialog))["waiting_since"]
    await place.write(dialog, contact, "Still there?")
    note = {"key": "1", "body": "I look", "visibility": "internal"}
    await place.ask("POST", f"/dialogs/{dialog}/reply", note)
    assert (await place.read(dialog))["waiting_since"] == since
    await place.ask("POST", f"/dialogs/{dialog}/reply", {"key": "2", "body": "Here I am."})
    assert (await place.read(dialog))["waiting_since"] is None


async def test_priority_changes_live_and_moves_nothing(place: Place, app: FastAPI) -> None:
    dialog, _ = await place.dialog()
    epoch = (await place.read(dialog))["epoch"]
    async with connect(app, place.made.owner) as colleague:
        await colleague.hello(inbox=True)
        changed = await place.ask("PATCH", f"/dialogs/{dialog}", {"priority": "urgent"})
        assert (changed["priority"], changed["epoch"]) == ("urgent", epoch)
        assert (await colleague.next("inbox"))["data"]["priority"] == "urgent"


async def test_person_writes_first_to_a_contact_and_owns_the_dialog(place: Place) -> None:
    old, contact = await place.dialog()
    first = {"contact": str(contact), "body": "Your part is here."}
    refused = await place.send("POST", "/dialogs", first)
    assert (refused.status_code, refused.json()["code"]) == (409, "dialog_exists")
    assert refused.json()["params"]["dialog"] == old
    await place.ask("POST", f"/dialogs/{old}/resolve")
    nothing = await place.send("POST", "/dialogs", {**first, "body": "\u200b\u0000"})
    assert nothing.status_code == 422
    made = await place.ask("POST", "/dialogs", first)
    assert (made["state"], made["assignee"]["name"]) == ("open", "Olga Owner")
    assert (made["preview"], made["contact"]["id"]) == ("Your part is here.", str(contact))
    nobody = await place.send("POST", "/dialogs", {**first, "contact": str(new_id())})
    assert nobody.status_code == 404


def test_choices_of_snoozing_are_mornings_of_the_persons_zone() -> None:
    sunday_late = datetime(2026, 11, 29, 21, 30, tzinfo=UTC)  # Monday half past midnight in Moscow
    found = {
        choice: service.moment_of(choice, zone="Europe/Moscow", now=sunday_late)
        for choice in Snooze
    }
    assert found == {
        Snooze.HOUR: datetime(2026, 11, 29, 22, 30, tzinfo=UTC),
        Snooze.TOMORROW: datetime(2026, 12, 1, 6, tzinfo=UTC),
        Snooze.NEXT_WEEK: datetime(2026, 12, 7, 6, tzinfo=UTC),
    }
    with pytest.raises(InvalidInput):
        service.moment_of(Snooze.TOMORROW, zone="Mars/Olympus", now=sunday_late)


async def test_dialog_is_not_put_off_into_the_past_or_for_ever(place: Place) -> None:
    dialog, _ = await place.dialog()
    for days in (-1, 400):
        until = (clock.now() + timedelta(days=days)).isoformat()
        refused = await place.send("POST", f"/dialogs/{dialog}/snooze", {"until": until})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert (await place.read(dialog))["state"] == "open"
