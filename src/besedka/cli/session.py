"""Running a command's coroutine, and finding what its words name."""

from collections.abc import Coroutine
from typing import TypeVar

import uvloop

T = TypeVar("T")


def run(work: Coroutine[object, object, T]) -> T:
    """Run a command's coroutine in a fresh loop."""
    return uvloop.run(work)
