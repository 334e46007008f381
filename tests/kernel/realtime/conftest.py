"""The engine by itself: nothing above answers the visitors of these dialogs."""

import pytest
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from besedka.kernel.conversations.service import Writers


@pytest.fixture
def runtime(app: FastAPI) -> Runtime:
    """The runtime of the started application, without companions of other modules."""
    found = app.state.runtime
    assert isinstance(found, Runtime)
    found.get(Writers)._companions.clear()
    return found
