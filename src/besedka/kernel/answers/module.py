"""The manifest of answers."""

from besedka.core.module import JobSpec, Manifest
from besedka.core.runtime import Runtime
from besedka.kernel.answers.jobs import answer_left_over
from besedka.kernel.answers.service.compose import Places
from besedka.kernel.answers.service.engine import BACKUP_JOB


async def start(runtime: Runtime) -> None:  # noqa: RUF029 - the shape of a manifest's hook
    """Make the process's places for answers."""
    runtime.put(Places())


MANIFEST = Manifest(
    name="answers",
    package="besedka.kernel.answers",
    jobs=(JobSpec(BACKUP_JOB, answer_left_over, max_attempts=3, timeout=300),),
    start=start,
)
