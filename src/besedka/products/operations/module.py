"""The manifest of operations."""

from pathlib import Path

from besedka.core.module import Manifest
from besedka.core.runtime import Runtime
from besedka.products.operations import api, pages, service


async def _started(runtime: Runtime) -> None:
    runtime.background.spawn(
        service.keep_following(service.Follower(runtime)), name="operations log level"
    )


MANIFEST = Manifest(
    name="operations",
    package="besedka.products.operations",
    routers=(api.router,),
    pages=(pages.router,),
    templates=Path(__file__).parent / "templates",
    started=_started,
)
