import subprocess
import sys
from pathlib import Path

from tests.tools.lint.found import SRC
from tests.tools.tree import ROOT, write_tree
from tools.lint import run, suppressions
from tools.lint.project import Project

HOME = "src/besedka/core/http/client.py"
CLEAN = {HOME: "session = ClientSession()\n", suppressions.CEILING: "0"}


def _command(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.lint", str(root)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_violation_is_printed_and_fails_the_build(tmp_path: Path) -> None:
    done = _command(write_tree(tmp_path, CLEAN | {SRC: "def f(a, b, c): ...\n"}))
    assert done.returncode == 1
    assert done.stdout.startswith(f"{SRC}:1: f takes 3 positional arguments")


def test_soft_violation_is_printed_and_does_not_fail_the_build(tmp_path: Path) -> None:
    done = _command(write_tree(tmp_path, CLEAN | {SRC: "x = 1\n" * 401}))
    assert done.returncode == 0
    assert f"{SRC}:401: warning: file of 401 lines" in done.stdout


def test_excused_line_is_not_reported_and_others_are(tmp_path: Path) -> None:
    excused = "def f(a, b, c): ...  # lint-allow: keyword-only the protocol prescribes it\n"
    other = "def g(a, b, c): ...  # lint-allow: sql the protocol prescribes it\n"
    files = CLEAN | {SRC: f"{excused}{other}f(1, 2, 3)\ng(1, 2, 3)\n", suppressions.CEILING: "2"}
    found = [str(v) for v in run.violations(Project(write_tree(tmp_path, files)))]
    assert found == [f"{SRC}:2: g takes 3 positional arguments: keyword-only beyond 2"]


def test_ignored_file_of_a_repository_is_not_looked_at(tmp_path: Path) -> None:
    write_tree(tmp_path, {".gitignore": "built/\n", "built/a.py": "x", "b.py": "x"})
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert [file.path for file in Project(tmp_path).files] == [".gitignore", "b.py"]


def test_unreadable_file_does_not_hide_the_others(tmp_path: Path) -> None:
    files = CLEAN | {SRC: "def f(a, b, c): ...\n\n\nf(1, 2, 3)\n", "src/besedka/app.py": "def ("}
    found = [str(v) for v in run.violations(Project(write_tree(tmp_path, files)))]
    assert found == [f"{SRC}:1: f takes 3 positional arguments: keyword-only beyond 2"]
