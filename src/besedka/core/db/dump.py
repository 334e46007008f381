"""All rows of a database out and in, by COPY: from one snapshot, into an empty schema in one transaction.

COPY needs no programs of the server's version, works over any connection, and its text form is the same for every
version. The schema itself is not copied: migrations make it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from besedka.core.db.connection import Row, SystemConn, prepare
from besedka.core.db.dsn import Dsn
from besedka.core.db.lanes import AWAY
from besedka.core.db.rls import grant_statements
from besedka.core.errors import DatabaseAway

VERSIONS = "alembic_version"
COPY_SECONDS = 24 * 3600.0
CONNECT_SECONDS = 10.0

Sink = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the columns of it that are stored, in order."""

    name: str
    columns: tuple[str, ...]


@asynccontextmanager
async def connect(dsn: Dsn) -> AsyncIterator[SystemConn]:
    """Yield a connection as the tables' owner. Raises DatabaseAway."""
    try:
        driver = await asyncpg.connect(
            dsn.plain, connection_class=SystemConn, timeout=CONNECT_SECONDS,
            server_settings={"application_name": "besedka backup"},
        )  # fmt: skip
    except AWAY as error:
        raise DatabaseAway from error
    try:
        await prepare(driver, None)
        # A login that row security holds for is told so, instead of seeing a part.
        await driver.execute("SET row_security = off")
        yield driver
    finally:
        await driver.close()


@asynccontextmanager
async def snapshot(dsn: Dsn) -> AsyncIterator[SystemConn]:
    """Yield a connection that sees the database as it was at one moment. Raises DatabaseAway."""
    async with connect(dsn) as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        yield conn


async def tables(conn: SystemConn) -> list[Table]:
    """Return the tables of the schema by name; what records its revision is not one of them."""
    rows = await conn.fetch(
        "SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> $1"
        " AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
        " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
        " GROUP BY c.relname ORDER BY c.relname",
        VERSIONS,
    )
    return [Table(row["name"], tuple(row["columns"])) for row in rows]


async def revision(conn: SystemConn) -> str:
    """Return the revision of the schema, an empty string without one."""
    if await conn.fetchval(f"SELECT to_regclass('public.{VERSIONS}')") is None:
        return ""
    found: str | None = await conn.fetchval("SELECT version_num FROM alembic_version")
    return found or ""


async def copy_out(conn: SystemConn, table: Table, sink: Sink) -> None:
    """Give a table's rows to a sink, block by block, in PostgreSQL's text form."""
    columns = ", ".join(map(_quoted, table.columns))
    await _driver(conn).copy_from_query(
        f"SELECT {columns} FROM {_quoted(table.name)}",
        output=sink, format="text", timeout=COPY_SECONDS,
    )  # fmt: skip


async def has_rows(conn: SystemConn) -> bool:
    """Whether any table holds anything."""
    for table in await tables(conn):
        if await conn.fetchval(f"SELECT EXISTS (SELECT 1 FROM {_quoted(table.name)})"):
            return True
    return False


async def other_servers(conn: SystemConn) -> int:
    """Return how many connections of running servers the database has."""
    count: int = await conn.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'besedka'"
    )
    return count


@asynccontextmanager
async def refill(conn: SystemConn) -> AsyncIterator[None]:
    """Empty every table, let the caller copy rows in, then check all references: one transaction.

    Foreign keys are taken off meanwhile and made anew, so that the order of the tables does not matter; triggers sleep.
    """
    async with conn.transaction():
        known = [_quoted(table.name) for table in await tables(conn)]
        keys = await _foreign_keys(conn)
        for key in keys:
            await conn.execute(f"ALTER TABLE {key['home']} DROP CONSTRAINT {_quoted(key['name'])}")
        for table in known:
            await conn.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await conn.execute(f"TRUNCATE {', '.join(known)}")
        yield
        for table in known:
            await conn.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        for key in keys:
            name = _quoted(key["name"])
            await conn.execute(
                f"ALTER TABLE {key['home']} ADD CONSTRAINT {name} {key['definition']}"
            )
        await _move_sequences(conn)
        for statement in grant_statements():
            await conn.execute(statement)


async def copy_in(conn: SystemConn, table: Table, blocks: AsyncIterator[bytes]) -> None:
    """Add rows to a table from what `copy_out` gave."""
    await _driver(conn).copy_to_table(
        table.name, source=blocks, columns=list(table.columns), format="text",
        timeout=COPY_SECONDS,
    )  # fmt: skip


async def _foreign_keys(conn: SystemConn) -> list[Row]:
    return await conn.fetch(
        "SELECT conname AS name, conrelid::regclass::text AS home, pg_get_constraintdef(oid) AS definition"
        " FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
        " AND connamespace = 'public'::regnamespace ORDER BY conrelid, conname"
    )


async def _move_sequences(conn: SystemConn) -> None:
    """Let every sequence go on behind the largest value of its column."""
    owned = await conn.fetch(
        "SELECT c.relname AS name, a.attname AS column,"
        " pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped"
        " AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL"
    )
    for row in owned:
        await conn.execute(
            f"SELECT setval($1::regclass, coalesce(max({_quoted(row['column'])}), 1),"
            f" max({_quoted(row['column'])}) IS NOT NULL) FROM {_quoted(row['name'])}",
            row["sequence"],
        )


def _driver(conn: SystemConn) -> asyncpg.Connection:
    """Return the connection as the driver knows it: repositories have no use for COPY."""
    return conn


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
