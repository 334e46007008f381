"""The words of an uploaded file, for those who read it once and keep nothing of it."""

from uuid import UUID

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.files import service as files
from besedka.kernel.knowledge.extraction.errors import ExtractionError
from besedka.kernel.knowledge.extraction.extract import extract


async def text_of_file(
    runtime: Runtime, workspace: WorkspaceId, file_id: UUID, *, name: str
) -> str | None:
    """Return the text of a document, None when it cannot be read; `name` is what its uploader called it.

    Raises FileNotFound.
    """
    async with files.local_copy(runtime, workspace, file_id) as path:
        try:
            found = await extract(path, name=name, sandbox=runtime.sandbox)
        except ExtractionError:
            return None
    return "\n\n".join(block.text for block in found.blocks)
