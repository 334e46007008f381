"""Which Node builds the front end."""

from pathlib import Path

import pytest

from tests.tools.tree import write_tree
from tools import frontend


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def _machine_with_node(folder: Path, version: str) -> None:
    write_tree(folder, {"node": f"#!/bin/sh\necho {version}\n", "npm": "#!/bin/sh\n"})
    for name in ("node", "npm"):
        (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("text", "version"),
    [("v22.18.0\n", (22, 18, 0)), (">=22.18", (22, 18)), ("24", (24,)), ("", ())],
)
def test_version_is_read_from_what_node_and_npm_write(text: str, version: frontend.Version) -> None:
    assert frontend.parse_version(text) == version


def test_new_enough_node_of_the_machine_is_taken(path: Path) -> None:
    _machine_with_node(path, "v22.18.0")
    assert frontend.find_node_in_path((22, 18)) == frontend.Node((22, 18, 0), path)


def test_old_node_of_the_machine_is_passed_over(path: Path) -> None:
    _machine_with_node(path, "v20.20.2")
    assert frontend.find_node_in_path((22, 0)) is None


def test_node_without_npm_is_passed_over(path: Path) -> None:
    _machine_with_node(path, "v24.0.0")
    (path / "npm").unlink()
    assert frontend.find_node_in_path((22, 0)) is None


def test_machine_without_node_has_none(path: Path) -> None:
    assert frontend.find_node_in_path((22, 0)) is None


def test_oldest_node_follows_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "FRONTEND", tmp_path)
    assert frontend.oldest_node() == (22, 0)
    write_tree(tmp_path, {"package.json": '{"engines": {"node": ">=23.1"}}'})
    assert frontend.oldest_node() == (23, 1)
