"""What is about to be missed, on top of the list."""

from typing import Any

from besedka.kernel.conversations.types import DialogState
from tests.fakes.jobs import settled
from tests.kernel.promises.helpers import promise
from tests.products.inbox.places import API, Place
from tests.products.inbox.test_pages import HOME, open_desk


async def listed(place: Place, query: str) -> list[str]:
    return [row["id"] for row in await place.ask("GET", f"/dialogs?{query}")]


async def test_what_is_due_first_stands_first_and_pages_go_on(place: Place) -> None:
    nothing, _ = await place.dialog(DialogState.PENDING)
    await promise(place.runtime, place.made, first=10, reply=20, resolution=None)
    first, contact = await place.dialog()
    second, _ = await place.dialog()
    await place.ask("POST", f"/dialogs/{first}/reply", {"key": "1", "body": "Yes?"})
    await place.write(first, contact)
    assert await listed(place, "sort=due") == [second, first, nothing]
    seen, path = list[str](), "/dialogs?sort=due&limit=1"
    for _ in range(3):
        page = await place.send("GET", path)
        rows: list[dict[str, Any]] = page.json()
        seen += [row["id"] for row in rows]
        path = page.headers["Link"].split(">")[0][1:].removeprefix(API)
    assert seen == [second, first, nothing]
    assert (await place.send("GET", path)).json() == []
    # What is answered is not due any more.
    await place.ask("POST", f"/dialogs/{second}/reply", {"key": "2", "body": "Here"})
    due = {row["id"]: row["due_at"] for row in await place.ask("GET", "/dialogs?sort=due")}
    assert [due[second], due[nothing], bool(due[first])] == [None, None, True]


async def test_priority_changes_what_is_promised_and_moves_the_dialog_up(place: Place) -> None:
    await promise(place.runtime, place.made, first=60, resolution=None)
    made = await place.ask(
        "POST", "/sla/policies", {"name": "Urgent", "priority": "urgent", "first": 5, "by_hours": False}
    )  # fmt: skip
    assert (made["label_id"], made["priority"]) == (None, "urgent")
    for_all = await place.send("POST", "/sla/policies", {"name": "All", "first": 5})
    assert (for_all.status_code, for_all.json()["code"]) == (422, "policy_for_all")
    a, _ = await place.dialog()
    b, _ = await place.dialog()
    assert await listed(place, "sort=due") == [a, b]
    await place.ask("PATCH", f"/dialogs/{b}", {"priority": "urgent"})
    assert await listed(place, "sort=due") == [b, a]
    await place.ask("DELETE", f"/sla/policies/{made['id']}")
    await settled(place.runtime)
    assert await listed(place, "sort=due") == [a, b]


async def test_order_is_offered_first_once_something_is_promised(place: Place) -> None:
    def offered(page: str) -> list[str]:
        select = page.split('name="sort"')[1].split("</select>", maxsplit=1)[0]
        return [part.split('"')[0] for part in select.split('value="')[1:]]

    desk = await open_desk(place)
    before = offered(await desk.get(HOME))
    await promise(place.runtime, place.made)
    assert before == ["newest", "waiting", "priority"]
    assert offered(await desk.get(HOME)) == ["due", *before]
