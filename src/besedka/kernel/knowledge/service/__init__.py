"""Use cases of knowledge: fill collections, search them, quote from what was found."""

from besedka.kernel.knowledge.service.quote import quote
from besedka.kernel.knowledge.service.retrieve import get_passage, retrieve
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
    refresh_source,
    sources_by_id,
)

__all__ = [
    "add_file",
    "add_qa",
    "add_text",
    "add_url",
    "create_collection",
    "delete_source",
    "ensure_collection",
    "failure_words",
    "get_collection",
    "get_passage",
    "get_source",
    "list_collections",
    "list_passages",
    "list_sources",
    "quote",
    "refresh_source",
    "retrieve",
    "sources_by_id",
]
