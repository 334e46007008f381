"""Connections that know their workspace and what to do after a commit."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import asyncpg
from pydantic_core import from_json

from besedka.core.ids import WorkspaceId

APP_ROLE = "besedka_app"
SYSTEM_ROLE = "besedka_system"
SETTING = "besedka.workspace"

AfterCommit = Callable[[], None]


class Row(Protocol):
    """A row of a result: values by column name or place. The database decides their types."""

    def __getitem__(self, key: str | int) -> Any:  # noqa: ANN401 - a column may hold anything
        """Return a column's value."""

    def keys(self) -> Iterator[str]:
        """Return the column names."""

    def values(self) -> Iterator[Any]:
        """Return the values in order."""


if TYPE_CHECKING:

    class _Driver:
        """The part of the driver's connection that repositories use, typed: the driver itself ships no types."""

        async def execute(self, query: str, *args: object) -> str: ...
        async def fetch(self, query: str, *args: object) -> list[Row]: ...
        async def fetchrow(self, query: str, *args: object) -> Row | None: ...
        async def fetchval(self, query: str, *args: object, column: int = 0) -> Any: ...  # noqa: ANN401 - a column may hold anything
        def transaction(
            self, *, isolation: str | None = None, readonly: bool = False, deferrable: bool = False
        ) -> AbstractAsyncContextManager[None]: ...
        def is_in_transaction(self) -> bool: ...
        def is_closed(self) -> bool: ...
        def terminate(self) -> None: ...

else:
    _Driver = asyncpg.Connection


class Conn(_Driver):
    """A connection with callbacks that run once its transaction was committed."""

    idle_since: float = 0.0
    """When the pool got it back, on the monotonic clock."""
    _callbacks: tuple[AfterCommit, ...] = ()
    _workspace: WorkspaceId | None = None

    def on_commit(self, callback: AfterCommit) -> None:
        """Run a callback after the entry file's transaction commits; drop it if that fails."""
        self._callbacks = (*self._callbacks, callback)

    def take_callbacks(self) -> tuple[AfterCommit, ...]:
        """Return the registered callbacks and forget them."""
        callbacks, self._callbacks = self._callbacks, ()
        return callbacks

    @property
    def waits_for_commit(self) -> bool:
        """Whether a callback was registered."""
        return bool(self._callbacks)

    def forget_workspace(self) -> None:
        """Have the workspace set again before the connection's next use."""
        self._workspace = None

    def points_at(self, workspace: WorkspaceId) -> bool:
        """Whether row security lets a workspace through on this connection already."""
        return self._workspace == workspace


class TenantConn(Conn):
    """A connection of the role `besedka_app` that sees one workspace."""

    @property
    def workspace(self) -> WorkspaceId:
        """The workspace that row security lets through. Raises LookupError before `bind`."""
        if self._workspace is None:
            raise LookupError("the connection points at no workspace")
        return self._workspace

    async def bind(self, workspace: WorkspaceId) -> None:
        """Point row security at a workspace, unless it points there already."""
        if self._workspace != workspace:
            self._workspace = None
            await self.execute("SELECT set_config('besedka.workspace', $1, false)", str(workspace))
            self._workspace = workspace

    def assume(self, workspace: WorkspaceId | None) -> None:
        """Record what a caller has set (ORM lane), or forget the value after an error."""
        self._workspace = workspace


class SystemConn(Conn):
    """A connection of the role `besedka_system`: it sees every workspace, so its callers are few and listed."""


AnyConn: TypeAlias = TenantConn | SystemConn


def workspace_of(conn: Conn) -> WorkspaceId | None:
    """Return the workspace that a connection is bound to, None for one of the system's."""
    bound: WorkspaceId | None = getattr(conn, "workspace", None)
    return bound


def _decoded(words: str) -> object:
    """Read jsonb: fast, and what is nested too deep for that (200 levels) all the same."""
    try:
        return from_json(words)
    except ValueError:
        return json.loads(words)


async def prepare(conn: asyncpg.Connection, role: str | None) -> None:
    """Decode jsonb to Python values on a fresh connection, and put a role on; cut it off when that fails."""
    try:
        await conn.set_type_codec(
            "jsonb", encoder=json.dumps, decoder=_decoded, schema="pg_catalog"
        )
        if role is not None:
            await conn.execute(f"SET ROLE {role}")
    except BaseException:
        conn.terminate()
        raise
