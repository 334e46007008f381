"""Single passages: looking at them, writing other words into one, switching one off and on, counting their use."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.kernel.knowledge.chunker import Chunk
from besedka.kernel.knowledge.errors import DocumentBusy, PassageNotFound, SourceEmpty
from besedka.kernel.knowledge.repository.index import IndexRepository
from besedka.kernel.knowledge.repository.passages import PassageRepository, Wanted
from besedka.kernel.knowledge.repository.vectors import VectorRepository
from besedka.kernel.knowledge.service import indexing
from besedka.kernel.knowledge.service.postings import analyse
from besedka.kernel.knowledge.service.reading import searched_title
from besedka.kernel.knowledge.service.sources import get_source
from besedka.kernel.knowledge.service.vectors import ensure_vectors
from besedka.kernel.knowledge.service.vocabulary import vocabulary_of
from besedka.kernel.knowledge.service.words import words
from besedka.kernel.knowledge.types import (
    ChunkId,
    Passage,
    PassageLook,
    Source,
    SourceState,
)

NEIGHBOURS = 2
_UNFINISHED = {SourceState.QUEUED, SourceState.WORKING}


async def list_passages(
    conn: TenantConn, source_id: UUID, *, after: int | None = None, limit: int = 50, holding: str = "",
    look: PassageLook = PassageLook.ALL,
) -> list[Passage]:  # fmt: skip
    """Return a source's passages in order, those after an ordinal when that is given. Raises SourceNotFound."""
    source = await get_source(conn, source_id)
    wanted = Wanted(holding.strip(), look, after, limit)
    return await PassageRepository(conn).page(source.id, wanted)


async def passages_around(
    conn: TenantConn, chunk_id: UUID
) -> tuple[Source, Passage, list[Passage]]:
    """Return a passage's source, the passage, and with it those before and after it. Raises PassageNotFound."""
    repository = PassageRepository(conn)
    found = await repository.find(ChunkId(chunk_id))
    if found is None:
        raise PassageNotFound
    source_id, passage = found
    around = await repository.around(source_id, passage.ordinal, reach=NEIGHBOURS)
    return await get_source(conn, source_id), passage, around


async def edit_passage(conn: TenantConn, chunk_id: UUID, text: str) -> Passage:
    """Write other words into a passage; it is found by them from the commit on.

    They stay when the source is read again and says what it said. Raises PassageNotFound, DocumentBusy, SourceEmpty.
    """
    said = text.replace("\r\n", "\n").strip()
    if not words(said):
        raise SourceEmpty
    source, passage = await _locked(conn, chunk_id)
    await PassageRepository(conn).rewrite(passage.id, said)
    return await _changed(conn, source, passage.id)


async def undo_edit(conn: TenantConn, chunk_id: UUID) -> Passage:
    """Put the document's own words back into a passage. Raises PassageNotFound, DocumentBusy."""
    source, passage = await _locked(conn, chunk_id)
    await PassageRepository(conn).rewrite(passage.id, passage.original or passage.text)
    return await _changed(conn, source, passage.id)


async def switch_passage(conn: TenantConn, chunk_id: UUID, *, off: bool) -> Passage:
    """Say whether a passage may be found, from the commit on. Raises PassageNotFound, DocumentBusy."""
    source, passage = await _locked(conn, chunk_id)
    await PassageRepository(conn).switch([passage.id], off=off)
    return await _changed(conn, source, passage.id)


async def _locked(conn: TenantConn, chunk_id: UUID) -> tuple[Source, Passage]:
    """Return a passage and its source, which nothing reads anew until the commit."""
    repository = PassageRepository(conn)
    found = await repository.find(ChunkId(chunk_id))
    states = await repository.lock_source(found[0]) if found else []
    if _UNFINISHED & set(states):
        raise DocumentBusy
    again = await repository.find(ChunkId(chunk_id))
    if again is None:
        raise PassageNotFound
    return await get_source(conn, again[0]), again[1]


async def _changed(conn: TenantConn, source: Source, chunk_id: ChunkId) -> Passage:
    """Bring the index to what a passage says by now."""
    found = await PassageRepository(conn).find(chunk_id)
    assert found is not None  # its source is locked
    passage = found[1]
    await VectorRepository(conn).drop([chunk_id])
    await repost(conn, source, [] if passage.is_off else [passage])
    return passage


async def repost(conn: TenantConn, source: Source, passages: Sequence[Passage]) -> None:
    """Make stored passages of a source searchable, and bring all sums to what can be found of it.

    Call with the source locked.
    """
    index, vocabulary = IndexRepository(conn), vocabulary_of(source.collection_id)
    first = Chunk(await PassageRepository(conn).first_text(source.id), (), 0, None)
    said = [Chunk(each.text, each.heading, each.ordinal, each.page) for each in passages]
    analysed = await analyse(conn, vocabulary, title=searched_title(source, [first]), passages=said)
    if passages:
        await index.repost(
            source.id, ids=[each.id for each in passages], postings=analysed.postings
        )
    version = await index.recount(source.id)
    await indexing.add_words(conn, analysed, collection=source.collection_id, version=version)
    await indexing.defer_sweep(conn, source.collection_id, version)
    await ensure_vectors(conn)


async def note_use(conn: TenantConn, used: Iterable[tuple[Sequence[UUID], Sequence[UUID]]]) -> None:
    """Note which passages answers had before them and which they cite, in the transaction that ends their runs.

    It is one insertion for each; a job adds them up on the passages.
    """
    found = [each for each in used if each[0]]
    if found:
        await PassageRepository(conn).note_use(found)
