"""What commands say when something is not as it should be."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.kernel.accounts.helpers import fresh_email

AWAY = "postgresql://nobody@127.0.0.1:1/nothing"
HEAVY = "xberg pypdfium2 trafilatura lxml PIL sqlalchemy alembic aiohttp redis"


def test_start_loads_no_package_that_it_may_never_need() -> None:
    script = f"import sys, besedka.cli.main; print([name for name in '{HEAVY}'.split() if name in sys.modules])"
    source = Path(__file__).resolve().parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("words", [("migrate",), ("ask", "Anna", "Who?")])
def test_unreachable_database_is_one_line(
    command: Command, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", AWAY)
    code, said = command(*words)
    assert code == 1
    assert said.count("\n") == 1
    assert "The database does not answer" in said


def test_doctor_on_a_full_disk_finds_something_to_mend(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BESEDKA_DATA_DIR", "/proc/x")
    code, said = command("doctor")
    assert code == 1
    assert "✗ " in said.partition("/proc/x")[0]
    assert "Everything is in order" not in said


def test_doctor_tells_of_a_folder_that_is_not_there_yet(command: Command, tmp_path: Path) -> None:
    _, said = command("doctor")
    assert f"! The data folder {tmp_path / 'data'} will be made" in " ".join(said.split())
    (tmp_path / "data").mkdir()
    _, said = command("doctor")
    assert f"✓ Data folder {tmp_path / 'data'}" in " ".join(said.split())


def test_existing_person_becomes_a_host_only_when_told_so(command: Command) -> None:
    email = fresh_email()
    command("admin", "create", "--email", email)
    code, said = command("admin", "create", "--email", email)
    assert code == 1
    assert "--existing" in said
    assert "token=" not in said
    code, said = command("admin", "create", "--email", email, "--existing")
    assert code == 0, said
    assert "token=" in said
