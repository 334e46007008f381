"""The manifest of service levels."""

from pathlib import Path

from besedka.core.module import Manifest
from besedka.products.service_levels import api
from besedka.products.service_levels.pages import policies, schedules

MANIFEST = Manifest(
    name="service_levels",
    package="besedka.products.service_levels",
    routers=(api.router,),
    pages=(schedules.router, policies.router),
    templates=Path(__file__).parent / "templates",
)
