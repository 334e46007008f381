"""The manifest of the OpenAI-compatible endpoint."""

from besedka.core.module import Manifest
from besedka.products.openai import api

MANIFEST = Manifest(name="openai", package="besedka.products.openai", root_routers=(api.router,))
