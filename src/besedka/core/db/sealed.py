"""Sealed columns: every stored secret of one column, sealed anew with the current master key."""

from collections.abc import Mapping
from dataclasses import dataclass

from besedka.core.db.connection import SystemConn
from besedka.core.module import SealedColumn
from besedka.core.security.secretbox import KEY_ID_BYTES, SecretBox, SecretUnreadable

BATCH = 100


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many secrets were sealed anew, and how many no known key opens."""

    count: int
    unreadable: int


async def reseal(conn: SystemConn, column: SealedColumn, secrets: SecretBox) -> Resealed:
    """Seal a column's secrets with the current key, each in a statement of its own: what is done stays done."""
    count = unreadable = 0
    last = b""
    while True:
        rows = await conn.fetch(
            f'SELECT "{column.column}" AS sealed, to_jsonb(t) - $1::text AS row FROM "{column.table}" t'
            f' WHERE length("{column.column}") > 0 AND substr("{column.column}", 1, {KEY_ID_BYTES}) <> $2'
            f' AND "{column.column}" > $3 ORDER BY 1 LIMIT {BATCH}',
            column.column, bytes.fromhex(secrets.key_id), last,
        )  # fmt: skip
        if not rows:
            return Resealed(count, unreadable)
        last = rows[-1]["sealed"]
        for row in rows:
            if await _reseal_one(conn, column, secrets, sealed=row["sealed"], row=row["row"]):
                count += 1
            else:
                unreadable += 1


async def _reseal_one(
    conn: SystemConn, column: SealedColumn, secrets: SecretBox, *, sealed: bytes,
    row: Mapping[str, object],
) -> bool:  # fmt: skip
    place = column.place.format_map(row)
    try:
        secret = secrets.open(sealed, place)
    except SecretUnreadable:
        return False
    # A sealed value is unlike any other: nonces are random.
    await conn.execute(
        f'UPDATE "{column.table}" SET "{column.column}" = $1 WHERE "{column.column}" = $2',
        secrets.seal(secret, place), sealed,
    )  # fmt: skip
    return True
