"""Pools: the fast lane (SQL on asyncpg within a workspace) and the system pool."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Generic, TypeVar, cast

import asyncpg

from besedka.core.db.connection import Conn, SystemConn, TenantConn, prepare
from besedka.core.db.pool import ACQUIRE_SECONDS, Pool
from besedka.core.errors import DatabaseAway, InvalidInput
from besedka.core.ids import WorkspaceId

C = TypeVar("C", bound=Conn)

COMMAND_SECONDS = 60.0

CUT_OFF = (
    ConnectionError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What a statement raises when the server goes away under it."""

AWAY = (OSError, *CUT_OFF)
"""What connecting raises when there is no server."""

UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


def why_unfit(error: BaseException | None) -> str | None:
    """Return what is wrong with a value that no column can hold, None for any other error.

    A number or a moment beyond the column's type is found by the driver, before anything is sent.
    """
    if isinstance(error, UNSTORABLE):
        return "unstorable character"
    if isinstance(error, asyncpg.DataError) and isinstance(error.__cause__, OverflowError):
        return "out of range"
    return None


class Lane:
    """A pool whose connections wear one role."""

    def __init__(
        self, *, dsn: str, role: str | None, size: int, connection_class: type[Conn]
    ) -> None:
        self._dsn, self._role, self._size, self._class = dsn, role, size, connection_class
        self._pool: Pool | None = None

    async def open(self) -> None:
        """Connect once, to see that it is possible. Raises DatabaseAway."""
        pool = Pool(self._connect, size=self._size)
        try:
            pool.give_back(await pool.take())
        except AWAY as error:
            raise DatabaseAway from error
        self._pool = pool

    async def close(self) -> None:
        """Close every connection, cutting off what is still at work."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.close()

    async def _connect(self) -> Conn:
        conn: Conn = await asyncpg.connect(
            self._dsn,
            connection_class=self._class,
            timeout=ACQUIRE_SECONDS,
            command_timeout=COMMAND_SECONDS,
            server_settings={"application_name": "besedka"},
        )
        await prepare(conn, self._role)
        return conn

    @property
    def pool(self) -> Pool:
        """The open pool. Raises DatabaseAway before `open` and after `close`."""
        if self._pool is None:
            raise DatabaseAway
        return self._pool


class Lease(Generic[C]):
    """A connection for the length of an `async with`; then what waited for the commit runs.

    Connection trouble becomes DatabaseAway. After any error the connection's workspace is forgotten, and one that
    was cut off in the middle of a statement is not used again.
    """

    __slots__ = ("_conn", "_pool", "_workspace")

    def __init__(self, pool: Pool, workspace: WorkspaceId | None = None) -> None:
        self._pool, self._workspace = pool, workspace
        self._conn: Conn | None = None

    async def __aenter__(self) -> C:
        try:
            conn = await self._pool.take(self._workspace)
        except AWAY as error:
            raise DatabaseAway from error
        self._conn = conn
        if self._workspace is not None and not conn.points_at(self._workspace):
            await self._bind(conn, self._workspace)
        return cast(C, conn)

    async def _bind(self, conn: Conn, workspace: WorkspaceId) -> None:
        try:
            await cast(TenantConn, conn).bind(workspace)
        except BaseException as error:
            self._pool.give_back(conn, broken=True)
            if isinstance(error, CUT_OFF):
                raise DatabaseAway from error
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: object
    ) -> None:
        conn = self._conn
        assert conn is not None
        callbacks = conn.take_callbacks() if conn.waits_for_commit else ()
        if error is not None:
            self._fail(conn, error)
            return
        self._pool.give_back(conn)
        for callback in callbacks:
            callback()

    def _fail(self, conn: Conn, error: BaseException) -> None:
        """Return the connection and translate what the driver says."""
        conn.forget_workspace()
        # A ValueError is the driver's complaint about an argument. After a cut the driver may still wait for the rest
        # of an answer, so that the connection cannot be asked again although it is not closed yet.
        cut = isinstance(error, CUT_OFF) and not isinstance(error, ValueError)
        self._pool.give_back(conn, broken=cut or not isinstance(error, Exception))
        if (reason := why_unfit(error)) is not None:
            raise InvalidInput(reason=reason) from error
        if cut:
            raise DatabaseAway from error


class FastLane(Lane):
    """Connections of `besedka_app`, each pointed at the workspace that it was taken for."""

    def acquire(self, workspace: WorkspaceId) -> Lease[TenantConn]:
        """Give a connection for single statements: each commits by itself."""
        return Lease(self.pool, workspace)

    @asynccontextmanager
    async def transaction(self, workspace: WorkspaceId) -> AsyncIterator[TenantConn]:
        """Yield a connection inside one transaction."""
        async with self.acquire(workspace) as conn, conn.transaction():
            yield conn


class SystemLane(Lane):
    """Connections of `besedka_system`. Its callers are listed in a test."""

    def acquire(self) -> Lease[SystemConn]:
        """Give a connection for single statements."""
        return Lease(self.pool)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SystemConn]:
        """Yield a connection inside one transaction."""
        async with self.acquire() as conn, conn.transaction():
            yield conn
