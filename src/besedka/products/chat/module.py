"""The manifest of talking with models."""

from pathlib import Path

from besedka.core.module import JobSpec, Manifest, NavItem
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ACT
from besedka.products.chat import jobs, service
from besedka.products.chat.api import branches, models, taking, talking
from besedka.products.chat.pages import folders, keeping
from besedka.products.chat.pages import talking as talking_pages
from besedka.products.chat.pages.common import PAGE


async def start(runtime: Runtime) -> None:
    """Make the process's place for the answers that it makes."""
    runtime.put(service.Lives())


MANIFEST = Manifest(
    name="chat",
    package="besedka.products.chat",
    routers=(models.router, talking.router, branches.router, taking.router),
    pages=(folders.router, talking_pages.router, keeping.router),
    navigation=(NavItem(PAGE, "spark", "chat.title", ACT, order=30),),
    templates=Path(__file__).parent / "templates",
    jobs=(JobSpec(service.JOB, jobs.answer_left_over, max_attempts=jobs.ATTEMPTS, timeout=1200),),
    start=start,
)
