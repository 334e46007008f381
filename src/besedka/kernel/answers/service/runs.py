"""Looking back at runs."""

from collections.abc import Mapping
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.errors import NotFound
from besedka.kernel.answers.repository.runs import RunRepository


async def explain(conn: TenantConn, run_id: UUID) -> Mapping[str, object]:
    """Return why an answer is as it is: passages, prompt version, model run, confidence. Raises NotFound."""
    found = await RunRepository(conn).explain(run_id)
    if found is None:
        raise NotFound
    return found


async def is_cited(conn: TenantConn, conversation_id: UUID, chunk_id: UUID) -> bool:
    """Whether an answer in a dialog cites a passage, so that its visitor may open it."""
    return await RunRepository(conn).is_cited(conversation_id, chunk_id)
