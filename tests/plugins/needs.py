"""Tests marked `browser` need Chromium, those marked `redis` a Redis server: where one is absent, they are left out by name
and number.

With `CI=true` leaving anything out is a failure: a green run there means that everything was tried.
"""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from xdist.workermanage import WorkerController

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

LEFT_OUT = pytest.StashKey[dict[str, list[str]]]()
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


def find_redis() -> Path | None:
    """The Redis server that the tests start."""
    found = shutil.which("redis-server")
    return Path(found) if found else None


@dataclass(frozen=True)
class Need:
    """What tests with a marker need, and how to get it."""

    name: str
    find: Callable[[], Path | None]
    remedy: str


NEEDS: Mapping[str, Need] = {
    "browser": Need("Chromium", find_chromium, "install chromium, or name one in CHROMIUM"),
    "redis": Need("Redis", find_redis, "install redis-server"),
}


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = {}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for marker, need in NEEDS.items():
        needy = [item for item in items if item.get_closest_marker(marker)]
        if needy and need.find() is None:
            items[:] = [item for item in items if item not in needy]
            config.hook.pytest_deselected(items=needy)
            config.stash[LEFT_OUT][marker] = sorted(item.nodeid for item in needy)


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
    output: dict[str, dict[str, list[str]]] = getattr(node, "workeroutput", {})
    node.config.stash[LEFT_OUT] = output.get("left_out", {})


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    is_red = is_ci()
    for marker, left_out in config.stash[LEFT_OUT].items():
        terminalreporter.section(
            f"left out: no {NEEDS[marker].name}", red=is_red, yellow=not is_red
        )
        for line in _report(marker, left_out):
            terminalreporter.line(line)


def _report(marker: str, left_out: Sequence[str]) -> list[str]:
    more = len(left_out) - LISTED
    return [
        *left_out[:LISTED],
        *([f"... and {more} more"] if more > 0 else []),
        f"{len(left_out)} {marker} tests left out: {NEEDS[marker].remedy}.",
    ]
