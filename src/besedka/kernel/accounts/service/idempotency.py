"""Requests that are sent again with their key: the deed is done once, and its answer repeated.

Each step is a statement of its own. Between the deed's commit and `keep` lies a moment in which a crash loses the answer but not the
deed; what must not happen twice even then (money, messages) has a key of its own in its tables.
"""

import asyncio
from datetime import timedelta

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.errors import Conflict, IdempotencyKeyBusy, IdempotencyKeyReused, Unavailable
from besedka.core.runtime import Runtime
from besedka.core.security.secretbox import SecretBox, SecretUnreadable
from besedka.kernel.accounts.repository import idempotency as repository
from besedka.kernel.accounts.repository.idempotency import KeyRepository
from besedka.kernel.accounts.types import Answer, Attempt

LEASE = timedelta(seconds=30)
RENEW_SECONDS = 10.0
KEPT = timedelta(hours=24)


async def begin(conn: TenantConn, attempt: Attempt, box: SecretBox) -> Answer | None:
    """Return what was answered before, or None when the caller is to work on it.

    Raises IdempotencyKeyReused, IdempotencyKeyBusy; Conflict when the answer was sealed with another master key.
    """
    keys = KeyRepository(conn, attempt)
    if await keys.claim(LEASE):
        return None
    row = await keys.find()
    if row is None:
        # The first attempt came to nothing just now.
        raise IdempotencyKeyBusy
    if row["request_hash"] != attempt.request_hash:
        raise IdempotencyKeyReused
    if row["status"] is None:
        raise IdempotencyKeyBusy
    try:
        body = box.open(row["body"], _place(attempt)).encode("latin-1")
    except SecretUnreadable as error:
        raise Conflict from error
    return Answer(status=row["status"], headers=row["headers"], body=body)


async def keep(conn: TenantConn, attempt: Attempt, *, answer: Answer, box: SecretBox) -> None:
    """Write the answer down, sealed: it may hold what is shown once."""
    sealed = box.seal(answer.body.decode("latin-1"), _place(attempt))
    await KeyRepository(conn, attempt).keep(answer, sealed)


async def drop(conn: TenantConn, attempt: Attempt) -> None:
    """Let the key be used again: nothing was done."""
    await KeyRepository(conn, attempt).drop()


async def keep_lease(runtime: Runtime, attempt: Attempt) -> None:
    """Renew the lease for as long as the work goes on, until cancelled."""
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            async with runtime.db.fast.acquire(attempt.workspace_id) as conn:
                await KeyRepository(conn, attempt).renew(LEASE)
        except Unavailable:
            continue


async def forget(conn: SystemConn) -> None:
    """Delete the keys of all workspaces that are older than a day."""
    await repository.forget(conn, KEPT)


def _place(attempt: Attempt) -> str:
    return (
        f"{attempt.workspace_id}/idempotency_key/{attempt.actor_id}/{attempt.route}/{attempt.key}"
    )
