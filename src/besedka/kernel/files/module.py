"""The manifest of files."""

from besedka.core.module import JobSpec, Manifest, PeriodicSpec
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ADMINISTRATORS
from besedka.kernel.files import api, jobs, service

DAY = 86_400.0


async def _start(runtime: Runtime) -> None:
    runtime.put(service.open_store(runtime.settings.data_dir))


MANIFEST = Manifest(
    name="files",
    package="besedka.kernel.files",
    routers=(api.router,),
    jobs=(JobSpec(service.ERASE, jobs.erase, max_attempts=10),),
    periodic=(PeriodicSpec("files.sweep", jobs.sweep, every=DAY),),
    permissions={api.READ: ADMINISTRATORS, api.DELETE: ADMINISTRATORS},
    start=_start,
    export_person=service.export_person,
    erase_person=service.erase_person,
)
