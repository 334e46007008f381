"""Making what was read searchable, and taking it out again."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from besedka.core import events
from besedka.core.clock import now
from besedka.core.db.connection import Conn, SystemConn, TenantConn
from besedka.core.errors import BesedkaError
from besedka.core.ids import WorkspaceId
from besedka.kernel.files import service as files
from besedka.kernel.jobs import service as jobs
from besedka.kernel.knowledge.chunker import Chunk
from besedka.kernel.knowledge.errors import SourceNotFound
from besedka.kernel.knowledge.events import SourceFailed, SourceReady
from besedka.kernel.knowledge.repository.index import Indexed, IndexRepository, Sweep
from besedka.kernel.knowledge.repository.sources import SourceRepository
from besedka.kernel.knowledge.service import lexicon
from besedka.kernel.knowledge.service.keys import number_of, salt_of
from besedka.kernel.knowledge.service.postings import Analysed, analyse
from besedka.kernel.knowledge.service.reading import Reading, renamed, searched_title
from besedka.kernel.knowledge.service.vectors import ensure_vectors
from besedka.kernel.knowledge.service.vocabulary import vocabulary_of
from besedka.kernel.knowledge.types import CollectionId, Reason, Source, SourceId, SourceState

SWEEP_JOB = "knowledge.sweep"
SWEEP_AFTER = timedelta(seconds=2)
AT_ONCE = 200
SWEPT_AT_ONCE = 5000


async def analyse_in_parts(conn: Conn, source: Source, passages: Sequence[Chunk]) -> Analysed:
    """Return what the index has to hold of a source, leaving the loop to others between parts."""
    whole = Analysed(vocabulary_of(source.collection_id), [], set())
    title = searched_title(source, passages)
    for start in range(0, len(passages), AT_ONCE):
        if start:
            await asyncio.sleep(0)
        part = await analyse(
            conn, whole.vocabulary, title=title, passages=passages[start : start + AT_ONCE]
        )
        whole.postings.extend(part.postings)
        whole.words.update(part.words)
    return whole


async def store(
    conn: TenantConn, source: Source, *, reading: Reading, analysed: Analysed
) -> Source | None:
    """Put what was read in the place of what the source held, and say so; None when it was deleted meanwhile.

    Call inside a transaction: the source is searchable from its commit on.
    """
    stored = await put(conn, source, reading=reading, analysed=analysed)
    if stored is not None:
        await tell_ready(conn, stored)
    return stored


async def tell_ready(conn: TenantConn, source: Source) -> None:
    """Say that a source can be searched."""
    await events.publish(
        conn,
        SourceReady(
            workspace_id=conn.workspace, source_id=source.id, collection_id=source.collection_id,
            chunks=source.chunks,
        ),
    )  # fmt: skip


async def put(
    conn: TenantConn, source: Source, *, reading: Reading, analysed: Analysed
) -> Source | None:
    """Put what was read in the place of what the source held; None when it was deleted meanwhile."""
    repository = IndexRepository(conn)
    indexed = Indexed(
        source.id, source.collection_id, renamed(source, reading), reading.chars,
        reading.passages, analysed.postings, reading.notices, reading.kept, archives=reading.is_new,
    )  # fmt: skip
    replaced = await repository.replace(indexed)
    if replaced is None:
        return None
    await add_words(conn, analysed, collection=source.collection_id, version=replaced.vocabulary)
    if replaced.chunks:
        await defer_sweep(conn, source.collection_id, replaced.vocabulary)
    await ensure_vectors(conn)
    return replace(
        source, title=indexed.title, state=SourceState.READY, progress=100, error=None,
        notices=tuple(indexed.notices), chars=indexed.chars, chunks=len(indexed.searched), indexed_at=now(),
    )  # fmt: skip


async def add_words(
    conn: TenantConn, analysed: Analysed, *, collection: CollectionId, version: int
) -> None:
    """Store the lexemes that are new to the collection. Numbers are never corrected, and have no family."""
    vocabulary = analysed.vocabulary
    missing = vocabulary.missing(version, analysed.words)
    lexemes = await lexicon.learn(conn, [word for word in missing if word.isalpha()])
    spellings = {lexeme: word for word, (lexeme, _) in lexemes.items() if lexeme.isalpha()}
    if spellings:
        await IndexRepository(conn).add_words(collection, spellings)
    conn.on_commit(lambda: vocabulary.remember(version, missing.values()))


async def fail(conn: TenantConn, source: Source, error: BesedkaError) -> None:
    """Record why a source cannot be read, in words for its owner."""
    await fail_for(conn, source, Reason(error.code, dict(error.params)))


async def fail_for(conn: TenantConn, source: Source, reason: Reason) -> None:
    """Record a reason why a source cannot be read."""
    if await SourceRepository(conn).fail(source.id, reason):
        await events.publish(
            conn,
            SourceFailed(
                workspace_id=conn.workspace, source_id=source.id, collection_id=source.collection_id,
                code=reason.code,
            ),
        )  # fmt: skip


async def delete(conn: TenantConn, source_id: SourceId) -> None:
    """Delete a source for good: its passages, what the index holds of them and its file are gone with the commit.

    One in the trash too. Raises SourceNotFound.
    """
    gone = await IndexRepository(conn).delete(source_id)
    if gone is None:
        raise SourceNotFound
    if gone.file_id is not None:
        await files.delete(conn, gone.file_id)
    if gone.chunks:
        await defer_sweep(conn, gone.collection_id, gone.vocabulary)


async def defer_sweep(conn: TenantConn, collection_id: CollectionId, version: int) -> None:
    """Let unused words be removed soon. Deletions that follow each other are swept up together."""
    await jobs.defer(
        conn, SWEEP_JOB, {"collection_id": str(collection_id)},
        run_at=now() + SWEEP_AFTER, unique_key=f"{SWEEP_JOB}:{collection_id}:{version}",
    )  # fmt: skip


async def sweep(
    conn: SystemConn, workspace: WorkspaceId, collection: CollectionId, *, after: str
) -> str | None:
    """Remove lexemes after `after` that no passage has any more; returns where to go on, None at the end.

    Call inside a transaction.
    """
    part = Sweep(conn, workspace, collection)
    await part.begin()
    lexemes = await part.lexemes_after(after, SWEPT_AT_ONCE)
    keys = {number_of(lexeme) ^ salt_of(collection): lexeme for lexeme in lexemes}
    await part.delete([keys[key] for key in await part.unused(list(keys))])
    return lexemes[-1] if len(lexemes) == SWEPT_AT_ONCE else None
