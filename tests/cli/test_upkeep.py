"""What a host does now and then: unused accounts, files that nobody needs, health, another master key."""

import ast
import json
import sys
from asyncio import create_subprocess_exec, subprocess, timeout
from pathlib import Path

import httpx
import pytest

import besedka
from besedka.core import master_key
from besedka.core.db import dump
from besedka.core.db.connection import SystemConn
from besedka.core.db.dsn import normalise
from besedka.core.db.sealed import reseal
from besedka.core.module import SealedColumn
from besedka.core.runtime import Runtime
from besedka.core.security.secretbox import SecretBox
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import Role
from besedka.modules import MODULES
from tests.cli.places import Place, backed_up, restored
from tests.cli.shell import Shell
from tests.factories import Made, make_person, make_workspace

API = "/api/v1"
ROOT = Path(besedka.__file__).parents[2]


async def age(runtime: Runtime, *people: Made, days: int) -> None:
    """Let nobody have been there for so many days."""
    async with runtime.db.system.transaction() as conn:
        for statement in (
            "UPDATE app_user SET created_at = now() - $2 * interval '1 day' WHERE id = ANY($1)",
            "UPDATE session SET last_seen_at = now() - $2 * interval '1 day' WHERE user_id = ANY($1)",
        ):
            await conn.execute(statement, [person.user_id for person in people], days)


async def may_enter(client: httpx.AsyncClient, person: Made) -> bool:
    return (await client.get(f"{API}/auth/me", headers=person.headers)).status_code == 200


async def test_unused_account_is_disabled_and_let_in_again(
    runtime: Runtime, client: httpx.AsyncClient, shell: Shell
) -> None:
    firm = await make_workspace(runtime)
    idle, busy = await make_person(runtime, firm), await make_person(runtime, firm, role=Role.ADMIN)
    await age(runtime, idle, firm.owner, days=100)
    dry = await shell.besedka("users", "cleanup", "--inactive-days", "90", "--dry-run")
    assert (dry.status, idle.email in dry.text, busy.email in dry.text) == (0, True, False)
    assert await may_enter(client, idle)
    await age(runtime, idle, days=100)  # that was a use
    done = await shell.besedka("users", "cleanup", "--inactive-days", "90")
    assert done.status == 0, done.text
    entered = [await may_enter(client, each) for each in (idle, busy, firm.owner)]
    assert entered == [False, True, True]
    assert (await shell.besedka("users", "enable", "--email", idle.email)).status == 0
    given = {"email": idle.email, "password": idle.password}
    assert (await client.post(f"{API}/auth/login", json=given)).status_code == 200


async def test_account_whose_sessions_were_swept_counts_as_used(
    runtime: Runtime, shell: Shell
) -> None:
    firm = await make_workspace(runtime)
    person = await make_person(runtime, firm)
    await age(runtime, person, days=200)
    async with runtime.db.system.transaction() as conn:
        await conn.execute(
            "UPDATE session SET last_seen_at = now() - interval '40 days', revoked_at = now() - interval '40 days'"
            " WHERE user_id = $1",
            person.user_id,
        )
        await accounts.sweep(conn)
        left = await conn.fetchval(
            "SELECT count(*) FROM session WHERE user_id = $1", person.user_id
        )
    assert left == 0
    said = await shell.besedka("users", "cleanup", "--inactive-days", "90", "--dry-run")
    assert person.email not in said.text


async def test_upload_that_nothing_refers_to_is_removed(
    runtime: Runtime, client: httpx.AsyncClient, shell: Shell
) -> None:
    firm = await make_workspace(runtime)

    async def upload(path: str, name: str) -> str:
        files = {"file": (name, name.encode() * 9, "text/plain")}
        made = await client.post(API + path, files=files, headers=firm.headers)
        assert made.is_success, made.text
        return str(made.json()["id"])

    loose = await upload("/files/upload", "loose.txt")
    await upload("/documents/files", "needed.txt")
    async with runtime.db.system.transaction() as conn:
        await conn.execute(
            "UPDATE file SET created_at = now() - interval '31 days' WHERE workspace_id = $1",
            firm.id,
        )
    young = await upload("/files/upload", "young.txt")
    dry = await shell.besedka("uploads", "cleanup", "--older-than", "30", "--dry-run")
    assert (dry.status, "loose.txt" in dry.text, "needed.txt" in dry.text) == (0, True, False)
    done = await shell.besedka("uploads", "cleanup", "--older-than", "30")
    assert done.status == 0, done.text
    found = {
        each: (await client.get(f"{API}/files/{each}", headers=firm.headers)).status_code
        for each in (loose, young)
    }
    assert found == {loose: 404, young: 200}
    async with runtime.db.system.acquire() as conn:
        left = await conn.fetch("SELECT name FROM file WHERE workspace_id = $1", firm.id)
    assert {row["name"] for row in left} == {"needed.txt", "young.txt"}


async def test_health_without_a_server_is_bad_and_says_so_in_json(shell: Shell) -> None:
    alone = Shell({**shell.environment, "BESEDKA_PORT": "1"})
    said = await alone.besedka("system", "--check-health", "--json")
    found = json.loads(said.text)
    assert (said.status, found["status"]) == (1, "failed")
    states = {check["name"]: check["state"] for check in found["checks"]}
    assert (states["server"], states["database"], states["schema"]) == ("failed", "ok", "ok")


@pytest.mark.parametrize(
    "script",
    [
        "admin/create_admin.py", "admin/cleanup_users.py", "maintenance/database_backup.py",
        "maintenance/cleanup_uploads.py", "maintenance/system_monitor.py",
    ],
)  # fmt: skip
async def test_documented_name_becomes_the_command(script: str) -> None:
    path = ROOT / "scripts" / "backend" / script
    process = await create_subprocess_exec(
        sys.executable, str(path), "--help", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    async with timeout(60):
        output, _ = await process.communicate()
    assert (process.returncode, b"Usage: besedka" in output) == (0, True), output.decode()


def test_key_is_replaced_in_steps_that_may_each_be_the_last(tmp_path: Path) -> None:
    old = master_key.current(tmp_path)
    (tmp_path / master_key.PREVIOUS).hardlink_to(tmp_path / master_key.CURRENT)
    assert (master_key.current(tmp_path), master_key.previous(tmp_path)) == (old, old)
    master_key.replace(tmp_path)
    new = master_key.current(tmp_path)
    assert (new != old, master_key.previous(tmp_path)) == (True, old)
    master_key.replace(tmp_path)
    assert master_key.current(tmp_path) == new
    master_key.forget_previous(tmp_path)
    assert master_key.previous(tmp_path) is None
    assert (tmp_path / master_key.CURRENT).stat().st_mode & 0o077 == 0


async def test_rotation_seals_everything_anew_and_goes_on_after_a_kill(
    runtime: Runtime, company: object, shell: Shell, place: Place, tmp_path: Path
) -> None:
    archive = await backed_up(shell, tmp_path)
    assert (await restored(place, archive)).status == 0
    folder = place.data_dir / "secrets"
    old = master_key.current(folder)
    master_key.replace(folder)  # killed right after the new key had its place
    async with dump.connect(normalise(place.database_url)) as conn:
        before = await _key_ids(conn)
        assert before == {SecretBox(old).key_id}
        said = await place.shell.besedka("keys", "rotate")
        assert said.status == 0, said.text
        assert await _key_ids(conn) == {SecretBox(master_key.current(folder)).key_id}
    assert master_key.previous(folder) is None
    again = await place.shell.besedka("keys", "rotate")
    assert again.status == 0, again.text
    assert "secret(s) are sealed with the new master key" in again.text


async def test_secret_of_a_lost_key_is_left_and_the_old_key_kept(
    runtime: Runtime, company: object, shell: Shell, place: Place, tmp_path: Path
) -> None:
    assert (await restored(place, await backed_up(shell, tmp_path))).status == 0
    column = SealedColumn("llm_provider", "api_key", "{workspace_id}/llm_provider/{id}/api_key")
    async with dump.connect(normalise(place.database_url)) as conn:
        done = await reseal(conn, column, SecretBox(b"new key", b"a key that sealed nothing"))
        assert (done.count, done.unreadable > 0) == (0, True)


async def test_running_server_refuses_rotation(runtime: Runtime, shell: Shell) -> None:
    said = await shell.besedka("keys", "rotate")
    assert (said.status, "stop it first" in said.text) == (1, True)


async def test_box_opens_what_its_predecessor_sealed() -> None:
    sealed = SecretBox(b"old").seal("secret", "place")
    both = SecretBox(b"new", b"old")
    assert both.open(sealed, "place") == "secret"
    assert both.seal("secret", "place")[:4] != sealed[:4]


async def _key_ids(conn: SystemConn) -> set[str]:
    rows = await conn.fetch("SELECT encode(substr(api_key, 1, 4), 'hex') AS id FROM llm_provider")
    return {row["id"] for row in rows}


def _sealing() -> set[str]:
    """Return the modules whose code seals secrets."""
    package = ROOT / "src" / "besedka"
    found = set()
    for path in (*package.glob("kernel/*/**/*.py"), *package.glob("products/*/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Attribute)
                and node.attr == "seal"
                and "secrets" in ast.unparse(node.value)
            ):
                found.add(".".join(path.relative_to(package).parts[:2]))
    return found


def test_whoever_seals_declares_the_columns_for_the_rotation() -> None:
    declaring = {m.package.removeprefix("besedka.") for m in MODULES if m.sealed}
    assert _sealing() == declaring
