"""Use cases of models: a workspace's provider, and calls that are recorded."""

from besedka.kernel.llm.repository import EndedRun
from besedka.kernel.llm.service.calls import ChatCall, open_chat
from besedka.kernel.llm.service.installation import list_keys, list_usual
from besedka.kernel.llm.service.providers import (
    Provider,
    delete_provider,
    embeds,
    find_provider,
    find_providers,
    save_provider,
    set_provider,
    shown_provider,
)
from besedka.kernel.llm.service.recording import Later, keep_records
from besedka.kernel.llm.service.runs import find_run
from besedka.kernel.llm.service.sizes import ceiling, likely
from besedka.kernel.llm.service.trying import Tested, TestResult, list_models, test_provider
from besedka.kernel.llm.service.usable import UsableModel, list_usable
from besedka.kernel.llm.service.vectors import embed, embedded, rerank

__all__ = [
    "ChatCall",
    "EndedRun",
    "Later",
    "Provider",
    "TestResult",
    "Tested",
    "UsableModel",
    "ceiling",
    "delete_provider",
    "embed",
    "embedded",
    "embeds",
    "find_provider",
    "find_providers",
    "find_run",
    "keep_records",
    "likely",
    "list_keys",
    "list_models",
    "list_usable",
    "list_usual",
    "open_chat",
    "rerank",
    "save_provider",
    "set_provider",
    "shown_provider",
    "test_provider",
]
