"""The manifest of the OpenAI-compatible endpoint."""

from besedka.core.module import Manifest
from besedka.products.openai import api

MANIFEST = Manifest(
    name="openai", package="besedka.products.openai", standard_routers=(api.router,)
)
