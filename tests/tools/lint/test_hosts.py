from pathlib import Path

import pytest

from tests.tools.lint.found import found
from tools.lint import hosts


@pytest.mark.parametrize(
    "line",
    [
        "https://py" + "pi.org/simple",
        "https://files.python" + "hosted.org/packages/x.whl",
        "https://registry.npm" + "js.org/lit",
        "--index" + "-url x",
        "--find" + "-links x",
        '"resolved"' + ': "https://mirror.example/lit.tgz"',
        "/ro" + "ot/notes.txt",
        "/ho" + "me/anna/notes.txt",
        "/Us" + "ers/anna/notes.txt",
    ],
)
def test_address_of_one_machine_or_index_is_reported(tmp_path: Path, line: str) -> None:
    (reported,) = found(hosts, tmp_path, {"docs/guide.md": f"# Guide\n{line}\n"})
    assert reported.startswith("docs/guide.md:2: ")


def test_path_of_the_checkout_is_reported(tmp_path: Path) -> None:
    assert found(hosts, tmp_path, {"Makefile": f"cd {tmp_path}/src"})


@pytest.mark.parametrize(
    "line", ["https://example.com/home/", "~/notes", "/dashboard/home", "lit==1 --hash=sha256:00"]
)
def test_other_address_is_not_reported(tmp_path: Path, line: str) -> None:
    assert found(hosts, tmp_path, {"docs/guide.md": line}) == []


def test_binary_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\xff\xfe/ro" + b"ot/x")
    assert found(hosts, tmp_path, {}) == []
