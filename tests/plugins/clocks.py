"""A clock that stands still for the rate limits: a window that ends amid a test would let one more hit pass."""

import time
from types import SimpleNamespace

import pytest
from limits.aio import strategies
from limits.aio.storage import memory


@pytest.fixture
def still_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass for the limits of this process."""
    moment = time.time()
    for module in (strategies, memory):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: moment))
