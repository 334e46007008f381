"""Looking back at calls of models."""

from collections.abc import Mapping
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.kernel.llm.repository import LlmRepository


async def find_run(conn: TenantConn, run_id: UUID) -> Mapping[str, object] | None:
    """Return the record of a call: model, tokens, cost in micro-units, milliseconds."""
    row = await LlmRepository(conn).find_run(run_id)
    return {key: row[key] for key in row.keys()} if row else None  # noqa: SIM118 - a record is no dict
