"""The manifest of files."""

from besedka.core.module import JobSpec, Manifest, PeriodicSpec
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ADMINISTRATORS
from besedka.kernel.files import jobs, service
from besedka.kernel.files.api import bare, resumable
from besedka.kernel.files.clamd import Scanner
from besedka.kernel.files.studio import Studio

HOUR, DAY = 3_600.0, 86_400.0


async def _start(runtime: Runtime) -> None:
    runtime.put(service.open_store(runtime.settings))
    runtime.put(service.open_partials(runtime.settings))
    runtime.put(Scanner(runtime.settings.clamd))
    runtime.put(Studio())


async def _stop(runtime: Runtime) -> None:
    await runtime.get(Studio).close()


MANIFEST = Manifest(
    name="files",
    package="besedka.kernel.files",
    routers=(resumable.router, bare.router),
    jobs=(JobSpec(service.ERASE, jobs.erase, max_attempts=10),),
    periodic=(
        PeriodicSpec("files.sweep", jobs.sweep, every=DAY),
        PeriodicSpec("files.expire", jobs.expire, every=HOUR),
    ),
    permissions={bare.READ: ADMINISTRATORS, bare.DELETE: ADMINISTRATORS},
    start=_start,
    stop=_stop,
    export_person=service.export_person,
    erase_person=service.erase_person,
)
