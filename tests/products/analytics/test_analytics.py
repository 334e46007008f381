"""Figures of a period: counted in the workspace's own days, seen by those who may, taken away as CSV."""

import csv
import io
from datetime import UTC, date, datetime

import httpx
import pytest

from besedka.core import tables
from besedka.core.ids import new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.hours.types import Period
from besedka.products.analytics import service
from besedka.web import charts
from tests.factories import Made, MadeWorkspace, make_person, make_workspace
from tests.products.analytics.places import Told, set_zone, tell
from tests.products.assistants.places import make_assistant

PAGE = "/dashboard/analytics"
HTML = {"Accept": "text/html", "Accept-Language": "en"}
DAYS = Period(date(2026, 3, 1), date(2026, 3, 31), "Europe/Berlin")
RANGE = {"first": "2026-03-01", "last": "2026-03-31"}
EVIL = "=HYPERLINK(1)"


def moment(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


async def told_company(runtime: Runtime) -> tuple[MadeWorkspace, Made]:
    """A company in Berlin with a March: clocks change on the 29th."""
    workspace = await make_workspace(runtime)
    await set_zone(runtime, workspace, "Europe/Berlin")
    operator = await make_person(runtime, workspace, role=Role.OPERATOR, name=EVIL)
    who = (await make_assistant(runtime, workspace)).id
    owner = workspace.owner.actor_id
    for told in (
        # The evening of the last of February in UTC is the first of March in Berlin.
        Told(started=moment(2, 28, 23, 30), mode="extractive", resolved=5, score=5, question="Доставка стоит сколько"),
        Told(started=moment(3, 2, 8, 0), mode="unknown", handed=1, replied=11, by=owner, resolved=61, score=4, question="Есть гарантия?"),
        Told(started=moment(3, 2, 9, 0), mode="unknown", handed=0, replied=30, by=operator.actor_id, resolved=90, score=1, comment="=1+1", question="есть ГАРАНТИЯ"),
        # After the change of clocks nine in Berlin is seven in UTC.
        Told(started=moment(3, 30, 7, 0), mode="model", question="Сколько стоит доставка"),
        # April there, March in UTC; and the month before.
        Told(started=moment(3, 31, 22, 30), mode="model"),
        Told(started=moment(2, 10, 12, 0), mode="model", resolved=1),
    ):  # fmt: skip
        await tell(runtime, workspace, who, told)
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await conn.execute(
            "INSERT INTO llm_run (workspace_id, id, purpose, provider, model, state, cost_micro, currency, created_at)"
            " VALUES ($1, $2, 'answer', 'x', 'x', 'done', 2500000, 'USD', $3)",
            workspace.id, new_id(), moment(3, 5, 12),
        )  # fmt: skip
    return workspace, operator


async def test_figures_are_counted_in_the_days_of_the_workspace(runtime: Runtime) -> None:
    workspace, _ = await told_company(runtime)
    async with runtime.db.fast.acquire(workspace.id) as conn:
        found = await service.overview(conn, DAYS)
    totals = found.totals
    assert (totals.dialogs, totals.unaided, totals.handed, totals.resolved) == (4, 2, 2, 3)
    assert (totals.first_reply, totals.first_reply_90) == (20 * 60, 28 * 60)
    assert totals.resolution == 61 * 60
    assert totals.scores == (1, 0, 0, 1, 1)
    assert totals.rated.average == pytest.approx(10 / 3)
    assert [(each.micro, each.currency) for each in totals.cost] == [(2_500_000, "USD")]
    assert (found.before.dialogs, found.before.unaided) == (1, 1)
    assert (len(found.days), found.days[0].dialogs, found.days[1].handed) == (31, 1, 2)
    assert found.hours[0][9] == 2  # Monday the 2nd, and Monday the 30th in summer time
    assert found.hours[6][0] == 1
    assert [(each.dialogs, each.unanswered, each.score) for each in found.assistants] == [
        (4, 2, 5.0)
    ]
    words = {each.name: each.count for each in found.words}
    assert words == {"доставка": 2, "стоит": 2, "гарантия": 2, "сколько": 2}
    assert [(each.question.lower().rstrip("?"), each.count) for each in found.gaps] == [
        ("есть гарантия", 2)
    ]


async def test_cost_is_told_by_assistant_and_the_rest_apart(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace, operator = await told_company(runtime)
    async with runtime.db.fast.transaction(workspace.id) as conn:
        old = await conn.fetchrow(
            "SELECT id, assistant_id FROM reply_run ORDER BY id LIMIT 1 OFFSET 1"
        )
        assert old is not None
        rows = [(new_id(), None, 400_000, "USD"), (new_id(), old["assistant_id"], 30_000, "RUB")]
        for run, who, micro, currency in rows:
            await conn.execute(
                "INSERT INTO llm_run (workspace_id, id, purpose, provider, model, state, cost_micro, currency, created_at,"
                " assistant_id) VALUES ($1, $2, 'answer', 'x', 'x', 'done', $3, $4, $5, $6)",
                workspace.id, run, micro, currency, moment(3, 1, 1), who,
            )  # fmt: skip
        # What was recorded before calls knew their assistant is told by the answer.
        await conn.execute(
            "UPDATE reply_run SET llm_run_id = $1 WHERE id = $2", rows[0][0], old["id"]
        )
    path = "/api/v1/analytics"
    found = (await client.get(path, params=RANGE, headers=workspace.headers)).json()
    assert [each["cost"] for each in found["assistants"]] == [
        [{"micro": 30_000, "currency": "RUB"}, {"micro": 400_000, "currency": "USD"}]
    ]
    assert found["other_cost"] == [{"micro": 2_500_000, "currency": "USD"}]
    assert found["totals"]["cost"][1] == {"micro": 2_900_000, "currency": "USD"}
    assert found["period"] == {"first": "2026-03-01", "last": "2026-03-31", "zone": "Europe/Berlin"}
    assert (found["totals"]["dialogs"], found["before"]["dialogs"], len(found["days"])) == (
        4,
        1,
        31,
    )
    rated = (await client.get(f"{path}/ratings", params=RANGE, headers=workspace.headers)).json()
    assert (rated["now"]["counts"], rated["comments"][0]["comment"]) == ([1, 0, 0, 1, 1], "=1+1")
    everybody = await client.get(f"{path}/operators", params=RANGE, headers=workspace.headers)
    oneself = await client.get(f"{path}/operators", params=RANGE, headers=operator.headers)
    assert len(everybody.json()["operators"]) == 2
    assert [each["name"] for each in oneself.json()["operators"]] == [EVIL]
    assert (await client.get(path, headers=operator.headers)).status_code == 403
    wrong = {"first": "2026-03-31", "last": "2026-03-01"}
    assert (await client.get(path, params=wrong, headers=workspace.headers)).status_code == 422
    table = await client.get(f"{PAGE}/csv/assistants", params=RANGE, headers=workspace.headers)
    assert "0.030000 RUB + 0.400000 USD" in table.text


async def test_pages_show_all_to_administrators_and_operators_themselves(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace, operator = await told_company(runtime)
    owner = {**workspace.headers, **HTML}
    page = await client.get(PAGE, params=RANGE, headers=owner)
    assert page.status_code == 200, page.text
    assert "<svg" in page.text
    assert "style=" not in page.text
    assert "Gaps" in page.text
    assert "$2.50" in page.text
    russian = await client.get(PAGE, headers={**owner, "Accept-Language": "ru"})
    assert "Решил ассистент" in russian.text
    rated = await client.get(f"{PAGE}/ratings", params=RANGE, headers=owner)
    assert "=1+1" in rated.text
    assert "3.33" in rated.text
    everybody = (await client.get(f"{PAGE}/operators", params=RANGE, headers=owner)).text
    assert "Olga Owner" in everybody
    assert EVIL in everybody
    theirs = {**operator.headers, **HTML}
    for path in (PAGE, f"{PAGE}/operators"):
        own = await client.get(path, params=RANGE, headers=theirs)
        assert EVIL in own.text
        assert "Olga Owner" not in own.text
    for path in (f"{PAGE}/ratings", f"{PAGE}/csv/days"):
        assert (await client.get(path, headers=theirs)).status_code == 403
    backwards = {"first": "2026-03-31", "last": "2026-03-01"}
    turned = await client.get(PAGE, params=backwards, headers=owner)
    assert turned.status_code == 200
    assert 'name="first" type="date" value="2026-03-01"' in turned.text


async def test_every_table_is_taken_away_and_no_cell_is_a_formula(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace, operator = await told_company(runtime)
    for table in ("days", "hours", "assistants", "labels", "words", "gaps", "ratings", "comments"):
        answer = await client.get(f"{PAGE}/csv/{table}", params=RANGE, headers=workspace.headers)
        assert answer.status_code == 200, answer.text
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert len(rows) > (0 if table == "labels" else 1)
        cells = [cell for row in rows for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    answer = await client.get(f"{PAGE}/operators/csv", params=RANGE, headers=operator.headers)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[1] == [f"'{EVIL}", "1", "1", "1800.00", "1", "1.00"]


def test_cells_that_a_spreadsheet_would_run_are_made_words() -> None:
    for evil in ("=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "%1", "|1"):
        assert tables.spell(["h"], [[evil]]).decode("utf-8-sig").splitlines()[1].strip('"').startswith("'")  # fmt: skip
    assert (
        tables.spell(["h"], [[-1, None, 1.5, "a,b"]]).decode("utf-8-sig").splitlines()[1]
        == '-1,,1.50,"a,b"'
    )


def test_chart_keeps_its_bars_within_its_frame() -> None:
    columns = [charts.Column(str(n), str(n), (("alone", n), ("more", n % 3))) for n in range(90)]
    chart = charts.stacked(columns)
    assert all(box.y >= charts.TOP - 0.01 for box in chart.boxes)
    assert all(box.x + box.width <= charts.WIDTH for box in chart.boxes)
    assert len(chart.labels) <= charts.MOST_LABELS + 1
    assert charts.stacked([]).boxes == []
    assert charts.shades([[0, 1], [4, 8]]) == [[0, 1], [2, 4]]
