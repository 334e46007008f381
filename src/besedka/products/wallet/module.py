"""The manifest of the wallet."""

from besedka.core.module import Manifest
from besedka.products.wallet import api

MANIFEST = Manifest(name="wallet", package="besedka.products.wallet", routers=(api.router,))
