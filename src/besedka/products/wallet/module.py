"""The manifest of the wallet."""

from pathlib import Path

from besedka.core.module import Manifest, PeriodicSpec
from besedka.products.wallet import jobs, pages
from besedka.products.wallet.api import limits, paying, reading

HERE = Path(__file__).parent
MINUTE = 60.0

MANIFEST = Manifest(
    name="wallet",
    package="besedka.products.wallet",
    routers=(reading.router, paying.router, paying.events, limits.router),
    pages=(pages.router,),
    periodic=(
        PeriodicSpec("wallet.settle", jobs.settle, every=MINUTE),
        PeriodicSpec("wallet.watch", jobs.watch, every=5 * MINUTE),
    ),
    templates=HERE / "templates",
    letters=HERE / "letters",
)
