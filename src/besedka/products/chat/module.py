"""The manifest of talking with models."""

from besedka.core.module import JobSpec, Manifest
from besedka.core.runtime import Runtime
from besedka.products.chat import jobs, service
from besedka.products.chat.api import branches, models, talking


async def start(runtime: Runtime) -> None:
    """Make the process's place for the answers that it makes."""
    runtime.put(service.Lives())


MANIFEST = Manifest(
    name="chat",
    package="besedka.products.chat",
    routers=(models.router, talking.router, branches.router),
    jobs=(JobSpec(service.JOB, jobs.answer_left_over, max_attempts=jobs.ATTEMPTS, timeout=1200),),
    start=start,
)
