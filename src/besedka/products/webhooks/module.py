"""The manifest of webhooks."""

from pathlib import Path

from besedka.core import events
from besedka.core.module import JobSpec, Manifest, PeriodicSpec, SealedColumn
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ADMINISTRATORS
from besedka.products.webhooks import api, jobs, pages, service
from besedka.products.webhooks.types import MANAGE

DAY = 86_400.0


async def _start(_runtime: Runtime) -> None:
    events.tap(service.hear)


MANIFEST = Manifest(
    name="webhooks",
    package="besedka.products.webhooks",
    routers=(api.router,),
    pages=(pages.router,),
    jobs=(JobSpec(service.DELIVER, jobs.deliver, max_attempts=jobs.ATTEMPTS, timeout=60.0),),
    periodic=(PeriodicSpec("webhooks.clean_up", jobs.clean_up, every=DAY),),
    permissions={MANAGE: ADMINISTRATORS},
    sealed=(
        SealedColumn("webhook", "secret", "{workspace_id}/webhook/{id}/secret"),
        SealedColumn("webhook", "former_secret", "{workspace_id}/webhook/{id}/former_secret"),
    ),
    templates=Path(__file__).parent / "templates",
    letters=Path(__file__).parent / "letters",
    start=_start,
)
