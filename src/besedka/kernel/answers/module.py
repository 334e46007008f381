"""The manifest of answers."""

from besedka.core.module import JobSpec, Manifest, PeriodicSpec
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.answers import service
from besedka.kernel.answers.jobs import ATTEMPTS, answer_left_over, purge
from besedka.kernel.answers.service.compose import Places
from besedka.kernel.answers.service.engine import BACKUP_JOB
from besedka.kernel.conversations.service import Writers
from besedka.kernel.conversations.types import Kind


async def start(runtime: Runtime) -> None:
    """Make the process's places for answers and what is told of people, and have every visitor's message answered, however it comes in."""
    runtime.put(Places())
    runtime.put(service.FirstWords())
    runtime.put(service.AboutPorts())
    runtime.get(Writers).accompany(
        Kind.DIALOG, sender=ActorKind.CONTACT, companion=service.Replying(runtime)
    )


MANIFEST = Manifest(
    name="answers",
    package="besedka.kernel.answers",
    jobs=(JobSpec(BACKUP_JOB, answer_left_over, max_attempts=ATTEMPTS, timeout=300),),
    periodic=(PeriodicSpec("answers.purge", purge, every=3600.0),),
    start=start,
)
