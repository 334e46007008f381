"""Built files, the widget, theme and language, as a browser asks for them."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.web import assets
from tests.factories import make_workspace


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A front end as small as can be."""
    script = b"console.log(1);" * 200
    (tmp_path / "manifest.json").write_text('{"src/app.ts": {"file": "app-abc.js"}}')
    (tmp_path / "app-abc.js").write_bytes(script)
    (tmp_path / "app-abc.js.gz").write_bytes(gzip.compress(script))
    (tmp_path / "widget.js").write_bytes(b"widget()")
    (tmp_path / "widget-more.js").write_bytes(b"more()")
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    for cached in (assets._manifest, assets._names, assets._files):
        cached.cache_clear()
    yield tmp_path
    for cached in (assets._manifest, assets._names, assets._files):
        cached.cache_clear()


def test_asset_name_becomes_the_built_one(built: Path) -> None:
    assert assets.asset("app.js") == "/static/app-abc.js"
    assert assets.asset("unknown.js") == "/static/unknown.js"


async def test_built_file_is_kept_for_ever_and_compressed(
    built: Path, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/static/app-abc.js", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == assets.FOREVER
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"].startswith("text/javascript")
    again = await client.get(
        "/static/app-abc.js", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["manifest.json", "..%2frender.py", "nothing.js", "app-abc.js.gz"])
async def test_only_built_files_are_served(
    built: Path, client: httpx.AsyncClient, name: str
) -> None:
    assert (await client.get(f"/static/{name}")).status_code == 404


@pytest.mark.parametrize("name", ["widget.js", "widget-more.js"])
async def test_widget_may_be_loaded_by_any_site(
    built: Path, client: httpx.AsyncClient, name: str
) -> None:
    answer = await client.get(f"/{name}", headers={"Origin": "https://shop.example"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "immutable" not in answer.headers["cache-control"]


async def test_theme_choice_is_remembered_and_leads_back(client: httpx.AsyncClient) -> None:
    form = {"theme": "dark", "next": "/w/acme/dashboard"}
    answer = await client.post("/preferences/theme", data=form)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/w/acme/dashboard"
    assert answer.cookies["besedka_theme"] == "dark"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"]
)
async def test_preferences_never_lead_to_another_site(
    client: httpx.AsyncClient, elsewhere: str
) -> None:
    answer = await client.post("/preferences/locale", data={"locale": "ru", "next": elsewhere})
    assert answer.headers["location"].startswith("/")
    assert "evil" not in answer.headers["location"]


async def test_accent_is_shown_to_ones_own_people_only(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    address = f"/theme/{workspace.slug}.css"
    assert not (await client.get(address)).text
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await conn.execute("UPDATE workspace SET accent = '#8a2be2' WHERE id = $1", workspace.id)
        assert (await accounts.get_workspace(conn)).accent == "#8a2be2"
    answer = await client.get(address, headers=workspace.headers)
    assert "--accent:light-dark(#" in answer.text
    assert answer.headers["content-type"].startswith("text/css")


async def test_page_that_is_not_there_is_explained_to_people(client: httpx.AsyncClient) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "ru"}
    answer = await client.get("/no/such/page", headers=headers)
    assert answer.status_code == 404
    assert "Такой страницы нет" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


async def test_browser_finds_a_sign_where_an_answer_names_none(client: httpx.AsyncClient) -> None:
    response = await client.get("/favicon.ico", follow_redirects=True)
    assert response.headers["content-type"] == "image/svg+xml"
