"""Setting promises, seeing what is about to be missed, and rating: through the API and the pages."""

from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest

from besedka.core.clock import now
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import DialogState
from besedka.kernel.promises.service import rating as rating_service
from tests.factories import MadeWorkspace, make_workspace
from tests.kernel.promises.helpers import make_desk, promise
from tests.products.widget.test_main_job import open_widget, visit

API = "/api/v1"
PAGE = "/dashboard/settings/promises"
HTML = {"Accept": "text/html", "Accept-Language": "en"}
ASKED = {"key": "asked", "body": "Сколько стоит доставка?"}
FORM = {"enabled": "true", "first": "15 min", "reply": "", "resolution": "1 d", "warning": "5 min"}


async def test_policies_are_set_on_the_page_and_over_the_api(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    headers = {**workspace.headers, **HTML}
    listed = (await client.get(f"{API}/sla/policies", headers=workspace.headers)).json()
    assert [(each["is_default"], each["enabled"], each["id"]) for each in listed] == [
        (True, False, None)
    ]
    assert "All other dialogs" in (await client.get(PAGE, headers=headers)).text
    nothing = {**FORM, "first": "", "resolution": ""}
    refused = await client.post(f"{PAGE}/default", data=nothing, headers=headers)
    assert refused.status_code == 422
    assert "promises at least one time" in refused.text
    wrong = await client.post(f"{PAGE}/default", data={**FORM, "first": "soon"}, headers=headers)
    assert 'id="first-error"' in wrong.text
    assert (await client.post(f"{PAGE}/default", data=FORM, headers=headers)).status_code == 303
    stored = (await client.get(f"{API}/sla/policies", headers=workspace.headers)).json()[-1]
    assert (stored["enabled"], stored["first"], stored["reply"], stored["resolution"]) == (
        True,
        15,
        None,
        1440,
    )
    label = await client.post(f"{API}/labels", json={"name": "VIP"}, headers=workspace.headers)
    unlabelled = await client.post(f"{PAGE}/new", data={**FORM, "name": "Vip"}, headers=headers)
    assert 'id="label_id-error"' in unlabelled.text
    named = {**FORM, "name": "Vip", "label_id": label.json()["id"], "first": "2"}
    assert (await client.post(f"{PAGE}/new", data=named, headers=headers)).status_code == 303
    first, last = (await client.get(f"{API}/sla/policies", headers=workspace.headers)).json()
    assert (first["name"], first["first"], last["is_default"]) == ("Vip", 2, True)
    shown = await client.get(f"{PAGE}/{first['id']}", headers=headers)
    assert 'value="2 min"' in shown.text
    assert (await client.post(f"{PAGE}/{first['id']}/delete", headers=headers)).status_code == 303
    assert len((await client.get(f"{API}/sla/policies", headers=workspace.headers)).json()) == 1


async def test_list_of_what_is_due_begins_with_what_is_missed(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    await promise(runtime, workspace, resolution=None)
    desks = [await make_desk(runtime, workspace) for _ in range(3)]
    for desk, minutes in zip(desks, (0, 11, 6), strict=True):
        await desk.moves(DialogState.OPEN)
        await desk.goes_back(minutes)
    calm, late, soon = desks
    path = f"{API}/dialogs/sla"
    found = (await client.get(path, headers=workspace.headers)).json()
    assert [(each["chat"], each["stands"]) for each in found] == [
        (str(late.chat), "late"), (str(soon.chat), "soon"), (str(calm.chat), "ok"),
    ]  # fmt: skip
    first = await client.get(path, params={"limit": 2}, headers=workspace.headers)
    rest = await client.get(first.links["next"]["url"], headers=workspace.headers)
    assert [each["chat"] for each in rest.json()] == [str(calm.chat)]
    one = (await client.get(f"{API}/dialogs/{late.chat}/sla", headers=workspace.headers)).json()
    assert (one["due"][0]["promise"], one["due"][0]["stands"], one["rating"]) == (
        "first",
        "late",
        None,
    )
    page = await client.get(f"/dashboard/inbox/{late.chat}", headers={**workspace.headers, **HTML})
    assert page.text.count("<bsd-due") == 3
    assert "due--late" in page.text
    assert "due--soon" in page.text


async def resolved_dialog(
    client: httpx.AsyncClient, runtime: Runtime
) -> tuple[MadeWorkspace, str, Mapping[str, str], str]:
    """A visitor asks and is answered by the owner, who resolves it; returns base, visitor and dialog too."""
    made, key = await open_widget(runtime)
    base, visitor = await visit(client, key)
    early = await client.post(f"{base}/rating", headers=visitor, json={"score": 5})
    assert (early.status_code, early.json()["code"]) == (409, "nothing_to_rate")
    asked = await client.post(f"{base}/messages", headers=visitor, json=ASKED)
    chat = str(asked.json()["chat"])
    assert (await client.get(f"{base}/rating", headers=visitor)).json()["ask"] is False
    reply = {"key": "1", "body": "350."}
    await client.post(f"{API}/dialogs/{chat}/reply", headers=made.headers, json=reply)
    await client.post(f"{API}/dialogs/{chat}/resolve", headers=made.headers)
    return made, base, visitor, chat


async def test_rating_is_changed_within_a_day_and_shown_to_people(
    client: httpx.AsyncClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, base, visitor, chat = await resolved_dialog(client, runtime)
    asked = (await client.get(f"{base}/rating", headers=visitor)).json()
    assert (asked["resolution"], asked["ask"], asked["score"]) == (1, True, None)
    for wrong in ({"score": 6}, {"score": 0}, {"score": 3, "comment": "x" * 1001}):
        refused = await client.post(f"{base}/rating", headers=visitor, json=wrong)
        assert refused.status_code == 422
    given = {"score": 2, "comment": "Долго <b>"}
    assert (await client.post(f"{base}/rating", headers=visitor, json=given)).status_code == 200
    changed = await client.post(f"{base}/rating", headers=visitor, json={**given, "score": 4})
    assert (changed.json()["score"], changed.json()["ask"], changed.json()["may_rate"]) == (
        4,
        False,
        True,
    )
    standing = (await client.get(f"{API}/dialogs/{chat}/sla", headers=made.headers)).json()
    assert (standing["rating"]["score"], standing["rating"]["comment"]) == (4, "Долго <b>")
    assert standing["rating"]["handler_id"] == str(made.owner.actor_id)
    page = await client.get(f"/dashboard/inbox/{chat}", headers={**made.headers, **HTML})
    assert "★★★★☆" in page.text
    assert "Долго &lt;b&gt;" in page.text
    monkeypatch.setattr(rating_service, "now", lambda: now() + timedelta(hours=25))
    shut = await client.post(f"{base}/rating", headers=visitor, json={"score": 1})
    assert (shut.status_code, shut.json()["code"]) == (409, "rating_closed")


async def test_each_resolution_is_rated_by_itself(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    made, base, visitor, chat = await resolved_dialog(client, runtime)
    await client.post(f"{base}/rating", headers=visitor, json={"score": 1})
    await client.post(f"{base}/messages", headers=visitor, json={**ASKED, "key": "again"})
    await client.post(f"{API}/dialogs/{chat}/resolve", headers=made.headers)
    second = (await client.get(f"{base}/rating", headers=visitor)).json()
    assert (second["resolution"], second["ask"], second["score"]) == (2, True, None)
