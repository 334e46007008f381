"""The manifest of knowledge."""

from besedka.core.module import JobSpec, Manifest, PeriodicSpec
from besedka.kernel.accounts.types import ADMINISTRATORS, Role
from besedka.kernel.knowledge import jobs
from besedka.kernel.knowledge.api import router
from besedka.kernel.knowledge.extraction.extract import FUNCTIONS
from besedka.kernel.knowledge.service.indexing import SWEEP_JOB
from besedka.kernel.knowledge.service.sources import INDEX_JOB

MANIFEST = Manifest(
    name="knowledge",
    package="besedka.kernel.knowledge",
    routers=(router,),
    jobs=(
        JobSpec(INDEX_JOB, jobs.index, max_attempts=3, timeout=1800.0),
        JobSpec(SWEEP_JOB, jobs.sweep),
    ),
    periodic=(PeriodicSpec("knowledge.give_up_abandoned", jobs.give_up_abandoned, every=60.0),),
    permissions={
        "knowledge.read": ADMINISTRATORS | {Role.OPERATOR.value},
        "knowledge.write": ADMINISTRATORS,
    },
    sandboxed=FUNCTIONS,
)
