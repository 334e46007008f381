"""The ORM lane of the products: SQLAlchemy on asyncpg, in a pool of its own, loaded when it is first used.

SQLAlchemy takes half of what starting the server takes, and no hot path needs it.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from besedka.core.db.connection import TenantConn, prepare
from besedka.core.db.lanes import COMMAND_SECONDS, CUT_OFF, why_unfit
from besedka.core.errors import DatabaseAway, InvalidInput
from besedka.core.ids import WorkspaceId
from besedka.core.module import load

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

    Session: TypeAlias = AsyncSession
else:
    Session = object
"""An open session, for services: SQLAlchemy itself is for repositories and models."""


def _heavy() -> ModuleType:
    return load("besedka.core.db.engine")


class OrmLane:
    """Opens SQLAlchemy sessions, each one transaction within one workspace."""

    def __init__(self, *, dsn: str, role: str | None) -> None:
        self._dsn, self._role = dsn, role
        self.declare: Callable[[], object] = bool
        """Declares the tables of all modules: keys point from one module's to another's."""
        self._engine: AsyncEngine | None = None
        self._sessions: async_sessionmaker[AsyncSession] | None = None

    def _maker(self) -> "async_sessionmaker[AsyncSession]":
        if self._sessions is None:
            self.declare()
            self._engine, self._sessions = _heavy().open_engine(self._connect)
        return self._sessions

    async def _connect(self) -> object:
        conn = await asyncpg.connect(
            self._dsn, connection_class=TenantConn, command_timeout=COMMAND_SECONDS
        )
        await prepare(conn, self._role)
        return conn

    @asynccontextmanager
    async def session(self, workspace: WorkspaceId) -> AsyncIterator[Session]:
        """Yield a session in a transaction that commits at the end."""
        try:
            async with self._maker().begin() as session:
                conn = await _heavy().enter(session, workspace)
                yield session
                await session.flush()
                callbacks = conn.take_callbacks()
        except CUT_OFF as error:
            raise DatabaseAway from error
        except Exception as error:
            if _heavy().lost_connection(error):
                raise DatabaseAway from error
            if (reason := why_unfit(_heavy().cause_of(error))) is not None:
                raise InvalidInput(reason=reason) from error
            raise
        for callback in callbacks:
            callback()

    async def close(self) -> None:
        """Close the pool."""
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = self._sessions = None


async def raw(session: Session) -> TenantConn:
    """Return the asyncpg connection under an open session's transaction, bound to its workspace.

    SQLAlchemy has sent BEGIN by then (the session's first statement set the workspace), so what kernel functions
    write through it is rolled back with the session.
    """
    conn: TenantConn = await _heavy().connection_of(session)
    return conn
