"""Bringing a database to the newest revision."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from besedka.core.db.database import connect
from besedka.core.module import load

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent


def newest() -> str:
    """Return the newest revision: files are named `NNNN_words.py` and revisions `NNNN`."""
    return max((path.name[:4] for path in (_FOLDER / "versions").glob("[0-9]*.py")), default="")


def known() -> set[str]:
    """Return every revision that this version can make."""
    return {path.name[:4] for path in (_FOLDER / "versions").glob("[0-9]*.py")}


def config(dsn: str) -> "Config":
    """Return Alembic's configuration for one database. Alembic is loaded only when there is something to migrate."""
    made: Config = load("alembic.config").Config()
    made.set_main_option("script_location", str(_FOLDER))
    made.attributes["dsn"] = dsn
    return made


async def current(dsn: str) -> str:
    """Return the revision that a database is at, an empty string for an empty one. Raises DatabaseAway."""
    conn = await connect(dsn)
    try:
        if await conn.fetchval("SELECT to_regclass('alembic_version')") is None:
            return ""
        return await conn.fetchval("SELECT version_num FROM alembic_version") or ""
    finally:
        await conn.close()


def upgrade(dsn: str, revision: str = "head") -> None:
    """Migrate up, in the calling thread (Alembic is synchronous)."""
    load("alembic.command").upgrade(config(dsn), revision)


def downgrade(dsn: str, revision: str) -> None:
    """Migrate down."""
    load("alembic.command").downgrade(config(dsn), revision)


async def upgrade_if_needed(dsn: str) -> bool:
    """Migrate up when the database is behind; returns whether it was. Raises DatabaseAway."""
    if await current(dsn) == newest():
        return False
    await asyncio.to_thread(upgrade, dsn)
    return True


async def change(dsn: str, revision: str) -> None:
    """Migrate up or down to a revision; `base` leaves nothing."""
    step = downgrade if revision == "base" else upgrade
    await asyncio.to_thread(step, dsn, revision)
