"""The knowledge check: passages that say the same, sources that are old, empty, failed or never found."""

from datetime import timedelta
from uuid import UUID

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.kernel.jobs import service as jobs
from besedka.kernel.knowledge.repository.check import CheckRepository
from besedka.kernel.knowledge.service.sources import get_collection
from besedka.kernel.knowledge.types import Check

COMPARE_JOB = "knowledge.compare"
OLD_PAGE = timedelta(days=90)
OLD_DOCUMENT = timedelta(days=365)
LONG_ENOUGH = timedelta(days=30)


async def check(conn: TenantConn, collection_id: UUID) -> Check:
    """Return what is the matter with a collection; which passages are alike is as of its last comparison.

    Raises CollectionNotFound.
    """
    collection = await get_collection(conn, collection_id)
    repository, moment = CheckRepository(conn), now()
    checked_at, checking = await repository.standing(collection.id, COMPARE_JOB)
    troubles = await repository.troubles(
        collection.id, written=moment - OLD_DOCUMENT, read=moment - OLD_PAGE, made=moment - LONG_ENOUGH
    )  # fmt: skip
    return Check(checked_at, checking, await repository.duplicates(collection.id), **troubles)


async def compare(conn: TenantConn, collection_id: UUID) -> None:
    """Have the passages of a collection compared with each other by a job. Raises CollectionNotFound."""
    collection = await get_collection(conn, collection_id)
    await jobs.defer(
        conn, COMPARE_JOB, {"collection_id": str(collection.id)}, priority=-1,
        unique_key=f"{COMPARE_JOB}:{collection.id}",
    )  # fmt: skip
