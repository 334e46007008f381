"""The manifest of the demo."""

from pathlib import Path

from besedka.core.module import Manifest
from besedka.products.demo import pages

MANIFEST = Manifest(
    name="demo",
    package="besedka.products.demo",
    pages=(pages.router,),
    templates=Path(__file__).parent / "templates",
)
