"""What the long attacks share."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

Report: TypeAlias = Callable[[str], None]


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Writes figures where they are seen; workers of xdist have no such place."""
    terminal = request.config.pluginmanager.getplugin("terminalreporter")

    def write(line: str) -> None:
        if terminal is not None:
            terminal.write_line(f"\n{request.node.name}: {line}")

    return write
