"""Chats from elsewhere: a file is read by a job, one chat at a time, each in a transaction of its own, each once."""

import asyncio
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from pydantic import JsonValue

from besedka.core import clock
from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.errors import BesedkaError, DatabaseAway
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.module import JobContext, PersonData
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ConversationId, Kind, MessageId, Said
from besedka.kernel.files import service as files
from besedka.kernel.files.types import FileId, StoredFile
from besedka.kernel.jobs import service as jobs
from besedka.products.chat.errors import ImportNotFound
from besedka.products.chat.repository import ImportRepository
from besedka.products.chat.repository.imports import delete_imports
from besedka.products.chat.service.formats import read_chat
from besedka.products.chat.service.unpacking import Export
from besedka.products.chat.types import Foreign, Import, ImportState, Node, Note

IMPORT: Final = "chat.import"
MOST_NOTES: Final = 200


async def begin_import(conn: TenantConn, file: StoredFile, *, actor: ActorId) -> Import:
    """Have a file of chats read."""
    new = Import(
        id=new_id(), actor_id=actor, file_id=file.id, name=file.name, state=ImportState.QUEUED,
        created_at=clock.now(),
    )  # fmt: skip
    await ImportRepository(conn).add(new)
    await jobs.defer(conn, IMPORT, {"import_id": str(new.id)}, unique_key=f"{IMPORT}:{new.id}")
    return new


async def list_imports(conn: TenantConn, actor: ActorId) -> Sequence[Import]:
    """Return somebody's last imports, the newest first."""
    return await ImportRepository(conn).list(actor)


async def get_import(conn: TenantConn, wanted: UUID, *, actor: ActorId) -> Import:
    """Return an import of somebody's own. Raises ImportNotFound."""
    found = await ImportRepository(conn).find(wanted)
    if found is None or found.actor_id != actor:
        raise ImportNotFound
    return found


async def take_in(context: JobContext, import_id: UUID) -> None:
    """Read an import's file to its end; its bytes go with it. What came in before a crash is there already."""
    runtime, workspace = context.runtime, context.workspace
    async with runtime.db.fast.acquire(workspace) as conn:
        begun = await ImportRepository(conn).find(import_id)
    if begun is None or begun.file_id is None:
        return
    reading = _Reading(
        context, replace(begun, state=ImportState.WORKING, made=0, known=0, skipped=0, notes=())
    )
    try:
        async with files.local_copy(runtime, workspace, begun.file_id) as path:
            await reading.read(path)
        ended = replace(reading.now, state=ImportState.DONE)
    except DatabaseAway:
        raise  # the job comes again
    except BesedkaError as error:
        ended = replace(reading.now, state=ImportState.FAILED, failure=error.code)
    except Exception:
        failed = replace(reading.now, state=ImportState.FAILED, failure=BesedkaError.code)
        await _end(runtime, workspace, failed, file=begun.file_id)
        raise
    await _end(runtime, workspace, ended, file=begun.file_id)


async def _end(runtime: Runtime, workspace: WorkspaceId, ended: Import, *, file: UUID) -> None:
    async with runtime.db.fast.transaction(workspace) as conn:
        await ImportRepository(conn).keep(replace(ended, file_id=None))
        await files.delete(conn, FileId(file))


async def forget_imports(conn: SystemConn, person: PersonData) -> None:
    """Forget which files a person has brought; their chats stay or go as all others."""
    for workspace, actor in person.places:
        await delete_imports(conn, workspace, actor)


class _Reading:
    """An import that is under way."""

    def __init__(self, context: JobContext, now: Import) -> None:
        self.now = now
        self._context = context

    async def read(self, path: Path) -> None:
        """Take in all chats of a file. Raises ImportUnreadable, ImportTooLarge."""
        export = await asyncio.to_thread(Export, path)
        self.now = replace(self.now, all_bytes=export.size)
        try:
            chats = export.chats()
            while (found := await asyncio.to_thread(_next, chats)) is not None:
                self.now = replace(self.now, done_bytes=min(export.done, export.size))
                await self._take(found)
                await self._context.progress(self.now.done_bytes, self.now.all_bytes)
        finally:
            export.close()
        self.now = replace(self.now, done_bytes=export.size)

    async def _take(self, found: Foreign | Note) -> None:
        """Take in one chat, and write down how far the import is in the same transaction."""
        runtime, now = self._context.runtime, self.now
        async with runtime.db.fast.transaction(self._context.workspace) as conn:
            if isinstance(found, Note):
                self._count("skipped", (found,))
            elif await _make(runtime, conn, found, owner=now.actor_id):
                self._count("made", found.notes)
            else:
                self._count("known", ())
            await ImportRepository(conn).keep(self.now)

    def _count(self, outcome: str, notes: tuple[Note, ...]) -> None:
        kept = (*self.now.notes, *notes)[:MOST_NOTES]
        counts = {name: getattr(self.now, name) for name in ("made", "known", "skipped")}
        counts[outcome] += 1
        self.now = replace(self.now, notes=kept, **counts)


def _next(chats: Iterator[JsonValue]) -> Foreign | Note | None:
    """Return the next chat of a file; in a thread, for reading takes its time."""
    for each in chats:
        try:
            return read_chat(each)
        except RecursionError:
            return Note("", "unknown")
    return None


async def _make(runtime: Runtime, conn: TenantConn, found: Foreign, *, owner: ActorId) -> bool:
    """Make a chat of one from elsewhere; False when it is there already."""
    source = hashlib.sha256(f"{owner}:{found.key}".encode()).hexdigest()
    imports = ImportRepository(conn)
    if await imports.knows(source):
        return False
    made = await conversations.start_chat(
        runtime, conn, kind=Kind.AI, title=found.title, owner=owner, others=[], meta={"tags": [*found.tags]}
    )  # fmt: skip
    speaker = await accounts.ensure_system_actor(conn)
    places = {node.id: place for place, node in enumerate(found.nodes, 1)}
    await conversations.write_history(conn, made.id, _said(found.nodes, owner, speaker))
    await imports.set_up(made.id, found, source=source, leaf_seq=places[found.leaf])
    await imports.add_turns(
        made.id,
        [
            (places[node.id], 0 if node.parent is None else places[node.parent], node.is_answer, node.rating)
            for node in found.nodes
        ],
    )  # fmt: skip
    await _mark(conn, made.id, found, owner=owner)
    return True


def _said(nodes: Sequence[Node], owner: ActorId, speaker: ActorId) -> list[Said]:
    """Return turns as messages; one without a time of its own has that of the one before it."""
    said: list[Said] = []
    at: datetime = next((node.at for node in nodes if node.at is not None), clock.now())
    for node in nodes:
        at = node.at or at
        said.append(
            Said(
                id=MessageId(new_id()), sender_id=speaker if node.is_answer else owner, body=node.text,
                meta=json.dumps({**node.meta}), created_at=at,
            )
        )  # fmt: skip
    return said


async def _mark(conn: TenantConn, chat: ConversationId, found: Foreign, *, owner: ActorId) -> None:
    if found.is_favorite or found.is_archived:
        entry = await conversations.get_readable(conn, chat, actor=owner, staff=False)
        await conversations.mark_chat(
            conn, entry, actor=owner, favorite=found.is_favorite, archived=found.is_archived
        )
