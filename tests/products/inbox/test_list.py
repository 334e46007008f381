"""The list of the inbox: filters, orders, pages under live changes, saved views, one action on many."""

import re
from datetime import timedelta
from typing import Any

from besedka.core.clock import now
from besedka.core.ids import new_id
from besedka.kernel.conversations.repository.contacts import page_of
from besedka.kernel.conversations.types import (
    ConversationId,
    DialogCursor,
    DialogFilter,
    DialogState,
)
from tests.factories import make_person
from tests.fakes.jobs import settled
from tests.products.inbox.places import API, Place


async def ids(place: Place, query: str) -> list[str]:
    """Return which dialogs a query lists, in order."""
    return [each["id"] for each in await place.ask("GET", f"/dialogs?{query}")]


async def test_each_filter_lists_what_it_names(place: Place) -> None:
    colleague = await make_person(place.runtime, place.made, name="Kolya")
    team = await place.ask("POST", "/teams", {"name": "Repairs"})
    label = await place.ask("POST", "/labels", {"name": "Refund"})
    plain, mine, his, of_team, urgent, labelled = [(await place.dialog())[0] for _ in range(6)]
    pending, _ = await place.dialog(DialogState.PENDING)
    done, _ = await place.dialog(DialogState.RESOLVED)
    await place.ask("POST", f"/handoff/{mine}/take")
    await place.ask("POST", f"/handoff/{his}/take", who=colleague)
    await place.ask("POST", f"/dialogs/{of_team}/transfer", {"team": team["id"]})
    await place.ask("PATCH", f"/dialogs/{urgent}", {"priority": "urgent"})
    await place.ask("PUT", f"/chats/{labelled}/labels/{label['id']}")
    for query, expected in (
        ("state=open", {plain, mine, his, of_team, urgent, labelled}),
        ("", {plain, mine, his, of_team, urgent, labelled, pending}),
        ("state=resolved", {done}),
        ("mine=true", {mine}),
        (f"assignee={colleague.actor_id}", {his}),
        ("state=open&unassigned=true", {plain, of_team, urgent, labelled}),
        (f"team={team['id']}", {of_team}),
        ("priority=urgent", {urgent}),
        (f"label={label['id']}", {labelled}),
        ("channel=telegram", set()),
    ):
        assert (query, set(await ids(place, query))) == (query, expected)


async def test_words_of_messages_and_names_of_contacts_are_found(place: Place) -> None:
    says, visitor = await place.dialog()
    named, contact = await place.dialog()
    await place.dialog()
    await place.write(says, visitor, "My chandelier is broken")
    async with place.runtime.db.fast.transaction(place.made.id) as conn:
        await conn.execute(
            "UPDATE contact SET name = 'Chandler Bing', email = 'bing@example.com' WHERE id = $1",
            contact,
        )
    await settled(place.runtime)
    assert await ids(place, "q=chandelier") == [says]
    assert await ids(place, "q=bing%40exam") == [named]
    assert set(await ids(place, "q=chand")) == {says, named}
    assert await ids(place, "q=wardrobe") == []


async def test_orders_put_the_newest_the_longest_waiting_and_the_most_urgent_first(
    place: Place,
) -> None:
    made = [await place.dialog() for _ in range(4)]
    a, b, c, d = (dialog for dialog, _ in made)
    for dialog, contact in (made[1], made[3], made[0]):
        await place.write(dialog, contact)
    await place.ask("POST", f"/dialogs/{c}/reply", {"key": "1", "body": "No need to wait"})
    await place.ask("PATCH", f"/dialogs/{d}", {"priority": "high"})
    await place.ask("PATCH", f"/dialogs/{b}", {"priority": "low"})
    assert await ids(place, "sort=newest") == [c, a, d, b]
    assert await ids(place, "sort=priority") == [d, c, a, b]
    # They wait since they came into the queue: none has been answered but `c`.
    assert await ids(place, "sort=waiting") == [a, b, d, c]


async def test_pages_go_on_while_dialogs_move_above_them(place: Place) -> None:
    made = [await place.dialog() for _ in range(6)]
    for dialog, contact in made:
        await place.write(dialog, contact)
    for n, (dialog, _) in enumerate(made):
        await place.ask("PATCH", f"/dialogs/{dialog}", {"priority": ("low", "high")[n % 2]})
    for sort in ("newest", "waiting", "priority"):
        seen, path = list[str](), f"/dialogs?sort={sort}&limit=2"
        for _ in range(6):
            page = await place.send("GET", path)
            rows: list[dict[str, Any]] = page.json()
            seen += [row["id"] for row in rows]
            if "Link" not in page.headers:
                break
            path = page.headers["Link"].split(">")[0][1:].removeprefix(API)
            # What was shown already comes up again by a message, and is not shown twice below.
            await place.write(rows[0]["id"], dict(made)[rows[0]["id"]], "Again")
        assert sorted(seen) == sorted(dialog for dialog, _ in made), sort
    assert (await place.send("GET", "/dialogs?cursor=high!nonsense")).status_code == 422


async def test_resolved_dialogs_are_listed_along_their_index_in_the_order_of_last_words(
    place: Place,
) -> None:
    """A post keeps its dialog's place; neither all of them are read for a page, nor sorted."""
    first, second, third = [(await place.dialog(DialogState.RESOLVED))[0] for _ in range(3)]
    note = {"key": "1", "body": "Thanked by telephone", "visibility": "internal"}
    await place.ask("POST", f"/dialogs/{first}/reply", note)
    urgent, _ = await place.dialog()
    await place.ask("PATCH", f"/dialogs/{urgent}", {"priority": "urgent"})
    await place.ask("POST", f"/dialogs/{urgent}/resolve")
    await place.ask("POST", f"/handoff/{second}/take")
    listed = await ids(place, "state=resolved")
    assert set(listed) == {first, third, urgent}
    assert listed.index(first) < listed.index(third)
    pages = await place.client.get(
        f"{API}/dialogs?state=resolved&limit=2", headers=place.made.headers
    )
    rest = await place.client.get(pages.links["next"]["url"], headers=place.made.headers)
    assert [each["id"] for each in (*pages.json(), *rest.json())] == listed
    assert (await ids(place, "state=resolved&sort=priority"))[0] == urgent
    assert await ids(place, "state=resolved&sort=waiting") == listed
    plan = await resolved_plan(place)
    assert "ix_conversation_listed" in plan
    assert max(map(int, re.findall(r"actual rows=(\d+)", plan))) == 20, plan
    assert all(int(each) < 20 for each in re.findall(r"Rows Removed by Filter: (\d+)", plan)), plan


async def resolved_plan(place: Place) -> str:
    """Return how 20 of 500 resolved dialogs are read after a cursor."""
    before = DialogCursor(now() + timedelta(days=1), ConversationId(new_id()))
    wanted = DialogFilter(states=("resolved",), before=before)
    statement, values = page_of(place.made.id, wanted, limit=20)
    async with place.runtime.db.fast.transaction(place.made.id) as conn:
        await conn.execute(
            "INSERT INTO conversation (workspace_id, id, kind, state, listed_at)"
            " SELECT $1, uuidv7(), 'dialog', 'resolved', now() FROM generate_series(1, 500)",
            place.made.id,
        )
        await conn.execute("SET LOCAL enable_seqscan = off")  # right for the few rows that are here
        await conn.execute("SET LOCAL enable_sort = off")
        plan = await conn.fetch(
            f"EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF, COSTS OFF) {statement}", *values
        )
    return "\n".join(row[0] for row in plan)


async def test_saved_view_is_ones_own_or_shared(place: Place) -> None:
    colleague = await make_person(place.runtime, place.made)
    mine = await place.ask(
        "POST", "/inbox/views", {"name": "Urgent", "query": {"priority": "urgent", "sort": "waiting"}}
    )  # fmt: skip
    shared = await place.ask(
        "POST",
        "/inbox/views",
        {"name": "Unassigned", "is_shared": True, "query": {"unassigned": True}},
    )
    assert mine["query"] == {"priority": "urgent", "sort": "waiting"}
    listed = await place.ask("GET", "/inbox/views", who=colleague)
    assert [(view["name"], view["mine"]) for view in listed] == [("Unassigned", False)]
    path = f"/inbox/views/{shared['id']}"
    change = {"name": "Mine now", "query": {}}
    assert (await place.send("PUT", path, change, who=colleague)).status_code == 403
    assert (await place.send("DELETE", path, who=colleague)).status_code == 403
    hidden = f"/inbox/views/{mine['id']}"
    assert (await place.send("DELETE", hidden, who=colleague)).status_code == 404
    renamed = await place.ask("PUT", hidden, {"name": "Burning", "query": {"mine": True}})
    assert (renamed["name"], renamed["query"]) == ("Burning", {"mine": True})
    await place.ask("DELETE", hidden)
    assert [view["name"] for view in await place.ask("GET", "/inbox/views")] == ["Unassigned"]
    own = {
        "workspace": str(place.made.id),
        "name": "Unassigned",
        "is_shared": True,
        "query": {"unassigned": True},
    }
    assert (await place.ask("GET", "/auth/me/export"))["inbox"]["views"] == [own]
    theirs = await place.ask("GET", "/auth/me/export", who=colleague)
    assert theirs["inbox"]["views"] == []


async def test_one_action_changes_many_and_counts_what_was_refused(place: Place) -> None:
    colleague = await make_person(place.runtime, place.made)
    label = await place.ask("POST", "/labels", {"name": "Sale"})
    made = [(await place.dialog())[0] for _ in range(3)]
    done, _ = await place.dialog(DialogState.RESOLVED)
    absent = str(new_id())

    async def change(**body: object) -> tuple[int, int]:
        found = await place.ask("POST", "/dialogs/bulk", body)
        return found["changed"], found["refused"]

    everyone = [*made, done, absent]
    assert await change(ids=everyone, action="priority", priority="high") == (4, 1)
    assert await change(ids=everyone, action="label", label=label["id"]) == (4, 1)
    assert await change(ids=everyone, action="assign", assignee=str(colleague.actor_id)) == (3, 2)
    found = await place.read(made[0])
    assert (found["priority"], found["labels"]) == ("high", [label["id"]])
    assert found["assignee"]["id"] == str(colleague.actor_id)
    assert await change(ids=made[:1], action="unassign") == (1, 0)
    until = "2027-01-11T09:00:00+03:00"
    assert await change(ids=made[:1], action="snooze", until=until) == (1, 0)
    by_filter = {"filter": {"assignee": str(colleague.actor_id)}, "action": "resolve"}
    assert await change(**by_filter) == (2, 0)
    assert [(await place.read(d))["state"] for d in made] == ["snoozed", "resolved", "resolved"]
    told = await place.ask("POST", "/dialogs/bulk", {"ids": everyone, "action": "resolve"})
    assert told["refusals"] == [{"id": absent, "code": "chat_not_found"}]
    nothing = await place.send("POST", "/dialogs/bulk", {"ids": [absent], "action": "resolve"})
    assert nothing.status_code == 404
    for body in ({"action": "snooze"}, {"action": "assign"}, {"action": "label"}):
        refused = await place.send("POST", "/dialogs/bulk", {"ids": made, **body})
        assert refused.status_code == 422
    too_many = {"ids": [str(new_id()) for _ in range(501)], "action": "resolve"}
    assert (await place.send("POST", "/dialogs/bulk", too_many)).status_code == 422
