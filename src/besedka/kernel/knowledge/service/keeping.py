"""What stays of a source's passages when it is read again.

A passage that the source still has, under the same headings and in the same words, keeps its id (so that answers which
cite it still lead there), what its owner wrote in its place, whether it is switched off, and how often it was found.
Where the source says something else now, its new words count: the owner is told how many changes that replaced, and
finds what was there among the versions.
"""

from collections import defaultdict, deque
from dataclasses import replace

from besedka.core.db.connection import TenantConn
from besedka.kernel.knowledge.chunker import Chunk
from besedka.kernel.knowledge.repository.passages import PassageRepository
from besedka.kernel.knowledge.service.reading import Reading
from besedka.kernel.knowledge.types import Kept, SourceId


async def keep(conn: TenantConn, source_id: SourceId, reading: Reading) -> Reading:
    """Return what was read, with what stays of the passages that the source had before."""
    held = await PassageRepository(conn).held(source_id)
    if not held:
        return reading
    known: defaultdict[tuple[tuple[str, ...], str], deque[Kept]] = defaultdict(deque)
    for heading, each in held:
        known[heading, each.text if each.original is None else each.original].append(each)
    kept = [_take(known[each.heading_path, each.text]) for each in reading.passages]
    return replace(
        reading,
        kept=kept,
        passages=[_said(*pair) for pair in zip(reading.passages, kept, strict=True)],
        is_new=None in kept or len(kept) != len(held),
    )


def _take(same: deque[Kept]) -> Kept | None:
    return same.popleft() if same else None


def _said(read: Chunk, kept: Kept | None) -> Chunk:
    """Return a passage with its owner's words where there are any."""
    return read if kept is None or kept.original is None else replace(read, text=kept.text)
