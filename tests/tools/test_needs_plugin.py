"""Where Chromium or Redis is absent, tests that need it are left out by name and number, and never in silence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.tree import ROOT, write_tree

TESTS = {
    "pytest.ini": "[pytest]\nmarkers =\n browser: x\n redis: y\n",
    "test_x.py": """
        import pytest

        def test_plain():
            assert 1 + 1 == 2

        @pytest.mark.browser
        @pytest.mark.parametrize("page", ["inbox", "settings"])
        def test_page(page):
            assert page
        """,
}


def _pytest(root: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    write_tree(root, TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "tests.plugins.needs", *options]
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "CHROMIUM"}}
    return subprocess.run(
        command,
        cwd=root,
        env=kept
        | {
            "PYTHONPATH": str(ROOT),
            "PATH": str(root / "bin"),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "1")])
def test_absent_chromium_names_and_counts_what_is_left_out(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    done = _pytest(tmp_path, *options)
    assert done.returncode == 0
    assert "1 passed" in done.stdout
    assert "test_x.py::test_page[inbox]\ntest_x.py::test_page[settings]\n" in done.stdout
    assert "2 browser tests left out" in done.stdout


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "1")])
def test_absent_chromium_in_ci_is_a_failure(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = _pytest(tmp_path, *options, CI="true")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "2 browser tests left out" in done.stdout


def test_absent_chromium_in_ci_without_browser_tests_is_no_failure(tmp_path: Path) -> None:
    done = _pytest(tmp_path, "-k", "plain", CI="true")
    assert done.returncode == 0
    assert "left out" not in done.stdout


def test_present_chromium_leaves_nothing_out(tmp_path: Path) -> None:
    write_tree(tmp_path, {"bin/chromium": "#!/bin/sh\n"})
    (tmp_path / "bin" / "chromium").chmod(0o755)
    done = _pytest(tmp_path, CI="true")
    assert done.returncode == 0
    assert "3 passed" in done.stdout
    assert "left out" not in done.stdout


def test_absent_redis_is_named_beside_absent_chromium(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "test_y.py": """
                import pytest

                @pytest.mark.redis
                def test_bus():
                    assert 1 + 1 == 2
                """
        },
    )
    done = _pytest(tmp_path)
    assert done.returncode == 0
    assert "test_y.py::test_bus\n1 redis tests left out: install redis-server." in done.stdout
    assert "2 browser tests left out" in done.stdout
