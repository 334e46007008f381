"""Starting a process: database, shared objects, modules; and ending it in the reverse order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import structlog

from besedka.core.background import Background
from besedka.core.config import Settings
from besedka.core.db.database import Database, open_database, wait_for
from besedka.core.db.dsn import Dsn, normalise
from besedka.core.db.embedded import Embedded
from besedka.core.module import load
from besedka.core.runtime import Runtime
from besedka.core.sandbox.pool import Sandbox
from besedka.core.security.ratelimit import RateLimiter
from besedka.core.security.secretbox import SecretBox
from besedka.migrations.run import upgrade_if_needed
from besedka.modules import MODULES

if TYPE_CHECKING:
    from besedka.core.bus import Bus

log = structlog.get_logger(__name__)

PATIENCE = 30.0
"""Seconds that servers and workers wait for the database: after a power cut it may start later than they."""


class Boot:
    """Brings one process up."""

    def __init__(self, settings: Settings, *, works: bool = True, patience: float = 0.0) -> None:
        """Prepare to start. `patience` is for how many seconds a database that is not there yet is waited for."""
        self.settings = settings
        self._works, self._patience = works, patience
        self._background = Background()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Runtime]:
        """Yield the runtime of a started process. Raises DatabaseAway, DatabaseUnfit, NoServer, StartFailed."""
        async with AsyncExitStack() as stack:
            database = await self._database(stack)
            runtime = await self._runtime(stack, database)
            for manifest in MODULES:
                if manifest.stop is not None:
                    stack.push_async_callback(manifest.stop, runtime)
                if manifest.start is not None:
                    await manifest.start(runtime)
            for manifest in MODULES:
                if manifest.started is not None:
                    await manifest.started(runtime)
            stack.push_async_callback(runtime.background.close)
            yield runtime

    async def _database(self, stack: AsyncExitStack) -> Database:
        dsn = await self._server(stack)
        database = await open_database(
            dsn, pool_size=self.settings.database_pool, strict=self.settings.production
        )
        database.orm.declare = partial(load, "besedka.migrations.metadata")
        stack.push_async_callback(database.close)
        return database

    async def _server(self, stack: AsyncExitStack) -> Dsn:
        """Return the configured server, or start or join the embedded one and see to its schema."""
        if self.settings.database:
            dsn = normalise(self.settings.database)
            await wait_for(dsn, seconds=self._patience)
            return dsn
        server = Embedded(self.settings.data_dir / "postgres")
        server.start()
        stack.callback(server.stop)
        await upgrade_if_needed(server.dsn.plain)
        if server.owner:
            watcher = self._background.spawn(server.watch(), name="database watch")
            stack.callback(watcher.cancel)
        return server.dsn

    async def _runtime(self, stack: AsyncExitStack, database: Database) -> Runtime:
        settings = self.settings
        bus = self._bus(stack)
        runtime = Runtime(
            settings=settings,
            db=database,
            sandbox=Sandbox(
                {name: target for m in MODULES for name, target in m.sandboxed.items()}
            ),
            secrets=SecretBox(settings.master_key, settings.previous_key),
            limiter=RateLimiter(enabled=settings.rate_limits, bus=bus),
            bus=bus,
            manifests=MODULES,
            works=self._works,
            background=self._background,
        )
        stack.push_async_callback(runtime.close_http)
        stack.push_async_callback(runtime.sandbox.close)
        return runtime

    def _bus(self, stack: AsyncExitStack) -> "Bus | None":
        """Join the bus to other processes, where there are any."""
        if not self.settings.redis_url:
            return None
        bus: Bus = load("besedka.core.bus").Bus(self.settings.redis_url, self._background)
        bus.start()
        stack.push_async_callback(bus.close)
        return bus
