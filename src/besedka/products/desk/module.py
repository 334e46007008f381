"""The manifest of the desk."""

from pathlib import Path

from besedka.core.module import Manifest
from besedka.kernel.accounts.types import ADMINISTRATORS
from besedka.products.desk import api, pages
from besedka.products.desk.types import SHARES

MANIFEST = Manifest(
    name="desk",
    package="besedka.products.desk",
    routers=(api.router, api.macro_router),
    pages=(pages.router,),
    permissions={SHARES: ADMINISTRATORS},
    templates=Path(__file__).parent / "templates",
)
"""It forgets a person with their actor: a ready reply of their own hangs on it."""
