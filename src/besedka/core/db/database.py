"""The open database: its lanes, and what it was found to be able to do."""

import asyncio
from dataclasses import dataclass

import asyncpg
import structlog

from besedka.core.db.connection import APP_ROLE, SYSTEM_ROLE, SystemConn, TenantConn
from besedka.core.db.dsn import Dsn
from besedka.core.db.lanes import AWAY, FastLane, SystemLane
from besedka.core.db.orm import OrmLane
from besedka.core.errors import DatabaseAway

log = structlog.get_logger(__name__)

OLDEST_SERVER = 150_000
PAUSE_SECONDS = 1.0
SYSTEM_POOL = 3


class DatabaseUnfit(Exception):
    """The server cannot be used; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found on the server."""

    version: int
    roles: bool
    folds_cyrillic: bool


@dataclass(slots=True)
class Database:
    """The three lanes of one database."""

    dsn: Dsn
    fast: FastLane
    system: SystemLane
    orm: OrmLane

    async def close(self) -> None:
        """Close every lane."""
        await self.orm.close()
        await self.fast.close()
        await self.system.close()


async def connect(dsn: str) -> asyncpg.Connection:
    """Open one connection outside the lanes, to look at a server. Raises DatabaseAway."""
    try:
        return await asyncpg.connect(dsn, timeout=10)
    except (
        *AWAY,
        asyncpg.InvalidCatalogNameError,
        asyncpg.InvalidAuthorizationSpecificationError,
    ) as error:
        raise DatabaseAway from error


async def wait_for(dsn: Dsn, *, seconds: float) -> None:
    """Wait for a server that is not there yet or is just starting, for so long at most. Raises DatabaseAway.

    What only a person can mend (a wrong password, no such database) is no reason to wait.
    """
    for left in range(round(seconds / PAUSE_SECONDS), -1, -1):
        try:
            await (await connect(dsn.plain)).close()
        except DatabaseAway as error:
            if not left or not isinstance(error.__cause__, AWAY):
                raise
            log.warning("waiting for the database", cause=str(error.__cause__))
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


async def inspect(dsn: Dsn) -> Findings:
    """Look at a server. Raises DatabaseAway."""
    conn = await connect(dsn.plain)
    try:
        row = await conn.fetchrow(
            "SELECT current_setting('server_version_num')::int AS version, lower('Ё') = 'ё' AS folds,"
            " coalesce(bool_and(pg_has_role(current_user, oid, 'MEMBER')), false) AND count(*) = 2 AS roles"
            " FROM pg_roles WHERE rolname = ANY($1)",
            [APP_ROLE, SYSTEM_ROLE],
        )
    finally:
        await conn.close()
    return Findings(version=row["version"], roles=row["roles"], folds_cyrillic=row["folds"])


async def open_database(dsn: Dsn, *, pool_size: int, strict: bool) -> Database:
    """Check a migrated server and open the lanes. `strict` refuses a server where row security cannot be had.

    Raises DatabaseAway, DatabaseUnfit.
    """
    findings = await inspect(dsn)
    if findings.version < OLDEST_SERVER:
        raise DatabaseUnfit(
            f"PostgreSQL 15 or newer is needed, this one is {findings.version // 10_000}."
        )
    if not findings.folds_cyrillic:
        raise DatabaseUnfit(
            "The database does not fold Cyrillic letters. Create it with ENCODING 'UTF8' and LOCALE 'C.UTF-8'"
            " or any UTF-8 locale."
        )
    if not findings.roles:
        wanted = f"The login has to be a member of the roles {APP_ROLE} and {SYSTEM_ROLE}."
        if strict:
            raise DatabaseUnfit(
                f"{wanted} Let an administrator run: CREATE ROLE …; GRANT … TO the login."
            )
        log.warning("row security is off", reason=wanted)
    app, system = (APP_ROLE, SYSTEM_ROLE) if findings.roles else (None, None)
    database = Database(
        dsn=dsn,
        fast=FastLane(dsn=dsn.plain, role=app, size=pool_size, connection_class=TenantConn),
        system=SystemLane(
            dsn=dsn.plain, role=system, size=SYSTEM_POOL, connection_class=SystemConn
        ),
        orm=OrmLane(dsn=dsn.plain, role=app),
    )
    await database.fast.open()
    await database.system.open()
    return database
