"""The manifest of knowledge."""

from besedka.core.module import JobSpec, Manifest, PeriodicSpec
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ADMINISTRATORS, Role
from besedka.kernel.knowledge import jobs
from besedka.kernel.knowledge.api import checking, documents, passages, trash
from besedka.kernel.knowledge.extraction.extract import FUNCTIONS
from besedka.kernel.knowledge.service.check import COMPARE_JOB
from besedka.kernel.knowledge.service.indexing import SWEEP_JOB
from besedka.kernel.knowledge.service.sites import CRAWL_JOB
from besedka.kernel.knowledge.service.sources import INDEX_JOB
from besedka.kernel.knowledge.service.trash import RESTORE_JOB
from besedka.kernel.knowledge.service.vectors import EMBED_JOB, Vectors
from besedka.kernel.knowledge.sites.manners import Manners


async def start(runtime: Runtime) -> None:
    """Make the manners that all sites share, and what is known of vectors."""
    runtime.put(Manners())
    runtime.put(Vectors())


MANIFEST = Manifest(
    name="knowledge",
    package="besedka.kernel.knowledge",
    routers=(trash.router, checking.router, passages.router, documents.router),
    jobs=(
        JobSpec(INDEX_JOB, jobs.index, max_attempts=3, timeout=1800.0),
        JobSpec(SWEEP_JOB, jobs.sweep),
        JobSpec(COMPARE_JOB, jobs.compare, timeout=1800.0),
        JobSpec(RESTORE_JOB, jobs.restore, max_attempts=8, timeout=1800.0),
        JobSpec(CRAWL_JOB, jobs.crawl, timeout=1800.0),
        JobSpec(EMBED_JOB, jobs.embed, max_attempts=8, timeout=6 * 3600.0),
    ),
    periodic=(
        PeriodicSpec("knowledge.give_up_abandoned", jobs.give_up_abandoned, every=60.0),
        PeriodicSpec("knowledge.refresh_due", jobs.refresh_due, every=60.0),
        PeriodicSpec("knowledge.add_up_uses", jobs.add_up_uses, every=60.0),
        PeriodicSpec("knowledge.purge", jobs.purge, every=3600.0),
    ),
    permissions={
        "knowledge.read": ADMINISTRATORS | {Role.OPERATOR.value},
        "knowledge.write": ADMINISTRATORS,
    },
    sandboxed=FUNCTIONS,
    start=start,
)
