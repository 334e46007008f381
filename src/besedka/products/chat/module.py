"""The manifest of talking with models."""

from besedka.core.module import Manifest
from besedka.products.chat import api

MANIFEST = Manifest(name="chat", package="besedka.products.chat", routers=(api.router,))
