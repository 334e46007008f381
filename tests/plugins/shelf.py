"""Connections that outlive an application: opening one, and telling it of every table anew, costs the server more than most
tests do.

An application that ends leaves its idle connections on a shelf; the next one of the same database and role takes them,
reset as a pooler would: without locks, listeners, cursors and settings.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from types import MethodType
from typing import NamedTuple, cast

import asyncpg

from besedka.core.db import lanes
from besedka.core.db.connection import Conn
from besedka.core.db.database import Findings
from besedka.core.db.dsn import Dsn, normalise
from besedka.core.db.lanes import Lane
from besedka.core.db.pool import Pool

KEPT = 6
"""How many connections of one kind are kept."""


class Kind(NamedTuple):
    """What connections have to share for one to stand in for the other."""

    dsn: str
    role: str | None
    connection_class: type[Conn]


class Shelf:
    """Idle connections to the databases that are there for the whole run; they live in the loop that it was made in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lasting: set[str] = set()
        self._idle: defaultdict[Kind, list[Conn]] = defaultdict(list)
        self._findings: dict[Dsn, Findings] = {}

    def serve(self, url: str) -> None:
        """Keep connections to this database: nobody will drop it."""
        self._lasting.add(normalise(url).plain)

    def put(self, kind: Kind, conn: Conn) -> bool:
        """Keep a connection that nobody uses any more, unless there are enough."""
        kept = self._idle[kind]
        if kind.dsn not in self._lasting or len(kept) >= KEPT or not self._is_in_reach():
            return False
        if conn.is_closed() or conn.is_in_transaction() or conn.waits_for_commit:
            return False
        kept.append(conn)
        return True

    async def take(self, kind: Kind) -> Conn | None:
        """Return a connection of this kind, as good as new."""
        kept = self._idle[kind] if self._is_in_reach() else []
        while kept:
            conn = kept.pop()
            if not conn.is_closed() and await _is_reset(conn):
                return conn
        return None

    async def inspect(self, look: Callable[[Dsn], Awaitable[Findings]], dsn: Dsn) -> Findings:
        """Look at a server, at a lasting one once."""
        found = self._findings.get(dsn) or await look(dsn)
        if dsn.plain in self._lasting:
            self._findings[dsn] = found
        return found

    def _is_in_reach(self) -> bool:
        """Whether the caller's loop is that of the connections: commands that tests call have one of their own."""
        return asyncio.get_running_loop() is self._loop

    def clear(self) -> None:
        """Cut every connection off."""
        for kept in self._idle.values():
            for conn in kept:
                conn.terminate()
        self._idle.clear()


async def _is_reset(conn: Conn) -> bool:
    conn.forget_workspace()
    try:
        await cast(asyncpg.Connection, conn).reset()
    except BaseException as error:
        conn.terminate()
        if isinstance(error, lanes.AWAY):
            return False
        raise
    return True


class KeepingPool(Pool):
    """A lane's pool that takes connections from the shelf and puts them back."""

    def __init__(self, shelf: Shelf, connect: Callable[[], Awaitable[Conn]], *, size: int) -> None:
        assert isinstance(connect, MethodType)
        lane = connect.__self__
        assert isinstance(lane, Lane)
        super().__init__(self._draw, size=size)
        self._shelf, self._anew = shelf, connect
        self._kind = Kind(lane._dsn, lane._role, lane._class)

    async def _draw(self) -> Conn:
        return await self._shelf.take(self._kind) or await self._anew()

    def close(self) -> None:
        self._idle = [conn for conn in self._idle if not self._shelf.put(self._kind, conn)]
        super().close()
