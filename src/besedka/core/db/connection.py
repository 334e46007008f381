"""Connections that know their workspace and what to do after a commit."""

import json
from collections.abc import Callable
from typing import TypeAlias

import asyncpg

from besedka.core.ids import WorkspaceId

APP_ROLE = "besedka_app"
SYSTEM_ROLE = "besedka_system"
SETTING = "besedka.workspace"

AfterCommit = Callable[[], None]


class Conn(asyncpg.Connection):
    """A connection with callbacks that run once its transaction was committed."""

    def on_commit(self, callback: AfterCommit) -> None:
        """Run a callback after the entry file's transaction commits; drop it if that fails."""
        self.__dict__.setdefault("_callbacks", []).append(callback)

    def take_callbacks(self) -> list[AfterCommit]:
        """Return the registered callbacks and forget them."""
        callbacks: list[AfterCommit] = self.__dict__.pop("_callbacks", [])
        return callbacks


class TenantConn(Conn):
    """A connection of the role `besedka_app` that sees one workspace."""

    @property
    def workspace(self) -> WorkspaceId:
        """The workspace that row security lets through. Raises KeyError before `bind`."""
        workspace: WorkspaceId = self.__dict__["_workspace"]
        return workspace

    async def bind(self, workspace: WorkspaceId) -> None:
        """Point row security at a workspace, unless it points there already."""
        if self.__dict__.get("_workspace") != workspace:
            self.__dict__.pop("_workspace", None)
            await self.execute("SELECT set_config('besedka.workspace', $1, false)", str(workspace))
            self.__dict__["_workspace"] = workspace

    def assume(self, workspace: WorkspaceId | None) -> None:
        """Record what a caller has set (ORM lane), or forget the value after an error."""
        if workspace is None:
            self.__dict__.pop("_workspace", None)
        else:
            self.__dict__["_workspace"] = workspace


class SystemConn(Conn):
    """A connection of the role `besedka_system`: it sees every workspace, so its callers are few and listed."""


AnyConn: TypeAlias = TenantConn | SystemConn


async def prepare(conn: asyncpg.Connection) -> None:
    """Decode jsonb to Python values on a fresh connection."""
    await conn.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
