"""Use cases of models: a workspace's provider, and calls that are recorded."""

from besedka.kernel.llm.breakers import Gate
from besedka.kernel.llm.prices import Price
from besedka.kernel.llm.repository import EndedRun
from besedka.kernel.llm.service.access import Limited, limit_model, list_limits, open_model
from besedka.kernel.llm.service.calls import ChatCall, open_chat
from besedka.kernel.llm.service.health import ModelHealth, ProviderHealth, read_health
from besedka.kernel.llm.service.inside import allowed_hosts, usual_addresses
from besedka.kernel.llm.service.installation import list_keys, list_usual
from besedka.kernel.llm.service.looking import (
    FoundModel,
    FoundServer,
    completed,
    look_at,
    look_here,
    open_typed,
    seal_typed,
)
from besedka.kernel.llm.service.providers import (
    Provider,
    Whose,
    delete_provider,
    embeds,
    find_provider,
    find_providers,
    installed_providers,
    key_owners,
    save_provider,
    set_provider,
    shown_provider,
)
from besedka.kernel.llm.service.recording import Later, keep_records
from besedka.kernel.llm.service.runs import find_run
from besedka.kernel.llm.service.servers import (
    ServedModel,
    Server,
    WantedServer,
    delete_server,
    list_servers,
    put_server,
    set_order,
)
from besedka.kernel.llm.service.sizes import ceiling, likely
from besedka.kernel.llm.service.trying import (
    Tested,
    TestResult,
    list_models,
    test_own_key,
    test_provider,
    try_server,
)
from besedka.kernel.llm.service.usable import UsableModel, list_usable
from besedka.kernel.llm.service.vectors import embed, embedded, rerank

__all__ = [
    "ChatCall",
    "EndedRun",
    "FoundModel",
    "FoundServer",
    "Gate",
    "Later",
    "Limited",
    "ModelHealth",
    "Price",
    "Provider",
    "ProviderHealth",
    "ServedModel",
    "Server",
    "TestResult",
    "Tested",
    "UsableModel",
    "WantedServer",
    "Whose",
    "allowed_hosts",
    "ceiling",
    "completed",
    "delete_provider",
    "delete_server",
    "embed",
    "embedded",
    "embeds",
    "find_provider",
    "find_providers",
    "find_run",
    "installed_providers",
    "keep_records",
    "key_owners",
    "likely",
    "limit_model",
    "list_keys",
    "list_limits",
    "list_models",
    "list_servers",
    "list_usable",
    "list_usual",
    "look_at",
    "look_here",
    "open_chat",
    "open_model",
    "open_typed",
    "put_server",
    "read_health",
    "rerank",
    "save_provider",
    "seal_typed",
    "set_order",
    "set_provider",
    "shown_provider",
    "test_own_key",
    "test_provider",
    "try_server",
    "usual_addresses",
]
