"""Pools: the fast lane (SQL on asyncpg within a workspace) and the system pool."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import asyncpg

from besedka.core.db.connection import Conn, SystemConn, TenantConn, prepare
from besedka.core.errors import DatabaseAway, InvalidInput
from besedka.core.ids import WorkspaceId

ACQUIRE_SECONDS = 10.0
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
)
"""What a statement raises when the server goes away under it."""

AWAY = (OSError, *CUT_OFF)
"""What connecting raises when there is no server."""


async def _keep(_conn: asyncpg.Connection) -> None:
    """Leave a returned connection as it is: nothing in a session outlives its statement but the workspace."""


class Lane:
    """A pool whose connections wear one role."""

    def __init__(
        self, *, dsn: str, role: str | None, size: int, connection_class: type[Conn]
    ) -> None:
        self._dsn, self._role, self._size, self._class = dsn, role, size, connection_class
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Connect. Raises DatabaseAway."""
        try:
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=self._size,
                init=self._wear_role,
                reset=_keep,
                connection_class=self._class,
                command_timeout=COMMAND_SECONDS,
                max_inactive_connection_lifetime=300.0,
                server_settings={"application_name": "besedka"},
            )
        except AWAY as error:
            raise DatabaseAway from error

    async def close(self) -> None:
        """Close every connection, cutting off what does not end within three seconds."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        pool.terminate()

    async def _wear_role(self, conn: asyncpg.Connection) -> None:
        await prepare(conn)
        if self._role is not None:
            await conn.execute(f"SET ROLE {self._role}")

    @property
    def pool(self) -> asyncpg.Pool:
        """The open pool. Raises DatabaseAway before `open` and after `close`."""
        if self._pool is None:
            raise DatabaseAway
        return self._pool

    @asynccontextmanager
    async def _acquired(self) -> AsyncIterator[Conn]:
        try:
            proxy = await self.pool.acquire(timeout=ACQUIRE_SECONDS)
        except AWAY as error:
            raise DatabaseAway from error
        try:
            yield cast(Conn, proxy)
        finally:
            await self.pool.release(proxy)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Conn]:
        """Take a connection; connection trouble becomes DatabaseAway; then run what waited for the commit."""
        callbacks = []
        try:
            async with self._acquired() as conn:
                conn.take_callbacks()
                yield conn
                callbacks = conn.take_callbacks()
        except (
            asyncpg.CharacterNotInRepertoireError,
            asyncpg.UntranslatableCharacterError,
        ) as error:
            raise InvalidInput(reason="unstorable character") from error
        except CUT_OFF as error:
            if isinstance(error, ValueError):  # the driver's complaint about an argument
                raise
            raise DatabaseAway from error
        for callback in callbacks:
            callback()


class FastLane(Lane):
    """Connections of `besedka_app`, each pointed at the workspace that it was taken for."""

    @asynccontextmanager
    async def acquire(self, workspace: WorkspaceId) -> AsyncIterator[TenantConn]:
        """Yield a connection for single statements: each commits by itself."""
        async with self._connection() as taken:
            conn = cast(TenantConn, taken)
            try:
                await conn.bind(workspace)
                yield conn
            except BaseException:
                conn.assume(None)
                raise

    @asynccontextmanager
    async def transaction(self, workspace: WorkspaceId) -> AsyncIterator[TenantConn]:
        """Yield a connection inside one transaction."""
        async with self.acquire(workspace) as conn, conn.transaction():
            yield conn


class SystemLane(Lane):
    """Connections of `besedka_system`. Its callers are listed in a test."""

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[SystemConn]:
        """Yield a connection for single statements."""
        async with self._connection() as conn:
            yield cast(SystemConn, conn)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SystemConn]:
        """Yield a connection inside one transaction."""
        async with self.acquire() as conn, conn.transaction():
            yield conn
