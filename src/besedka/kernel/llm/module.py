"""The manifest of models."""

from besedka.core.module import Manifest

MANAGE = "llm.manage"

MANIFEST = Manifest(
    name="llm",
    package="besedka.kernel.llm",
    permissions={MANAGE: frozenset({"owner", "admin"})},
)
