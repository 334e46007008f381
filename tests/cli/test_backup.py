"""Backup and restore on a company that has used everything: what was there is there again, and opens."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from besedka.app import create_app
from besedka.cli.archive import MANIFEST
from besedka.core.runtime import Runtime
from besedka.kernel.files import service as files
from besedka.kernel.llm import service as llm
from tests.attacks.company import API, QUESTION, Company, fingerprint
from tests.cli.places import MODEL_KEY, Place, backed_up, restored
from tests.cli.shell import Shell


async def log_in(client: httpx.AsyncClient, company: Company) -> Mapping[str, str]:
    """Log in with the password, as the owner does after a move."""
    given = {"email": company.owner.email, "password": company.owner.password}
    response = await client.post(f"{API}/auth/login", json=given)
    assert response.status_code == 200, response.text
    return {"Authorization": f"Bearer {response.json()['access_token']}"}


async def look_around(app: FastAPI, company: Company) -> None:
    """Read a file, search the documents and open a sealed key in the restored installation."""
    runtime: Runtime = app.state.runtime
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        headers = await log_in(client, company)
        file = await client.get(f"{API}/files/{company.ids['file']}/content", headers=headers)
        assert file.text == company.canary
        asked = {"question": QUESTION, "collection_id": company.ids["collection"], "limit": 3}
        found = await client.post(f"{API}/documents/search", json=asked, headers=headers)
        assert "350 roubles" in found.text
    provider = await llm.find_provider(runtime, company.id)
    assert provider is not None
    assert provider.api_key.get_secret_value() == MODEL_KEY


async def test_restored_installation_has_everything_and_opens_it(
    runtime: Runtime, company: Company, shell: Shell, place: Place, tmp_path: Path
) -> None:
    before = await fingerprint(runtime, company.id)
    archive = await backed_up(shell, tmp_path)
    said = await restored(place, archive)
    assert said.status == 0, said.text
    doctor = await place.shell.besedka("doctor")
    assert doctor.status == 0, doctor.text
    app = create_app(place.settings)
    async with app.router.lifespan_context(app):
        after = await fingerprint(app.state.runtime, company.id)
        assert {name for name in before if before[name] != after[name]} <= {"job", "session"}
        await look_around(app, company)


async def test_file_whose_bytes_are_lost_is_named_and_the_rest_saved(
    runtime: Runtime, company: Company, shell: Shell, place: Place, tmp_path: Path
) -> None:
    async with runtime.db.fast.acquire(company.id) as conn:
        key = await conn.fetchval(
            "SELECT b.key FROM file f JOIN file_blob b ON b.workspace_id = f.workspace_id AND b.id = f.blob_id"
            " WHERE f.id = $1",
            company.ids["file"],
        )  # fmt: skip
    async with files.open_store(runtime.settings).local(key) as bytes_:
        kept = bytes_.rename(tmp_path / "kept")
    try:
        target = tmp_path / "rest.zip"
        said = await shell.besedka("backup", str(target))
        assert said.status == 0, said.text
        assert "1 file(s) are missing" in said.text
        assert key in said.text
    finally:
        kept.rename(bytes_)
    said = await restored(place, target)
    assert said.status == 0, said.text
    assert key in said.text
    with zipfile.ZipFile(target) as archive:
        assert f"files/{key}" not in archive.namelist()


async def test_place_that_is_not_empty_is_left_alone_unless_forced(
    company: Company, shell: Shell, place: Place, tmp_path: Path
) -> None:
    archive = await backed_up(shell, tmp_path)
    assert (await restored(place, archive)).status == 0
    again = await restored(place, archive)
    assert (again.status, "There is something here already" in again.text) == (1, True)
    forced = await restored(place, archive, "--force")
    assert forced.status == 0, forced.text


async def test_running_server_keeps_its_database(
    company: Company, shell: Shell, tmp_path: Path
) -> None:
    archive = await backed_up(shell, tmp_path)
    said = await shell.besedka("restore", str(archive), "--force")
    assert (said.status, "stop it first" in said.text) == (1, True)


@pytest.mark.parametrize("damage", ["bytes", "missing", "cut"])
async def test_damaged_archive_changes_nothing(
    company: Company, shell: Shell, place: Place, tmp_path: Path, damage: str
) -> None:
    archive = await backed_up(shell, tmp_path)
    broken = tmp_path / "broken.zip"
    if damage == "cut":
        broken.write_bytes(archive.read_bytes()[:-1000])
    else:
        _rewrite(archive, broken, drop=damage == "missing")
    said = await restored(place, broken)
    assert said.status == 1, said.text
    assert not place.data_dir.exists()
    conn = await asyncpg.connect(place.database_url)
    assert (
        await conn.fetchval(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        )
        == 0
    )
    await conn.close()


def _rewrite(archive: Path, target: Path, *, drop: bool) -> None:
    """Copy an archive with one file changed, or without it."""
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(target, "w") as made:
        victim = next(n for n in source.namelist() if n.startswith("files/"))
        for name in source.namelist():
            if name != victim:
                made.writestr(name, source.read(name))
            elif not drop:
                made.writestr(name, source.read(name)[:-1] + b"!")
        assert MANIFEST in source.namelist()


async def test_other_key_is_refused_before_anything_is_changed(
    company: Company, shell: Shell, place: Place, tmp_path: Path
) -> None:
    archive = await backed_up(shell, tmp_path)
    wrong = Shell({**place.shell.environment, "SECRET_KEY": "k" * 40})
    said = await wrong.besedka("restore", str(archive))
    assert (said.status, "SECRET_KEY is not the key" in said.text) == (1, True)
    assert not place.data_dir.exists()
