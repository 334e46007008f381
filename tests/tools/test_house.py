"""The ways into the house: what make offers, what the pins hold, what the wheel carries."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.tools.tree import ROOT, write_tree

TARGETS = {"setup", "run", "test", "check", "bench", "torture", "migrate", "help", "lock", "clean"}


def test_make_without_a_target_lists_every_target() -> None:
    done = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"make (\w+)", done.stdout)) == TARGETS


@pytest.mark.parametrize("name", ["uv", "app", "dev", "node"])
def test_every_named_requirement_is_pinned_with_hashes(name: str) -> None:
    folder = ROOT / "requirements"
    named = re.findall(r"(?m)^[a-z][\w.-]*", (folder / f"{name}.in").read_text())
    pins = re.split(r"\n(?=\S)", (folder / f"{name}.txt").read_text())
    pinned = {pin.split("==")[0].split("[")[0] for pin in pins}
    assert set(named) <= pinned
    assert [pin for pin in pins if pin and "--hash=sha256:" not in pin] == []


def test_front_end_lock_names_no_host() -> None:
    assert "resolved" not in (ROOT / "frontend" / "package-lock.json").read_text()


def test_documented_start_gives_the_application(tmp_path: Path) -> None:
    code = "from app.main import app; print(app.title)"
    start = [sys.executable, "-c", code]
    environment = os.environ | {"BESEDKA_DATA_DIR": str(tmp_path)}
    done = subprocess.run(start, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert done.stdout == b"Besedka\n", done.stderr.decode()


def test_alembic_finds_the_migrations_from_the_root() -> None:
    config = ConfigParser(interpolation=None)
    config.read(ROOT / "alembic.ini")
    location = config["alembic"]["script_location"].replace("%(here)s", str(ROOT))
    assert (Path(location) / "env.py").exists()


def test_wheel_carries_templates_and_the_built_front_end(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    package = "src/besedka/web"
    carried = {f"{package}/static/app-1.js", f"{package}/templates/macros/press.html"}
    written = dict.fromkeys([*carried, "src/besedka/__init__.py", f"{package}/__init__.py"], "")
    write_tree(tmp_path, written | {f"{package}/__pycache__/x.cpython-311.pyc": ""})
    build = [sys.executable, "-m", "uv", "build", "--wheel", "--no-build-isolation", "--offline"]
    subprocess.run([*build, "-q", "--python", sys.executable], cwd=tmp_path, check=True)
    names = zipfile.ZipFile(next((tmp_path / "dist").glob("*.whl"))).namelist()
    assert {path.removeprefix("src/") for path in carried} <= set(names)
    assert not [name for name in names if "__pycache__" in name]
