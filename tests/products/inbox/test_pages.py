"""The inbox's pages without a script: the same things by forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest

from besedka.core.ids import ActorId, new_id
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ContactIdentity
from tests.factories import Made, make_person
from tests.fakes.jobs import settled
from tests.kernel.accounts.helpers import by_cookie, cookie_of
from tests.products.inbox.places import Place
from tests.products.widget.test_main_job import open_widget

HOME = "/dashboard/inbox"


@dataclass(frozen=True)
class Desk:
    """A person's browser without scripts."""

    place: Place
    headers: Mapping[str, str]

    async def get(self, path: str) -> str:
        page = await self.place.client.get(path, headers=self.headers)
        assert page.status_code == 200, page.text
        return page.text

    async def post(self, path: str, **fields: object) -> httpx.Response:
        return await self.place.client.post(path, data=fields, headers=self.headers)


async def open_desk(place: Place, who: Made | None = None) -> Desk:
    person = who or place.made.owner
    cookie = await cookie_of(place.runtime, person.email)
    return Desk(place, {**by_cookie(cookie), "Accept-Language": "en"})


@pytest.fixture
async def desk(place: Place) -> Desk:
    return await open_desk(place)


def flash(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.cookies.get("besedka_flash") or ""


async def test_dialog_is_moved_by_forms_and_who_is_late_is_told(place: Place, desk: Desk) -> None:
    colleague = await make_person(place.runtime, place.made, name="Kolya")
    dialog, _ = await place.dialog()
    at = f"{HOME}/{dialog}"
    assert "window-snooze" in await desk.get(at)
    assert flash(await desk.post(f"{at}/take", epoch=1)) == "inbox.done_take"
    assert flash(await desk.post(f"{at}/unassign", epoch=1)) == "inbox.too_late"
    assert (await place.read(dialog))["assignee"]["name"] == "Olga Owner"
    given = {"target": f"person:{colleague.actor_id}", "note": "Yours", "epoch": 2}
    assert flash(await desk.post(f"{at}/transfer", **given)) == "inbox.done_transfer"
    assert (await place.read(dialog))["assignee"]["name"] == "Kolya"
    assert flash(await desk.post(f"{at}/priority", priority="high")) == "inbox.done_priority"
    snoozed = await desk.post(f"{at}/snooze", when="", date="2027-01-11T09:00", zone="Asia/Tokyo")
    assert flash(snoozed) == "inbox.done_snooze"
    found = await place.read(dialog)
    assert (found["snoozed_until"], found["priority"]) == ("2027-01-11T00:00:00+00:00", "high")
    assert "Vera" in await desk.get(f"{HOME}?state=snoozed")
    assert flash(await desk.post(f"{at}/reopen")) == "inbox.done_reopen"
    assert flash(await desk.post(f"{at}/snooze", when="never")) == "inbox.refused"
    await desk.post(f"{at}/resolve")
    assert flash(await desk.post(f"{at}/snooze", when="hour")) == "errors.wrong_state"


async def test_sole_operator_is_offered_teams_and_the_queue_but_not_themselves(
    place: Place, desk: Desk
) -> None:
    dialog, _ = await place.dialog()
    at, mine = f"{HOME}/{dialog}", f'"person:{place.made.owner.actor_id}"'
    page = await desk.get(at)
    assert "Nobody else answers dialogs yet." in page
    window = page.partition('id="window-transfer"')[2].partition("</dialog>")[0]
    assert ("queue:" in window, "person:" in window) == (True, False)
    assert page.count(mine) == 1, "to take many, and never to hand to oneself"
    await desk.post(f"{at}/take")
    handed = await desk.post(f"{at}/transfer", target="queue:", note="Lunch")
    assert flash(handed) == "inbox.done_transfer"
    found = await place.read(dialog)
    assert (found["state"], found["assignee"], found["preview"]) == ("open", None, "Lunch")
    await make_person(place.runtime, place.made, name="Kolya")
    page = await desk.get(at)
    assert page.count("○ Kolya") == 2
    assert "Nobody else" not in page


async def test_labels_are_ticked_and_made_in_passing(place: Place, desk: Desk) -> None:
    old = await place.ask("POST", "/labels", {"name": "Old"})
    dialog, _ = await place.dialog()
    await place.ask("PUT", f"/chats/{dialog}/labels/{old['id']}")
    window = await desk.get(f"{HOME}/{dialog}")
    assert 'name="new_colour" type="color" value="#dc2626"' in window, "another than before"
    made = await desk.post(f"{HOME}/{dialog}/labels", new_label="Refund", new_colour="#db2777")
    assert flash(made) == "inbox.done_labels"
    (label,) = (await place.read(dialog))["labels"]
    labels = {each["id"]: each for each in await place.ask("GET", "/labels")}
    assert (labels[label]["name"], labels[label]["colour"]) == ("Refund", "#db2777")
    assert 'fill="#db2777"' in (await desk.get(HOME)).partition("item__labels")[2]
    page = await desk.get(f"{HOME}?state=open&label={label}")
    assert f'name="ids" value="{dialog}"' in page
    assert 'name="ids"' not in await desk.get(f"{HOME}?state=open&label={old['id']}")


async def test_address_with_nonsense_shows_what_can_be_shown(place: Place, desk: Desk) -> None:
    dialog, _ = await place.dialog()
    page = await desk.get(
        f"{HOME}?state=nowhere&team=x&sort=best&limit=9999&cursor=zz&unassigned=true"
    )
    assert dialog in page


async def test_many_are_changed_and_the_page_says_how_many_were_refused(
    place: Place, desk: Desk
) -> None:
    made = [(await place.dialog())[0] for _ in range(3)]
    await place.ask("POST", f"/dialogs/{made[2]}/resolve")
    page = await desk.post(f"{HOME}/many", ids=made, what="snooze:tomorrow", zone="Europe/Moscow")
    assert "Dialogs changed: 2." in page.text
    assert "Refused: 1." in page.text
    assert [(await place.read(each))["state"] for each in made] == [
        "snoozed",
        "snoozed",
        "resolved",
    ]
    whole = await desk.post(f"{HOME}/many", every="true", query="state=snoozed", what="resolve")
    assert "Dialogs changed: 2." in whole.text
    assert (await place.read(made[0]))["state"] == "resolved"
    assert flash(await desk.post(f"{HOME}/many", ids=made, what="explode")) == "inbox.refused"


async def test_view_is_saved_as_the_list_is_shown(place: Place, desk: Desk) -> None:
    colleague = await make_person(place.runtime, place.made)
    query = "state=open&unassigned=true&sort=waiting"
    saved = await desk.post(f"{HOME}/views", name="Free ones", is_shared="true", query=query)
    assert flash(saved) == "inbox.view_saved"
    assert flash(await desk.post(f"{HOME}/views", name=" ", query="")) == "inbox.view_unnamed"
    other = await open_desk(place, colleague)
    page = await other.get(HOME)
    assert "Free ones" in page
    assert (
        'href="' + f"/w/{place.made.slug}{HOME}?state=open&amp;unassigned=true&amp;sort=waiting"
        in page
    )
    (view,) = await place.ask("GET", "/inbox/views")
    gone = await desk.post(f"{HOME}/views/{view['id']}/delete")
    assert flash(gone) == "inbox.view_deleted"


async def test_person_goes_away_and_comes_back(place: Place, desk: Desk) -> None:
    assert flash(await desk.post(f"{HOME}/away", away="true")) == "inbox.is_away"
    assert "You are away" in await desk.get(HOME)
    (me,) = await place.ask("GET", "/operators")
    assert me["is_away"] is True
    assert flash(await desk.post(f"{HOME}/away", away="false")) == "inbox.is_back"
    assert "You are away" not in await desk.get(HOME)


async def test_teams_are_made_changed_and_deleted_in_settings(place: Place, desk: Desk) -> None:
    path = "/dashboard/settings/teams"
    assert "There are no teams yet" in await desk.get(path)
    me = str(place.made.owner.actor_id)
    made = await desk.post(path, name="Repairs", mode="load", is_default="true", members=[me])
    assert flash(made) == "inbox.saved"
    (team,) = await place.ask("GET", "/teams")
    assert (team["mode"], team["is_default"], team["members"]) == ("load", True, [me])
    assert "Who has the fewest" in await desk.get(path)
    again = await desk.post(path, name="repairs")
    assert (again.status_code, "There is a team of this name already" in again.text) == (409, True)
    assert 'id="name-new" name="name" maxlength="80" required value="repairs"' in again.text
    assert flash(await desk.post(path, name="")) == "inbox.team_unnamed"
    await desk.post(f"{path}/{team['id']}", name="Fixing", mode="manual")
    (team,) = await place.ask("GET", "/teams")
    assert (team["name"], team["mode"], team["members"]) == ("Fixing", "manual", [])
    await desk.post(f"{path}/people/{me}", capacity="3", is_away="true")
    (person,) = await place.ask("GET", "/operators")
    assert (person["capacity"], person["is_away"]) == (3, True)
    assert flash(await desk.post(f"{path}/{team['id']}/delete")) == "inbox.team_deleted"
    operator = await open_desk(place, await make_person(place.runtime, place.made))
    refused = await place.client.get(path, headers=operator.headers)
    assert refused.status_code == 403
    assert "settings/teams" not in await operator.get("/dashboard/settings")


async def test_person_writes_first_and_the_widget_shows_it(place: Place) -> None:
    made, key = await open_widget(place.runtime)
    here = Place(place.runtime, place.client, made)
    began = await place.client.post(f"/api/v1/widget/{key}/session", json={"locale": "en"})
    token = {"Authorization": f"Bearer {began.json()['visitor']}"}
    contact = began.json()["contact"]
    desk = await open_desk(here)
    assert contact in await desk.get(f"{HOME}/new")
    card = {"name": "Vera Orlova", "email": "vera@shop.example"}
    await here.ask("PATCH", f"/contacts/{contact}", card)
    assert contact in await desk.get(f"{HOME}/new?q=orlov")
    assert contact not in await desk.get(f"{HOME}/new?q=petrov")
    empty = await desk.post(f"{HOME}/new", contact=contact, body=" ")
    assert empty.status_code == 422
    sent = await desk.post(f"{HOME}/new", contact=contact, body="Your part is here.")
    assert sent.status_code == 303
    dialog = sent.headers["location"].rpartition("/")[2]
    assert (await here.read(dialog))["meta"]["channel"] == "widget"
    account = ContactIdentity("signed", f"{new_id()}:user-17", verified=True)
    async with place.runtime.db.fast.transaction(made.id) as conn:
        await conversations.add_identity(conn, ActorId(UUID(contact)), account)
    pane = await desk.get(f"{HOME}/{dialog}")
    assert "Account on the site" in pane
    assert (pane.count("user-17"), pane.count(":user-17")) == (1, 0)
    await settled(place.runtime)
    shown = await place.client.get(f"/api/v1/widget/{key}/messages", headers=token)
    assert [each["body"] for each in shown.json()] == ["Your part is here."]
    twice = await desk.post(f"{HOME}/new", contact=contact, body="Again")
    assert (twice.status_code, "Write there" in twice.text) == (409, True)


async def test_recruiter_sees_no_inbox(place: Place) -> None:
    recruiter = await make_person(place.runtime, place.made, role=Role.RECRUITER)
    desk = await open_desk(place, recruiter)
    for path in (HOME, f"{HOME}/new"):
        assert (await place.client.get(path, headers=desk.headers)).status_code == 403


async def test_lists_of_people_say_who_is_there(place: Place, desk: Desk) -> None:
    colleague = await make_person(place.runtime, place.made)
    dialog, _ = await place.dialog()
    await place.arrive(colleague)
    page = await desk.get("/dashboard/settings/teams")
    assert (page.count("dot--on"), page.count("dot--off")) == (1, 1)
    await place.ask("PATCH", f"/operators/{colleague.actor_id}", {"is_away": True})
    assert "dot--away" in await desk.get("/dashboard/settings/teams")
    window = (await desk.get(f"{HOME}/{dialog}")).split('value="person:')
    assert "◐" in {each.split(">")[1].split(" ")[0] for each in window[1:]}
