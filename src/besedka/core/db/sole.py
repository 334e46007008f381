"""One server process at a time, unless there is a bus between several: they would not hear each other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from besedka.core.runtime import Runtime

KEY = 0x42455345444B41
"""Of the advisory lock: "BESEDKA"."""


class NotAlone(Exception):
    """Another server process runs on this database. Several of them need REDIS_URL, the bus between them."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@asynccontextmanager
async def sole_server(runtime: Runtime) -> AsyncIterator[None]:
    """Hold the database's one place for a server without a bus. Raises NotAlone."""
    if runtime.bus is not None or runtime.settings.env == "test":
        yield
        return
    conn = await asyncpg.connect(runtime.db.dsn.plain)
    try:
        if not await conn.fetchval("SELECT pg_try_advisory_lock($1)", KEY):
            raise NotAlone
        yield
    finally:
        conn.terminate()
