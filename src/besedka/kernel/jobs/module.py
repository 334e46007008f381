"""The manifest of jobs."""

from besedka.core import events
from besedka.core.module import Manifest, PeriodicSpec
from besedka.core.runtime import Runtime
from besedka.kernel.jobs import jobs, service
from besedka.kernel.jobs.worker import Worker

HOUR = 3600.0


async def _start(runtime: Runtime) -> None:
    handlers = [handler for manifest in runtime.manifests for handler in manifest.handlers]
    events.install(events.EventBus(service.defer, handlers))


async def _work(runtime: Runtime) -> None:
    if not runtime.works:
        return
    manifests = runtime.manifests
    specs = [spec for manifest in manifests for spec in manifest.jobs]
    handlers = [handler for manifest in manifests for handler in manifest.handlers]
    periodic = [spec for manifest in manifests for spec in manifest.periodic]
    worker = Worker(runtime, [*specs, *jobs.of_handlers(handlers)], periodic)
    runtime.put(worker)
    await worker.plan()
    runtime.background.spawn(worker.run(), name="worker")


MANIFEST = Manifest(
    name="jobs",
    package="besedka.kernel.jobs",
    periodic=(PeriodicSpec("jobs.clean_up", jobs.clean_up, every=HOUR),),
    start=_start,
    started=_work,
)
