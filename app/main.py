"""The documented start: `uvicorn app.main:app`."""

from besedka.app import create_app
from besedka.core import memory

app = create_app(on_ready=memory.settle)
