"""The manifest of the audit."""

from besedka.core.module import Manifest, PeriodicSpec
from besedka.kernel.audit import jobs

MINUTE = 60.0

MANIFEST = Manifest(
    name="audit",
    package="besedka.kernel.audit",
    periodic=(PeriodicSpec("audit.seal", jobs.seal, every=MINUTE),),
)
