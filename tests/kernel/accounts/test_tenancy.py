"""Two workspaces, and the wall between them."""

import httpx
import pytest

from besedka.core.ids import new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.kernel.accounts.helpers import API, AUTH, by_cookie, cookie_of
from tests.plugins.queries import recorded


@pytest.fixture
async def ours(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


@pytest.fixture
async def theirs(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


async def test_row_security_alone_hides_the_other_workspace(
    runtime: Runtime, ours: MadeWorkspace, theirs: MadeWorkspace
) -> None:
    await make_person(runtime, theirs)
    async with runtime.db.fast.acquire(ours.workspace_id) as conn:
        assert await conn.fetchval("SELECT current_user") == "besedka_app"
        for table in ("actor", "membership"):
            seen = await conn.fetch(f"SELECT DISTINCT workspace_id FROM {table}")
            assert [row["workspace_id"] for row in seen] == [ours.workspace_id]
            changed = await conn.execute(
                f"UPDATE {table} SET workspace_id = workspace_id WHERE workspace_id = $1",
                theirs.workspace_id,
            )
            assert changed == "UPDATE 0"


async def test_row_security_refuses_to_write_into_the_other_workspace(
    runtime: Runtime, ours: MadeWorkspace, theirs: MadeWorkspace
) -> None:
    async def smuggle() -> None:
        async with runtime.db.fast.acquire(ours.workspace_id) as conn:
            await conn.execute(
                "INSERT INTO actor (workspace_id, id, kind, name) VALUES ($1, $2, 'contact', 'x')",
                theirs.workspace_id, new_id(),
            )  # fmt: skip

    with pytest.raises(Exception, match="row-level security"):
        await smuggle()


async def test_identity_of_a_hot_request_is_one_statement(
    client: httpx.AsyncClient, runtime: Runtime, ours: MadeWorkspace
) -> None:
    cookie = by_cookie(await cookie_of(runtime, ours.owner.email))
    named = {**ours.headers, "Besedka-Workspace": ours.slug}
    for headers in (ours.headers, cookie, named):
        await client.get(f"{AUTH}/me", headers=headers)
        async with recorded(runtime.db.fast) as statements:
            assert (await client.get(f"{AUTH}/me", headers=headers)).status_code == 200
        assert len(statements) == 1, statements


@pytest.mark.parametrize("path", ["/auth/me", "/users", "/auth/sessions"])
async def test_foreign_workspace_looks_like_a_missing_one(
    client: httpx.AsyncClient, ours: MadeWorkspace, theirs: MadeWorkspace, path: str
) -> None:
    answers = [
        await client.get(f"{API}{path}", headers={**ours.headers, "Besedka-Workspace": wanted})
        for wanted in (
            theirs.slug, str(theirs.workspace_id), "no-such-place", str(new_id()), "", "%00", "a b",
        )
    ]  # fmt: skip
    answers += [
        await client.get(f"/w/{wanted}{API}{path}", headers=ours.headers)
        for wanted in (theirs.slug, "no-such-place", str(theirs.workspace_id))
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_person_of_another_workspace_looks_missing_and_is_not_changed(
    client: httpx.AsyncClient, ours: MadeWorkspace, theirs: MadeWorkspace, method: str
) -> None:
    body = {"role": "member"} if method == "PATCH" else None
    answers = [
        await client.request(method, f"{API}/users/{user_id}", json=body, headers=ours.headers)
        for user_id in (theirs.owner.user_id, new_id(), theirs.workspace_id)
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    me = await client.get(f"{AUTH}/me", headers=theirs.headers)
    assert me.json()["role"] == "owner"


async def test_switch_to_a_foreign_workspace_is_refused_like_a_missing_one(
    client: httpx.AsyncClient, ours: MadeWorkspace, theirs: MadeWorkspace
) -> None:
    answers = [
        await client.post(f"{AUTH}/workspace", json={"workspace": wanted}, headers=ours.headers)
        for wanted in (theirs.slug, str(theirs.workspace_id), "no-such-place")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


async def test_header_prefix_and_switch_choose_among_ones_own(
    client: httpx.AsyncClient, runtime: Runtime, ours: MadeWorkspace
) -> None:
    created = await client.post(
        f"{API}/workspaces", json={"name": "Вторая контора"}, headers=ours.headers
    )
    second = created.json()
    assert second["slug"].startswith("vtoraya-kontora")

    async def shown(path: str = f"{AUTH}/me", **headers: str) -> str:
        response = await client.get(path, headers={**ours.headers, **headers})
        slug: str = response.json()["workspace"]["slug"]
        return slug

    assert await shown() == ours.slug
    assert await shown(**{"Besedka-Workspace": second["slug"]}) == second["slug"]
    assert await shown(**{"Besedka-Workspace": second["id"]}) == second["slug"]
    assert await shown(f"/w/{second['slug']}{AUTH}/me") == second["slug"]
    # The address in the bar decides before the header.
    prefixed = await shown(f"/w/{ours.slug}{AUTH}/me", **{"Besedka-Workspace": second["slug"]})
    assert prefixed == ours.slug
    await client.post(f"{AUTH}/workspace", json={"workspace": second["slug"]}, headers=ours.headers)
    assert await shown() == second["slug"], "the old access token follows the session"
    listed = (await client.get(f"{API}/workspaces", headers=ours.headers)).json()
    assert {each["slug"] for each in listed} == {ours.slug, second["slug"]}


async def test_switch_in_another_process_is_followed(
    client: httpx.AsyncClient, runtime: Runtime, ours: MadeWorkspace
) -> None:
    second = (
        await client.post(f"{API}/workspaces", json={"name": "Second"}, headers=ours.headers)
    ).json()
    cookie = by_cookie(await cookie_of(runtime, ours.owner.email))
    await client.get(f"{AUTH}/me", headers=cookie)
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE session SET default_workspace_id = $1 WHERE user_id = $2",
            second["id"], ours.owner.user_id,
        )  # fmt: skip
    for headers in (ours.headers, cookie):
        me = (await client.get(f"{AUTH}/me", headers=headers)).json()
        assert me["workspace"]["id"] == second["id"]


async def test_renamed_address_is_followed_and_the_old_one_is_free_for_others(
    client: httpx.AsyncClient, runtime: Runtime, ours: MadeWorkspace, theirs: MadeWorkspace
) -> None:
    old = ours.slug
    assert (await client.get(f"/w/{old}{AUTH}/me", headers=ours.headers)).status_code == 200
    for workspace, slug in ((ours, f"{old}-new"), (theirs, old)):
        response = await client.patch(
            f"{API}/workspaces/current", json={"slug": slug}, headers=workspace.headers
        )
        assert response.status_code == 204, response.text
    assert (await client.get(f"/w/{old}-new{AUTH}/me", headers=ours.headers)).status_code == 200
    assert (await client.get(f"/w/{old}{AUTH}/me", headers=ours.headers)).status_code == 404
    me = (await client.get(f"/w/{old}{AUTH}/me", headers=theirs.headers)).json()
    assert me["workspace"]["id"] == str(theirs.workspace_id)
    taken = await client.patch(
        f"{API}/workspaces/current", json={"slug": old}, headers=ours.headers
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "slug_taken")


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "A",
        "a b",
        "-a",
        "a-",
        "a/b",
        "я",
        "a" * 41,
        "0" * 32,
        "01a1fa70-1b39-7856-8ba4-4ad7d2df2ecf",
    ],
)
async def test_unfit_address_of_a_workspace_is_refused(
    client: httpx.AsyncClient, ours: MadeWorkspace, slug: str
) -> None:
    response = await client.patch(
        f"{API}/workspaces/current", json={"slug": slug}, headers=ours.headers
    )
    assert response.status_code == 422


async def test_workspace_shows_its_card(runtime: Runtime, ours: MadeWorkspace) -> None:
    async with runtime.db.fast.acquire(ours.workspace_id) as conn:
        card = await service.get_workspace(conn)
        system = await service.ensure_system_actor(conn)
        assert await service.ensure_system_actor(conn) == system
    assert card.slug == ours.slug
