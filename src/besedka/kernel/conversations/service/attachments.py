"""Files of messages: which may be sent, how they are shown, who may read them, and what goes when a message goes.

A file is shown by its message, so whoever sees the message may read it and nobody else. While a message has it, it is in
use; when the last message that has it is gone, so is the file.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from uuid import UUID

from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.errors import InvalidInput
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.repository.attachments import AttachmentRepository
from besedka.kernel.conversations.types import (
    CLIP,
    MOST_ATTACHMENTS,
    Attachments,
    ConversationId,
    Message,
)
from besedka.kernel.files import service as files
from besedka.kernel.files.errors import FileNotFound
from besedka.kernel.files.types import FileId, StoredFile, UnusedFile
from besedka.kernel.jobs import service as jobs
from besedka.kernel.realtime.types import dumps

DROP = "conversations.drop_files"
AT_ONCE = 200
"""Files that one job drops."""


async def find_attachments(
    conn: TenantConn, wanted: Sequence[UUID], *, sender: ActorId
) -> Attachments:
    """Return uploads of the sender's own as files of a message. Raises FileNotFound, InvalidInput for too many."""
    ids = list(dict.fromkeys(wanted))
    if len(ids) > MOST_ATTACHMENTS:
        raise InvalidInput(field="attachments")
    known = {file.id: file for file in await files.list_files(conn, [FileId(each) for each in ids])}
    found = [known[FileId(each)] for each in ids if FileId(each) in known]
    if len(found) < len(ids) or any(each.uploader_id != sender for each in found):
        raise FileNotFound
    return Attachments(tuple(ids), dumps([_shown(each) for each in found]))


def _shown(file: StoredFile) -> dict[str, JsonValue]:
    look = file.look
    blurred = None if look.placeholder is None else b64encode(look.placeholder).decode("ascii")
    return {
        "id": str(file.id), "name": file.name, "kind": file.kind.value, "media_type": file.media_type, "size": file.size,
        "width": look.width, "height": look.height, "placeholder": blurred, "duration_ms": look.duration_ms,
        "variants": [each.name.value for each in file.variants],
    }  # fmt: skip


async def get_attachment(conn: TenantConn, message: Message, file_id: UUID) -> StoredFile:
    """Return a file of a message, which the caller may see. Raises FileNotFound."""
    if not await AttachmentRepository(conn).has(
        message.conversation_id, message.seq, file_id=file_id
    ):
        raise FileNotFound
    return await files.get_file(conn, file_id)


def files_of(message: Message) -> list[UUID]:
    """Return the files of a message, in their order."""
    return [UUID(each["id"]) for each in json.loads(message.attachments or "[]")]


def in_words(body: str, attachments: str | None) -> str:
    """Return a message for where there are only words, a letter: what it says, and what its files are called."""
    named = [f"{CLIP} {each['name']}" for each in json.loads(attachments or "[]")]
    return "\n".join([body, *named] if body else named)


async def drop_files_of_chat(conn: TenantConn, chat: ConversationId) -> None:
    """Let the files of a conversation that is about to be deleted go with it."""
    await defer_dropping(conn, await AttachmentRepository(conn).of_chat(chat))


async def drop_files_of_senders(conn: TenantConn, senders: Sequence[ActorId]) -> None:
    """Let all that contacts have uploaded go, as far as nothing refers to it any more."""
    await defer_dropping(conn, await files.uploaded_by(conn, senders))


async def defer_dropping(conn: TenantConn, wanted: Sequence[UUID]) -> None:
    """Delete files after the commit, as far as nothing refers to them then."""
    for start in range(0, len(wanted), AT_ONCE):
        some: list[JsonValue] = [str(each) for each in wanted[start : start + AT_ONCE]]
        await jobs.defer(conn, DROP, {"files": some})


async def drop_files(runtime: Runtime, workspace: WorkspaceId, wanted: Sequence[UUID]) -> None:
    """Delete those of some files that nothing refers to."""
    for each in wanted:
        await files.delete_unused(runtime, UnusedFile(workspace, FileId(each), "", 0))
