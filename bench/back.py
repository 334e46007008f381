"""From kill -9 to serving again: the server with its own PostgreSQL, and PostgreSQL alone under a server that goes on.

The server is started again at once, as a supervisor does, and has to recover the database that died with it; the bare program is
a uvicorn with one asyncpg connection, on the same database, killed and started in the same way.

    python -m bench.back [--kills 5]
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import uvicorn
import uvloop
from fastapi import FastAPI

from bench import lab
from besedka.core.db.embedded import Embedded
from tests.torture.installation import Installation

AIM = 10.0


def bare(dsn: str) -> FastAPI:
    """Return the least that can say that its database answers."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.conn = await asyncpg.connect(dsn)
        yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/health")
    async def health() -> int:
        found: int = await app.state.conn.fetchval("SELECT 1")
        return found

    return app


async def start_bare(dsn: str, port: int) -> tuple[asyncio.subprocess.Process, float]:
    """Start the bare program; returns it, and after how many seconds it answered."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.back", "--serve", "bare", "--dsn", dsn, "--port", str(port),
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    await asyncio.to_thread(lab.wait_for, port)
    return process, time.perf_counter() - started


async def measure(kills: int) -> None:
    """Kill in turns."""
    made, back = Installation(), dict[str, list[float]](server=[], database=[], bare=[])
    try:
        await made.start()
        for _ in range(kills):
            await made.kill_server()
            back["server"].append(await made.start())
            started = time.perf_counter()
            made.kill_database()
            await asyncio.sleep(0.1)
            await made.ready()
            back["database"].append(time.perf_counter() - started)
            port = made.port + 1
            process, took = await start_bare(Embedded(made.cluster.parent).dsn.plain, port)
            back["bare"].append(took)
            process.kill()
            await process.wait()
    finally:
        await made.stop()
    middle = {name: statistics.median(each) for name, each in back.items()}
    print(
        f"kill -9 to serving: server with its database {middle['server']:.2f} s (at most {max(back['server']):.2f}),"
        f" database alone {middle['database']:.2f} s (at most {max(back['database']):.2f}), aim ≤ {AIM};"
        f" bare program without recovery {middle['bare']:.2f} s, {middle['server'] / middle['bare']:.1f}×"
    )


def main() -> None:
    """Measure, or be the bare program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=5)
    options = lab.arguments(parser)
    if options.serve:
        uvicorn.run(bare(options.dsn), port=options.port, log_level="error")
        return
    uvloop.run(measure(options.kills))


if __name__ == "__main__":
    main()
