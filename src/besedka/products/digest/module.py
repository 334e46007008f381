"""The manifest of the digest."""

from pathlib import Path

from besedka.core.module import Manifest, PeriodicSpec
from besedka.products.digest import api, jobs, pages, service

HERE = Path(__file__).parent
MINUTE = 60.0

MANIFEST = Manifest(
    name="digest",
    package="besedka.products.digest",
    routers=(api.router,),
    pages=(pages.router,),
    periodic=(PeriodicSpec("digest.sweep", jobs.sweep, every=MINUTE),),
    templates=HERE / "templates",
    letters=HERE / "letters",
    export_person=service.export_person,
)
"""It forgets a person with their membership: its rows hang on it."""
