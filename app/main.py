"""The documented start: `uvicorn app.main:app`."""

from besedka.app import app

__all__ = ["app"]
