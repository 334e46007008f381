"""Use cases of operations: how much every process logs, set while they run."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from besedka.core import logging
from besedka.core.clock import now
from besedka.core.db.connection import SystemConn
from besedka.core.errors import Unavailable
from besedka.core.runtime import Runtime
from besedka.products.operations.repository import LevelRepository
from besedka.products.operations.types import MINUTES, Level, LevelUntil

log = structlog.get_logger(__name__)

LOOK_SECONDS = 3.0


async def find_level(conn: SystemConn) -> LevelUntil | None:
    """Return the level that was set for all processes, while it holds."""
    return await LevelRepository(conn).find()


async def set_level(conn: SystemConn, level: Level, *, minutes: int = MINUTES) -> LevelUntil:
    """Have every process log from a level on for some minutes; they follow within seconds."""
    until = now() + timedelta(minutes=minutes)
    await LevelRepository(conn).save(level, until)
    return LevelUntil(level, until)


async def reset_level(conn: SystemConn) -> None:
    """Have every process log as its settings say."""
    await LevelRepository(conn).delete()


@dataclass(slots=True)
class Follower:
    """Keeps this process at the level that holds."""

    runtime: Runtime
    wanted: LevelUntil | None = None
    level: str = ""

    async def look(self) -> None:
        """Read what was set and follow it. While the database is away the last word holds, and ends, as it was given."""
        try:
            async with self.runtime.db.system.acquire() as conn:
                self.wanted = await find_level(conn)
        except Unavailable as error:
            log.debug("the log level could not be read", code=error.code)
        self.follow()

    def follow(self) -> None:
        """Set the level of this process, if another one holds now."""
        own = self.runtime.settings.log_level
        wanted = self.wanted if self.wanted is not None and self.wanted.until > now() else None
        level = own if wanted is None else wanted.level.value
        if level != (self.level or own):
            logging.set_level(level)
            log.warning("log level set", level=level, until=wanted and wanted.until.isoformat())
        self.level = level


async def keep_following(follower: Follower) -> None:
    """Follow for as long as the process runs; one that is over at once never asks."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await follower.look()
        except Exception:
            log.exception("following the log level failed")
