"""The manifest of mail."""

from besedka.core.module import JobSpec, Manifest, PeriodicSpec, SealedColumn
from besedka.core.runtime import Runtime
from besedka.kernel.mail import address, jobs, library, service

DAY = 86_400.0


async def _start(runtime: Runtime) -> None:
    if url := runtime.settings.smtp_url.get_secret_value():
        address.server_of(
            url, sender=""
        )  # an unreadable address is told at the start, not with the first letter
    folders = [manifest.letters for manifest in runtime.manifests if manifest.letters is not None]
    library.install(library.Library(folders))


MANIFEST = Manifest(
    name="mail",
    package="besedka.kernel.mail",
    jobs=(JobSpec(service.DELIVER, jobs.deliver, max_attempts=jobs.ATTEMPTS, timeout=120.0),),
    periodic=(PeriodicSpec("mail.clean_up", jobs.clean_up, every=DAY),),
    sealed=(SealedColumn("mail_server", "password", service.PLACE),),
    start=_start,
    export_person=service.export_person,
    erase_person=service.erase_person,
)
