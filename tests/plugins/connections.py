"""The shelf of connections, put under every application of the run."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from besedka.core.db import database, lanes
from tests.plugins.shelf import KeepingPool, Shelf


@pytest.fixture(scope="session")
async def left_connections() -> AsyncIterator[Shelf]:
    """What this worker's applications leave to each other; it lasts as long as their event loop."""
    made = Shelf()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lanes, "Pool", partial(KeepingPool, made))
        patch.setattr(database, "inspect", partial(made.inspect, database.inspect))
        yield made
    made.clear()
