"""The command line, and installations that it works on."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from secrets import token_hex

import asyncpg
import httpx
import pytest

from besedka.cli.main import main
from besedka.core.db.embedded import Embedded
from besedka.core.runtime import Runtime
from besedka.kernel.llm import service as llm
from tests.attacks.company import Company, furnish
from tests.cli.places import MODEL_KEY, Place
from tests.cli.shell import Shell
from tests.plugins.database import build_template

Command = Callable[..., tuple[int, str]]


@pytest.fixture(scope="session")
def database_url(postgres: Embedded, worker_id: str) -> str:
    """A database of these tests' own: a backup wants the bytes of every file that any test has stored."""
    name = f"besedka_cli_{worker_id}"
    asyncio.run(build_template(postgres.dsn.plain, name))
    return postgres.dsn.plain.replace("/besedka?", f"/{name}?")


@pytest.fixture
def shell(database_url: str, data_dir: Path) -> Shell:
    """The command line on the database and data folder of the tests."""
    return Shell(
        {
            "DATABASE_URL": database_url,
            "BESEDKA_DATA_DIR": str(data_dir),
            "BESEDKA_LOG_LEVEL": "error",
        }
    )


@pytest.fixture
async def place(postgres: Embedded, tmp_path: Path) -> AsyncIterator[Place]:
    name = f"besedka_restored_{token_hex(4)}"
    conn = await asyncpg.connect(postgres.dsn.plain)
    await conn.execute(f"CREATE DATABASE {name}")
    try:
        yield Place(postgres.dsn.plain.replace("/besedka?", f"/{name}?"), tmp_path / "data")
    finally:
        await conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await conn.close()


@pytest.fixture
async def company(runtime: Runtime, client: httpx.AsyncClient) -> Company:
    made = await furnish(runtime, client)
    async with runtime.db.fast.transaction(made.id) as conn:
        await llm.save_provider(
            runtime, conn, base_url="http://127.0.0.1:9/v1", default_model="m", api_key=MODEL_KEY
        )
    return made


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    database_url: str,
    tmp_path: Path,
) -> Command:
    """Run a command the way a terminal does; returns its exit code and all that it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("BESEDKA_ENV", "test")
    monkeypatch.setenv("BESEDKA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BESEDKA_LOG_LEVEL", "error")
    monkeypatch.setenv("DATABASE_URL", database_url)

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["besedka", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, printed.out + printed.err

    return run
