"""Who gets the next dialog: by team, in turn or by load, those who are there, never more than they take."""

import asyncio
from collections import Counter

from fastapi import FastAPI

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations import service as conversations
from besedka.products.inbox import service
from tests.factories import Made, make_person, make_workspace
from tests.fakes.jobs import eventually, settled
from tests.kernel.realtime.client import connect
from tests.products.inbox.places import Place


async def assign(place: Place) -> int:
    """Assign as the job does."""
    async with place.runtime.db.fast.transaction(place.made.id) as conn:
        return await service.assign(place.runtime, conn)


async def people(place: Place, *names: str) -> list[Made]:
    """Make operators."""
    return [await make_person(place.runtime, place.made, name=name) for name in names]


async def team(place: Place, mode: str, *members: Made, is_default: bool = True) -> str:
    """Make a team."""
    body = {
        "name": f"Team {mode}", "mode": mode, "is_default": is_default,
        "members": [str(each.actor_id) for each in members],
    }  # fmt: skip
    made = await place.ask("POST", "/teams", body)
    return str(made["id"])


async def owners(place: Place, *dialogs: str) -> list[str | None]:
    """Return who has dialogs."""
    found = [(await place.read(dialog))["assignee"] for dialog in dialogs]
    return [each and each["name"] for each in found]


async def test_dialogs_go_in_turn_to_those_of_the_team_who_are_there(place: Place) -> None:
    anna, boris, away, gone, other = await people(place, "Anna", "Boris", "Away", "Gone", "Other")
    default = await team(place, "round_robin", anna, boris, away, gone)
    await place.arrive(anna, boris, away, other)
    await place.ask("PATCH", f"/operators/{away.actor_id}", {"is_away": True}, who=away)
    made = [(await place.dialog())[0] for _ in range(4)]
    await settled(place.runtime)
    found = await owners(place, *made)
    assert Counter(found) == {"Anna": 2, "Boris": 2}
    assert found[0] != found[1] != found[2] != found[3]
    assert {(await place.read(dialog))["team_id"] for dialog in made} == {default}


async def test_dialogs_go_to_who_has_least_and_to_nobody_who_has_enough(place: Place) -> None:
    busy, free = await people(place, "Busy", "Free")
    await team(place, "load", busy, free)
    for who, capacity in ((busy, 2), (free, 3)):
        await place.ask("PATCH", f"/operators/{who.actor_id}", {"capacity": capacity})
    taken, _ = await place.dialog()
    await place.ask("POST", f"/handoff/{taken}/take", who=busy)
    made = [(await place.dialog())[0] for _ in range(5)]
    await place.arrive(busy, free)
    await assign(place)
    assert Counter(await owners(place, *made)) == {"Free": 3, "Busy": 1, None: 1}
    waiting = next(d for d, who in zip(made, await owners(place, *made), strict=True) if not who)
    await place.ask("POST", f"/dialogs/{taken}/resolve", who=busy)
    await settled(place.runtime)
    assert await owners(place, waiting) == ["Busy"]


async def test_two_assigners_at_once_give_nobody_more_than_they_take(place: Place) -> None:
    anna, boris = await people(place, "Anna", "Boris")
    await team(place, "load", anna, boris)
    for who in (anna, boris):
        await place.ask("PATCH", f"/operators/{who.actor_id}", {"capacity": 3})
    made = [(await place.dialog())[0] for _ in range(8)]
    await settled(place.runtime)
    await place.arrive(anna, boris)
    counts = await asyncio.gather(*(assign(place) for _ in range(3)))
    assert sum(counts) == 6
    assert Counter(await owners(place, *made)) == {"Anna": 3, "Boris": 3, None: 2}
    epochs = [(await place.read(dialog))["epoch"] for dialog in made]
    assert sorted(epochs) == [1, 1, 2, 2, 2, 2, 2, 2]


async def test_urgent_dialog_is_given_before_older_ones(place: Place) -> None:
    (anna,) = await people(place, "Anna")
    await team(place, "round_robin", anna)
    await place.ask("PATCH", f"/operators/{anna.actor_id}", {"capacity": 1})
    older, urgent = (await place.dialog())[0], (await place.dialog())[0]
    await place.ask("PATCH", f"/dialogs/{urgent}", {"priority": "urgent"})
    await place.arrive(anna)
    await assign(place)
    assert await owners(place, older, urgent) == [None, "Anna"]


async def test_unanswered_dialogs_of_who_went_offline_are_given_to_another(place: Place) -> None:
    anna, boris = await people(place, "Anna", "Boris")
    await team(place, "round_robin", anna, boris)
    unanswered, visitor = await place.dialog()
    answered, _ = await place.dialog()
    for dialog in (unanswered, answered):
        await place.ask("POST", f"/handoff/{dialog}/take", who=anna)
        await place.ask("POST", f"/dialogs/{dialog}/reply", {"key": "1", "body": "Hi"}, who=anna)
    await place.write(unanswered, visitor)
    await place.arrive(anna, boris)
    await service.sweep(place.runtime)
    assert await owners(place, unanswered, answered) == ["Anna", "Anna"]
    await place.vanish(anna)
    await service.sweep(place.runtime)
    assert await owners(place, unanswered, answered) == ["Boris", "Anna"]


async def test_nobody_there_leaves_dialogs_in_the_queue_until_somebody_opens_the_inbox(
    place: Place, app: FastAPI
) -> None:
    (anna,) = await people(place, "Anna")
    await team(place, "load", anna)
    dialog, _ = await place.dialog()
    await settled(place.runtime)
    assert await owners(place, dialog) == [None]

    async def taken() -> str | None:
        return (await owners(place, dialog))[0]

    async with connect(app, anna) as client:
        await client.hello(inbox=True)
        assert await eventually(taken, within=15.0) == "Anna"


async def test_who_gives_a_dialog_back_does_not_get_it_again(place: Place) -> None:
    anna, boris = await people(place, "Anna", "Boris")
    await team(place, "round_robin", anna, boris)
    await place.arrive(anna)
    dialog, _ = await place.dialog()
    await settled(place.runtime)
    assert await owners(place, dialog) == ["Anna"]
    await place.ask("POST", f"/dialogs/{dialog}/unassign", who=anna)
    await settled(place.runtime)
    assert await owners(place, dialog) == [None]
    await place.arrive(boris)
    await assign(place)
    assert await owners(place, dialog) == ["Boris"]


async def test_removed_person_leaves_teams_and_dialogs_to_others(
    place: Place, runtime: Runtime
) -> None:
    anna, boris = await people(place, "Anna", "Boris")
    made = await team(place, "round_robin", anna, boris)
    dialog, visitor = await place.dialog()
    await place.ask("POST", f"/handoff/{dialog}/take", who=anna)
    await place.write(dialog, visitor)
    await place.arrive(anna, boris)
    await place.ask("DELETE", f"/users/{anna.user_id}")
    await service.sweep(runtime)
    assert await owners(place, dialog) == ["Boris"]
    async with runtime.db.fast.acquire(place.made.id) as conn:
        found = next(t for t in await conversations.list_teams(conn) if str(t.id) == made)
    assert found.members == (boris.actor_id,)


async def test_teams_are_managed_by_administrators_and_one_is_the_default(place: Place) -> None:
    (anna,) = await people(place, "Anna")
    first = await team(place, "manual", anna)
    second = await place.ask("POST", "/teams", {"name": "Second", "is_default": True})
    found = {t["id"]: t for t in await place.ask("GET", "/teams", who=anna)}
    assert (found[first]["is_default"], found[second["id"]]["is_default"]) == (False, True)
    taken = await place.send("PATCH", f"/teams/{first}", {"name": "SECOND"})
    assert (taken.status_code, taken.json()["code"]) == (409, "team_taken")
    renamed = await place.ask("PATCH", f"/teams/{first}", {"name": "First", "members": []})
    assert (renamed["name"], renamed["members"]) == ("First", [])
    for method, path, body in (
        ("POST", "/teams", {"name": "Mine"}),
        ("PATCH", f"/teams/{first}", {"name": "Mine"}),
        ("DELETE", f"/teams/{first}", None),
        ("PATCH", f"/operators/{anna.actor_id}", {"capacity": 1}),
        ("PATCH", f"/operators/{place.made.owner.actor_id}", {"is_away": True}),
    ):
        assert (await place.send(method, path, body, who=anna)).status_code == 403
    dialog, _ = await place.dialog()
    await place.ask("POST", f"/dialogs/{dialog}/transfer", {"team": first})
    await place.ask("DELETE", f"/teams/{first}")
    assert (await place.read(dialog))["team_id"] is None


async def test_person_of_another_role_is_no_operator(place: Place) -> None:
    recruiter = await make_person(place.runtime, place.made, role=Role.RECRUITER)
    assert (await place.send("GET", "/operators", who=recruiter)).status_code == 403
    listed = await place.ask("GET", "/operators")
    assert [each["name"] for each in listed] == ["Olga Owner"]
    refused = await place.send("PATCH", f"/operators/{recruiter.actor_id}", {"is_away": True})
    assert (refused.status_code, refused.json()["code"]) == (404, "operator_not_found")


async def test_colleagues_hear_at_once_who_wants_no_new_dialogs(place: Place, app: FastAPI) -> None:
    colleague = await make_person(place.runtime, place.made)
    stranger = await make_workspace(place.runtime)
    async with connect(app, colleague) as listens, connect(app, stranger.owner) as outside:
        await listens.hello(presence=True)
        await outside.hello(presence=True)
        mine = f"/operators/{place.made.owner.actor_id}"
        await place.ask("PATCH", mine, {"is_away": True})
        told = await listens.next("operator")
        assert told["data"] == {"actor": str(place.made.owner.actor_id), "is_away": True}
        await place.ask("PATCH", mine, {"capacity": 3})
        await place.ask("PATCH", mine, {"is_away": False})
        assert (await listens.next("operator"))["data"]["is_away"] is False
        await outside.call("ping")
        assert "operator" not in {frame["type"] for frame in outside.received}
