"""The manifest of profiles."""

from pathlib import Path

from besedka.core.module import Manifest
from besedka.core.runtime import Runtime
from besedka.kernel.answers.service import AboutPorts
from besedka.products.profile import api, pages, service


async def start(runtime: Runtime) -> None:
    """Have models told of the people that they answer."""
    runtime.get(AboutPorts).tell.append(service.tell)


MANIFEST = Manifest(
    name="profile",
    package="besedka.products.profile",
    routers=(api.router,),
    pages=(pages.router,),
    templates=Path(__file__).parent / "templates",
    export_person=service.export_person,
    start=start,
)
"""It forgets a person with their membership: its rows hang on it."""
