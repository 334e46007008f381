"""Macros: what they do to a dialog, and what they say when a step fails."""

from datetime import datetime, timedelta

import httpx

from besedka.core.clock import now
from besedka.core.runtime import Runtime
from tests.factories import make_person, make_workspace
from tests.kernel.realtime.rooms import make_dialog

API = "/api/v1"


async def test_macro_takes_its_steps_in_order_and_once_per_key(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    operator = await make_person(runtime, workspace)
    dialog, _ = await make_dialog(runtime, workspace)
    headers, boss = operator.headers, workspace.headers
    label = (await client.post(f"{API}/labels", json={"name": "VIP"}, headers=boss)).json()
    canned = {"name": "bye", "body_en": "Bye {{contact.name}}", "shared": True}
    reply = (await client.post(f"{API}/canned-replies", json=canned, headers=boss)).json()
    steps = [
        {"do": "label", "value": label["id"]}, {"do": "note", "value": "By {{operator.name}}"},
        {"do": "reply", "value": reply["id"]}, {"do": "resolve"},
    ]  # fmt: skip
    body = {"name": "Goodbye", "steps": steps}
    assert (await client.post(f"{API}/macros", json=body, headers=headers)).status_code == 403
    macro = (await client.post(f"{API}/macros", json=body, headers=boss)).json()
    path, keyed = f"{API}/macros/{macro['id']}/run/{dialog.id}", {**headers, "Idempotency-Key": "k"}
    first = await client.post(path, headers=keyed)
    assert [each["state"] for each in first.json()["steps"]] == ["done"] * 4
    assert (await client.post(path, headers=keyed)).json() == first.json()
    shown = (await client.get(f"{API}/dialogs/{dialog.id}", headers=headers)).json()
    assert (shown["state"], shown["labels"]) == ("resolved", [label["id"]])
    assert shown["assignee"]["id"] == str(operator.actor_id)
    said = await client.get(f"{API}/chats/{dialog.id}/messages", headers=headers)
    assert [(each["body"], each["visibility"]) for each in said.json()] == [
        ("Bye Vera", "public"), ("By Pavel Person", "internal"),
    ]  # fmt: skip


async def test_step_that_fails_is_the_last_and_the_report_says_why(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    dialog, _ = await make_dialog(runtime, workspace)
    headers = workspace.headers
    label = (await client.post(f"{API}/labels", json={"name": "VIP"}, headers=headers)).json()
    steps = [{"do": "take"}, {"do": "label", "value": label["id"]}, {"do": "resolve"}]
    body = {"name": "Close", "steps": steps}
    macro = (await client.post(f"{API}/macros", json=body, headers=headers)).json()
    await client.delete(f"{API}/labels/{label['id']}", headers=headers)
    path = f"{API}/macros/{macro['id']}/run/{dialog.id}"
    report = (await client.post(path, headers={**headers, "Accept-Language": "ru"})).json()["steps"]
    assert [each["state"] for each in report] == ["done", "failed", "skipped"]
    assert (report[1]["code"], report[1]["reason"]) == ("label_not_found", "Метка не найдена.")
    shown = (await client.get(f"{API}/dialogs/{dialog.id}", headers=headers)).json()
    assert shown["state"] == "open"


async def test_dialog_without_an_assistant_who_answers_is_not_returned(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    dialog, _ = await make_dialog(runtime, workspace)
    headers = workspace.headers
    body = {"name": "Back", "steps": [{"do": "take"}, {"do": "return"}]}
    macro = (await client.post(f"{API}/macros", json=body, headers=headers)).json()
    ran = await client.post(f"{API}/macros/{macro['id']}/run/{dialog.id}", headers=headers)
    assert ran.json()["steps"][1]["code"] == "desk_nobody_to_return_to"
    shown = (await client.get(f"{API}/dialogs/{dialog.id}", headers=headers)).json()
    assert shown["state"] == "open"


async def test_steps_that_cannot_be_are_refused(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    for step in (
        {"do": "explode"}, {"do": "label", "value": "VIP"}, {"do": "resolve", "value": "x"},
        {"do": "note", "value": "{{nothing}}"}, {"do": "note"}, {"do": "priority", "value": "top"},
        {"do": "snooze", "value": "2030"}, {"do": "team", "value": "Returns"},
    ):  # fmt: skip
        body = {"name": "Bad", "steps": [step]}
        refused = await client.post(f"{API}/macros", json=body, headers=workspace.headers)
        assert refused.status_code == 422, step


async def test_macro_marks_hands_to_a_team_and_puts_off(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    dialog, _ = await make_dialog(runtime, workspace)
    headers = workspace.headers
    team = (await client.post(f"{API}/teams", json={"name": "Returns"}, headers=headers)).json()
    steps = [
        {"do": "priority", "value": "urgent"}, {"do": "team", "value": team["id"]}, {"do": "snooze", "value": "hour"},
    ]  # fmt: skip
    body = {"name": "Later", "steps": steps}
    macro = (await client.post(f"{API}/macros", json=body, headers=headers)).json()
    path = f"{API}/macros/{macro['id']}/run/{dialog.id}"
    report = (await client.post(path, headers=headers)).json()["steps"]
    assert [each["state"] for each in report] == ["done"] * 3
    shown = (await client.get(f"{API}/dialogs/{dialog.id}", headers=headers)).json()
    assert (shown["state"], shown["priority"], shown["team_id"]) == (
        "snoozed",
        "urgent",
        team["id"],
    )
    until = datetime.fromisoformat(shown["snoozed_until"]) - now()
    assert timedelta(minutes=55) < until <= timedelta(hours=1)
    # A resolved dialog is not handed on: the report says so.
    await client.post(f"{API}/dialogs/{dialog.id}/resolve", headers=headers)
    again = (await client.post(path, headers=headers)).json()["steps"]
    assert [each["code"] for each in again] == ["", "wrong_state", ""]
