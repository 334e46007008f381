"""The part of the ORM lane that needs SQLAlchemy; loaded when a product first opens a session."""

from collections.abc import Awaitable, Callable
from typing import cast

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from besedka.core.db.connection import TenantConn
from besedka.core.ids import WorkspaceId

POOL_SIZE = 4


def open_engine(
    connect: Callable[[], Awaitable[object]],
) -> tuple[AsyncEngine, async_sessionmaker[AsyncSession]]:
    """Return an engine over connections made by `connect`, and what makes its sessions."""
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, pool_size=POOL_SIZE, max_overflow=0
    )
    return engine, async_sessionmaker(engine, expire_on_commit=False)


async def enter(session: AsyncSession, workspace: WorkspaceId) -> TenantConn:
    """Begin a session's transaction within a workspace; returns the connection under it."""
    await session.execute(
        text("SELECT set_config('besedka.workspace', :workspace, true)"),
        {"workspace": str(workspace)},
    )
    session.info["workspace"] = workspace
    conn = await connection_of(session)
    conn.take_callbacks()
    return conn


async def connection_of(session: AsyncSession) -> TenantConn:
    """Return the asyncpg connection under an open session's transaction, bound to its workspace."""
    connection = await session.connection()
    fairy = await connection.get_raw_connection()
    conn = cast(TenantConn, fairy.driver_connection)
    conn.assume(session.info["workspace"])
    return conn


def cause_of(error: Exception) -> BaseException | None:
    """Return what the driver raised beneath an error of SQLAlchemy, None for any other error."""
    return error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else None


def lost_connection(error: Exception) -> bool:
    """Whether an error says that the server went away."""
    return isinstance(error, DBAPIError) and error.connection_invalidated
