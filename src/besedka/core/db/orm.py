"""The ORM lane of the products: SQLAlchemy on asyncpg, in a pool of its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias, cast

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from besedka.core.db.connection import TenantConn, prepare
from besedka.core.db.lanes import COMMAND_SECONDS, CUT_OFF
from besedka.core.errors import DatabaseAway
from besedka.core.ids import WorkspaceId

POOL_SIZE = 4

Session: TypeAlias = AsyncSession
"""An open session, for services: SQLAlchemy itself is for repositories and models."""


class OrmLane:
    """Opens SQLAlchemy sessions, each one transaction within one workspace."""

    def __init__(self, *, dsn: str, role: str | None) -> None:
        self._dsn, self._role = dsn, role
        self.declare: Callable[[], object] = bool
        """Declares the tables of all modules: keys point from one module's to another's."""
        self._engine: AsyncEngine | None = None
        self._sessions: async_sessionmaker[AsyncSession] | None = None

    def _maker(self) -> async_sessionmaker[AsyncSession]:
        if self._sessions is None:
            self.declare()
            self._engine = create_async_engine(
                "postgresql+asyncpg://",
                async_creator=self._connect,
                pool_size=POOL_SIZE,
                max_overflow=0,
            )
            self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        return self._sessions

    async def _connect(self) -> object:
        conn = await asyncpg.connect(
            self._dsn, connection_class=TenantConn, command_timeout=COMMAND_SECONDS
        )
        await prepare(conn)
        if self._role is not None:
            await conn.execute(f"SET ROLE {self._role}")
        return conn

    @asynccontextmanager
    async def session(self, workspace: WorkspaceId) -> AsyncIterator[AsyncSession]:
        """Yield a session in a transaction that commits at the end."""
        try:
            async with self._maker().begin() as session:
                conn = await _enter(session, workspace)
                yield session
                await session.flush()
                callbacks = conn.take_callbacks()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise DatabaseAway from error
            raise
        except CUT_OFF as error:
            raise DatabaseAway from error
        for callback in callbacks:
            callback()

    async def close(self) -> None:
        """Close the pool."""
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = self._sessions = None


async def _enter(session: AsyncSession, workspace: WorkspaceId) -> TenantConn:
    await session.execute(
        text("SELECT set_config('besedka.workspace', :workspace, true)"),
        {"workspace": str(workspace)},
    )
    session.info["workspace"] = workspace
    conn = await raw(session)
    conn.take_callbacks()
    return conn


async def raw(session: AsyncSession) -> TenantConn:
    """Return the asyncpg connection under an open session's transaction, bound to its workspace.

    SQLAlchemy has sent BEGIN by then (the session's first statement set the workspace), so what kernel functions
    write through it is rolled back with the session.
    """
    connection = await session.connection()
    fairy = await connection.get_raw_connection()
    conn = cast(TenantConn, fairy.driver_connection)
    conn.assume(session.info["workspace"])
    return conn
