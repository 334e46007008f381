"""Parts of the server: what each serves, and that they are not started without what they share."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from besedka.app import Part, create_app
from besedka.core.config import Settings
from besedka.core.db.sole import NotAlone, sole_server
from besedka.core.logging import _Redacted
from besedka.core.runtime import Runtime
from besedka.kernel.jobs.worker import Worker
from tests.kernel.realtime.client import connect


@pytest.mark.parametrize(
    ("part", "login", "socket", "works"),
    [(Part.ALL, 200, True, True), (Part.API, 200, False, False), (Part.SOCKETS, 404, True, False)],
)
async def test_part_serves_its_share(
    settings: Settings, part: Part, *, login: int, socket: bool, works: bool
) -> None:
    app = create_app(settings, part=part)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        assert (await client.get("/login")).status_code == login
        assert (await client.get("/health/ready")).json()["status"] == "ok"
        assert app.state.runtime.works is works
        if works:
            app.state.runtime.get(Worker)
        async with connect(app) as nobody:
            await nobody.ended.wait()
        assert nobody.accepted.is_set() is socket


def test_part_without_what_it_shares_is_refused_with_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from besedka.cli import main; main()", "serve", "--only", "ws"],
        env=os.environ | {"BESEDKA_DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "DATABASE_URL and REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr


async def test_second_server_without_a_bus_is_refused(runtime: Runtime) -> None:
    runtime.settings.env = "development"
    try:
        async with sole_server(runtime):
            with pytest.raises(NotAlone, match="REDIS_URL"):
                async with sole_server(runtime):
                    pass
        async with sole_server(runtime):
            pass
    finally:
        runtime.settings.env = "test"


def test_start_that_failed_for_a_reason_of_ours_is_logged_as_a_sentence() -> None:
    def logged(text: str) -> str:
        record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, text, (), None)
        assert _Redacted().filter(record)
        return record.getMessage()

    trace = 'Traceback (most recent call last):\n  File "a.py", line 1, in b\n    c()\n'
    assert logged(f"{trace}besedka.core.db.sole.NotAlone: Another server runs.\n") == (
        "Another server runs."
    )
    assert logged(f"{trace}ValueError: what is this?") == f"{trace}ValueError: what is this?"
