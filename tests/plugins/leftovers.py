"""One event loop for the run of a worker, so that connections and the browser may outlive a test; its tasks may not."""

import asyncio
from collections.abc import AsyncIterator

import pytest

PATIENCE = 10.0
"""Seconds that a cancelled task may take to end."""


@pytest.fixture(autouse=True)
async def leftovers() -> AsyncIterator[None]:
    """End what a test has left running, as its own loop would."""
    loop = asyncio.get_running_loop()
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        _, stubborn = await asyncio.wait(left, timeout=PATIENCE)
        assert not stubborn, f"a task goes on after it was cancelled: {stubborn}"
    loop.set_exception_handler(None)
