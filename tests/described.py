"""An application that is never started, to be asked what it has: describing all its routes takes seconds, so it is done once."""

from functools import cache

from fastapi import FastAPI

from besedka.app import create_app
from besedka.core.config import Settings


@cache
def whole() -> FastAPI:
    """Return the application with everything."""
    return create_app(Settings(_env_file=None, env="test", log_level="error"))
