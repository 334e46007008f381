"""Jobs of knowledge."""

from besedka.kernel.knowledge.jobs.crawling import crawl, refresh_due
from besedka.kernel.knowledge.jobs.embedding import embed
from besedka.kernel.knowledge.jobs.indexing import (
    ABANDONED_AFTER,
    give_up_abandoned,
    index,
    sweep,
)

__all__ = [
    "ABANDONED_AFTER",
    "crawl",
    "embed",
    "give_up_abandoned",
    "index",
    "refresh_due",
    "sweep",
]
