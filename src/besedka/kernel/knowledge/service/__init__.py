"""Use cases of knowledge: fill collections, search them, quote from what was found."""

from besedka.kernel.knowledge.service.progress import VectorProgress, VectorState, vector_progress
from besedka.kernel.knowledge.service.quote import quote
from besedka.kernel.knowledge.service.retrieve import get_passage, retrieve
from besedka.kernel.knowledge.service.sites import (
    add_site,
    change_site,
    index_site,
    site_pages,
    site_rules,
)
from besedka.kernel.knowledge.service.sources import (
    add_file,
    add_qa,
    add_text,
    add_url,
    create_collection,
    delete_source,
    ensure_collection,
    failure_words,
    get_collection,
    get_source,
    list_collections,
    list_passages,
    list_sources,
    reason_words,
    refresh_source,
    set_refresh,
    sources_by_id,
)
from besedka.kernel.knowledge.service.vectors import (
    VectorSupport,
    vector_support,
    want_vectors,
)

__all__ = [
    "VectorProgress",
    "VectorState",
    "VectorSupport",
    "add_file",
    "add_qa",
    "add_site",
    "add_text",
    "add_url",
    "change_site",
    "create_collection",
    "delete_source",
    "ensure_collection",
    "failure_words",
    "get_collection",
    "get_passage",
    "get_source",
    "index_site",
    "list_collections",
    "list_passages",
    "list_sources",
    "quote",
    "reason_words",
    "refresh_source",
    "retrieve",
    "set_refresh",
    "site_pages",
    "site_rules",
    "sources_by_id",
    "vector_progress",
    "vector_support",
    "want_vectors",
]
