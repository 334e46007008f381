"""The manifest of models."""

from collections.abc import Mapping

from pydantic import JsonValue

from besedka.core.db.connection import SystemConn
from besedka.core.module import Manifest, PersonData, SealedColumn
from besedka.core.runtime import Runtime
from besedka.kernel.llm.breakers import Breakers
from besedka.kernel.llm.catalog import load_catalog
from besedka.kernel.llm.repository import PersonRepository
from besedka.kernel.llm.service.costs import LISTED, Prices
from besedka.kernel.llm.service.inside import HostsHttp
from besedka.kernel.llm.service.servers import Servers
from besedka.kernel.llm.service.usable import Offers
from besedka.kernel.llm.wires.memory import WireMemory

MANAGE = "llm.manage"


async def start(runtime: Runtime) -> None:
    """Read the list of known models; remember prices, what models object to, what providers offer, and who fails."""
    runtime.put(load_catalog(given=runtime.settings.models_file))
    runtime.put(Offers())
    runtime.put(Prices())
    runtime.put(WireMemory())
    runtime.put(Breakers())
    runtime.put(Servers())
    runtime.put(HostsHttp())


async def export_person(conn: SystemConn, person: PersonData) -> Mapping[str, JsonValue]:
    """Give a person's own providers; the keys are theirs already, and shown to nobody."""
    rows = await PersonRepository(conn).list_own(person.workspaces, person.actors)
    return {
        "model_keys": [
            {
                "workspace": str(row["workspace_id"]), "kind": row["kind"], "base_url": row["base_url"],
                "default_model": row["default_model"], "created_at": row["created_at"].isoformat(),
            }
            for row in rows
        ]
    }  # fmt: skip


async def stop(runtime: Runtime) -> None:
    """Close the connections to servers of hosts."""
    await runtime.get(HostsHttp).close()


MANIFEST = Manifest(
    name="llm",
    package="besedka.kernel.llm",
    permissions={MANAGE: frozenset({"owner", "admin"})},
    sandboxed={LISTED: "besedka.kernel.llm.prices:listed"},
    sealed=(
        SealedColumn("llm_provider", "api_key", "{workspace_id}/llm_provider/{id}/api_key"),
        SealedColumn("llm_server", "api_key", "llm_server/{id}/api_key"),
    ),
    start=start,
    stop=stop,
    export_person=export_person,
)
