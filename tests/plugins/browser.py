"""Tests marked `browser` need Chromium: where it is absent they are left out by name and number.

With `CI=true` leaving anything out is a failure: a green run there means that the pages were driven.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from xdist.workermanage import WorkerController

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

LEFT_OUT = pytest.StashKey[list[str]]()
LISTED = 20


def find_chromium() -> Path | None:
    """The browser that the tests drive: `CHROMIUM`, or one of its usual names in PATH."""
    named = os.environ.get("CHROMIUM")
    candidates = [named] if named else NAMES
    found = (shutil.which(name) for name in candidates)
    return next((Path(path) for path in found if path), None)


def is_ci() -> bool:
    """Whether this run decides about landing."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = []


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if find_chromium() is not None:
        return
    driven = [item for item in items if item.get_closest_marker("browser")]
    if not driven:
        return
    items[:] = [item for item in items if item not in driven]
    config.hook.pytest_deselected(items=driven)
    config.stash[LEFT_OUT] = sorted(item.nodeid for item in driven)


def pytest_sessionfinish(session: pytest.Session) -> None:
    left_out = session.config.stash[LEFT_OUT]
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = left_out
    elif left_out and is_ci():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    # Under xdist only the workers collect; each of them has left out the same tests.
    output: dict[str, list[str]] = getattr(node, "workeroutput", {})
    node.config.stash[LEFT_OUT] = output.get("left_out", [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    left_out = config.stash[LEFT_OUT]
    if not left_out:
        return
    is_red = is_ci()
    terminalreporter.section("left out: no Chromium", red=is_red, yellow=not is_red)
    for line in _report(left_out):
        terminalreporter.line(line)


def _report(left_out: Sequence[str]) -> list[str]:
    more = len(left_out) - LISTED
    return [
        *left_out[:LISTED],
        *([f"... and {more} more"] if more > 0 else []),
        f"{len(left_out)} browser tests left out: install chromium, or name one in CHROMIUM.",
    ]
