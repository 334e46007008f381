"""The documented start: `uvicorn app.main:app`."""

from besedka.app import create_app

app = create_app(for_good=True)
