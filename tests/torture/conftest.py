"""What the long attacks share."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

Report: TypeAlias = Callable[[str], None]


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Writes figures where they are seen; workers of xdist have no such place."""
    plugins = request.config.pluginmanager
    terminal, capture = plugins.getplugin("terminalreporter"), plugins.getplugin("capturemanager")

    def write(line: str) -> None:
        if terminal is not None and capture is not None:
            with capture.global_and_fixture_disabled():
                terminal.write_line(f"\n{request.node.name}: {line}")

    return write
