"""The manifest of models."""

from besedka.core.module import Manifest, SealedColumn
from besedka.core.runtime import Runtime
from besedka.kernel.llm.catalog import load_catalog
from besedka.kernel.llm.service.costs import LISTED, Prices
from besedka.kernel.llm.service.usable import Offers
from besedka.kernel.llm.wires.memory import WireMemory

MANAGE = "llm.manage"


async def start(runtime: Runtime) -> None:
    """Read the list of known models; remember prices, and what models object to and providers offer."""
    runtime.put(load_catalog(given=runtime.settings.models_file))
    runtime.put(Offers())
    runtime.put(Prices())
    runtime.put(WireMemory())


MANIFEST = Manifest(
    name="llm",
    package="besedka.kernel.llm",
    permissions={MANAGE: frozenset({"owner", "admin"})},
    sandboxed={LISTED: "besedka.kernel.llm.prices:listed"},
    sealed=(SealedColumn("llm_provider", "api_key", "{workspace_id}/llm_provider/{id}/api_key"),),
    start=start,
)
