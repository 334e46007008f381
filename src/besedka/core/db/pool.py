"""A pool that costs next to nothing while a connection is free, and gives a workspace the one that is set to it.

The driver's own pool spends more on handing a connection out (a task for the timeout, a proxy, a shielded release)
than a short statement takes.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic

from besedka.core.db.connection import Conn
from besedka.core.errors import DatabaseAway, Unavailable
from besedka.core.ids import WorkspaceId

ACQUIRE_SECONDS = 10.0
IDLE_SECONDS = 300.0


class Pool:
    """At most `size` connections, opened when needed; those who wait are served in order."""

    def __init__(self, connect: Callable[[], Awaitable[Conn]], *, size: int) -> None:
        self._connect = connect
        self._free = size
        """How many more may be opened."""
        self._idle: list[Conn] = []
        self._taken: set[Conn] = set()
        self._waiting: deque[asyncio.Future[Conn | None]] = deque()
        self._closed = False

    async def take(self, workspace: WorkspaceId | None = None) -> Conn:
        """Return a connection, preferably one that points at the workspace already.

        Raises Unavailable after ten seconds of waiting, and whatever connecting raises.
        """
        conn = self._take_idle(workspace)
        if conn is None and self._free:
            self._free -= 1
            conn = await self._open()
        elif conn is None:
            conn = await self._wait()
        self._taken.add(conn)
        return conn

    def give_back(self, conn: Conn, *, broken: bool = False) -> None:
        """Return a connection; one that was left in an unknown state is cut off instead."""
        self._taken.discard(conn)
        if broken or self._closed or conn.is_closed() or conn.is_in_transaction():
            conn.terminate()
            self._release_place()
        elif not self._hand(conn):
            conn.idle_since = monotonic()
            self._idle.append(conn)

    def close(self) -> None:
        """Cut every connection off, and those that are still being opened once they are."""
        self._closed = True
        for conn in (*self._idle, *self._taken):
            conn.terminate()
        self._idle.clear()

    def _take_idle(self, workspace: WorkspaceId | None) -> Conn | None:
        """Return an idle connection: of the same workspace, else the one used last."""
        idle = self._idle
        if workspace is not None:
            for place, conn in enumerate(idle):
                if conn.points_at(workspace):
                    idle.append(idle.pop(place))
                    break
        while idle:
            conn = idle.pop()
            if not conn.is_closed() and monotonic() - conn.idle_since < IDLE_SECONDS:
                return conn
            conn.terminate()
            self._free += 1
        return None

    async def _open(self) -> Conn:
        """Connect, in a place that was reserved."""
        try:
            conn = await self._connect()
        except BaseException:
            self._release_place()
            raise
        if self._closed:
            conn.terminate()
            raise DatabaseAway
        return conn

    def _release_place(self) -> None:
        if not self._hand(None):
            self._free += 1

    async def _wait(self) -> Conn:
        """Wait for a connection that is given back, or for the right to open one."""
        turn: asyncio.Future[Conn | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS):
                conn = await turn
        except BaseException as error:
            self._pass_on(turn)
            if isinstance(error, TimeoutError):
                raise Unavailable from error
            raise
        return conn if conn is not None else await self._open()

    def _pass_on(self, turn: "asyncio.Future[Conn | None]") -> None:
        """Give to the next what came in the moment its receiver gave up."""
        if not turn.done() or turn.cancelled():
            return
        conn = turn.result()
        if conn is None:
            self._release_place()
        else:
            self.give_back(conn)

    def _hand(self, conn: Conn | None) -> bool:
        """Serve the first who still waits: with a connection, or with the right to open one."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(conn)
                return True
        return False
