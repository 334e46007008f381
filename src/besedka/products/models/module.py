"""The manifest of the pages about models."""

from pathlib import Path

from besedka.core.module import Manifest
from besedka.products.models.api import access, keys, servers
from besedka.products.models.pages import access as access_pages
from besedka.products.models.pages import keys as key_pages
from besedka.products.models.pages import servers as server_pages

MANIFEST = Manifest(
    name="models",
    package="besedka.products.models",
    routers=(servers.router, access.router, keys.router),
    pages=(server_pages.router, access_pages.router, key_pages.router),
    templates=Path(__file__).parent / "templates",
)
