"""Use cases of knowledge: fill collections, search them, quote from what was found."""

from besedka.kernel.knowledge.service.check import check, compare
from besedka.kernel.knowledge.service.passages import (
    edit_passage,
    list_passages,
    note_use,
    passages_around,
    switch_passage,
    undo_edit,
)
from besedka.kernel.knowledge.service.progress import VectorProgress, VectorState, vector_progress
from besedka.kernel.knowledge.service.quote import quote
from besedka.kernel.knowledge.service.retrieve import get_passage, retrieve
from besedka.kernel.knowledge.service.sites import (
    add_site,
    change_site,
    index_site,
    leave_out,
    site_pages,
    site_rules,
)
from besedka.kernel.knowledge.service.sources import (
    add_file,
    add_qa,
    add_text,
    add_url,
    create_collection,
    delete_collection,
    ensure_collection,
    failure_words,
    get_collection,
    get_source,
    list_collections,
    list_sources,
    reason_words,
    refresh_source,
    set_refresh,
    sources_by_id,
)
from besedka.kernel.knowledge.service.stems import stems
from besedka.kernel.knowledge.service.trace import trace
from besedka.kernel.knowledge.service.trash import (
    delete_source,
    destroy_source,
    kept_until,
    list_trash,
    list_versions,
    restore_source,
    restore_version,
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
    "check",
    "compare",
    "create_collection",
    "delete_collection",
    "delete_source",
    "destroy_source",
    "edit_passage",
    "ensure_collection",
    "failure_words",
    "get_collection",
    "get_passage",
    "get_source",
    "index_site",
    "kept_until",
    "leave_out",
    "list_collections",
    "list_passages",
    "list_sources",
    "list_trash",
    "list_versions",
    "note_use",
    "passages_around",
    "quote",
    "reason_words",
    "refresh_source",
    "restore_source",
    "restore_version",
    "retrieve",
    "set_refresh",
    "site_pages",
    "site_rules",
    "sources_by_id",
    "stems",
    "switch_passage",
    "trace",
    "undo_edit",
    "vector_progress",
    "vector_support",
    "want_vectors",
]
