"""The manifest of the audit."""

from besedka.core.module import Manifest

MANIFEST = Manifest(name="audit", package="besedka.kernel.audit")
