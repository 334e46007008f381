"""The test server and its databases."""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from besedka.core.db import rls
from besedka.core.db.embedded import Embedded
from besedka.migrations.metadata import METADATA
from besedka.migrations.run import newest, upgrade

TEMPLATE = "besedka_template"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


@contextmanager
def shared_server(worker_id: str) -> Iterator[Embedded]:
    """Start the run's server, or join the one that another worker of the run started."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    home = Path(tempfile.gettempdir()) / f"besedka-pg-{run}"
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    server = Embedded(home, options=FAST)
    with (home / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server.start()
        if server.owner:
            asyncio.run(_template(server.dsn.plain))
    with (home / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield server
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            if server.owner:
                fcntl.flock(users, fcntl.LOCK_EX)
                server.stop()
                shutil.rmtree(home, ignore_errors=True)


async def _template(dsn: str) -> None:
    conn = await asyncpg.connect(dsn)
    await conn.execute(f"CREATE DATABASE {TEMPLATE}")
    await conn.close()
    target = dsn.replace("/besedka?", f"/{TEMPLATE}?")
    if newest():
        await asyncio.to_thread(upgrade, target)
    else:
        await _create_all(target)


async def _create_all(dsn: str) -> None:
    async def connect() -> object:
        return await asyncpg.connect(dsn)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        for statement in rls.statements(METADATA):
            await connection.exec_driver_sql(statement)
    await engine.dispose()


async def build_template(dsn: str, name: str) -> None:
    """Copy the template into a worker's database."""
    conn = await asyncpg.connect(dsn)
    try:
        await conn.execute(f"DROP DATABASE IF EXISTS {name}")
        await conn.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    finally:
        await conn.close()
