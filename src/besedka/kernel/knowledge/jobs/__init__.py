"""Jobs of knowledge."""

from besedka.kernel.knowledge.jobs.comparing import compare
from besedka.kernel.knowledge.jobs.crawling import crawl, refresh_due
from besedka.kernel.knowledge.jobs.embedding import embed
from besedka.kernel.knowledge.jobs.indexing import (
    ABANDONED_AFTER,
    give_up_abandoned,
    index,
    sweep,
)
from besedka.kernel.knowledge.jobs.trash import add_up_uses, purge, restore

__all__ = [
    "ABANDONED_AFTER",
    "add_up_uses",
    "compare",
    "crawl",
    "embed",
    "give_up_abandoned",
    "index",
    "purge",
    "refresh_due",
    "restore",
    "sweep",
]
