"""The settings pages: what tells them apart, and the roles that are offered."""

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from tests.factories import Made, make_person, make_workspace

SETTINGS = "/dashboard/settings"


async def read(client: httpx.AsyncClient, who: Made, path: str) -> str:
    """Open a page."""
    answer = await client.get(path, headers={**who.headers, "Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_every_settings_page_has_a_title_of_its_own(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime, is_host=True)
    tabs = ("", "sessions", "workspace", "people", "model", "jobs", "audit", "mail", "outbox")
    pages = [await read(client, place.owner, f"{SETTINGS}/{tab}") for tab in tabs]
    titles = [page.split("<title>")[1].split("</title>")[0] for page in pages]
    assert len(set(titles)) == len(tabs)
    assert titles[1] == "Sessions · Settings · Besedka"


async def test_roles_that_no_module_knows_are_not_offered(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    page = await read(client, place.owner, f"{SETTINGS}/people")
    assert "Operator" in page
    assert "Member" in page
    assert "Recruiter" in page
    assert "Sales" not in page


async def test_role_that_somebody_has_is_shown_as_theirs(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    await make_person(runtime, place, role=Role.SALES)
    page = await read(client, place.owner, f"{SETTINGS}/people")
    assert '<option value="sales" selected>Sales</option>' in page
