"""One PostgreSQL for the run, a migrated template, a database per worker; every test makes its own workspace."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from besedka.app import create_app
from besedka.core.config import Settings
from besedka.core.db.embedded import Embedded
from besedka.core.runtime import Runtime
from tests.plugins.database import build_template, shared_server
from tests.plugins.shelf import Shelf

pytest_plugins = [
    "tests.plugins.needs", "tests.plugins.browser", "tests.plugins.clocks", "tests.plugins.connections",
    "tests.plugins.leftovers", "tests.plugins.passwords", "tests.plugins.redis",
]  # fmt: skip


NO_KEY = SecretStr("")
"""Whoever runs the tests may have keys of models in the environment."""


@pytest.fixture(scope="session")
def postgres(worker_id: str) -> Iterator[Embedded]:
    """The run's server, shared by the workers."""
    with shared_server(worker_id) as server:
        yield server


@pytest.fixture(scope="session")
def database_url(postgres: Embedded, worker_id: str) -> str:
    """A migrated database of this worker's own."""
    name = f"besedka_{worker_id}"
    asyncio.run(build_template(postgres.dsn.plain, name))
    return postgres.dsn.plain.replace("/besedka?", f"/{name}?")


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """The data folder of this worker."""
    folder = Path(tempfile.mkdtemp(prefix="besedka-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def first_settings() -> Settings:
    """What every test's settings are a copy of: reading them takes longer than many a test."""
    return Settings(
        _env_file=None, env="test", log_level="error", rate_limits=False, outgoing_private=True, database_pool=4,
        openai_api_key=NO_KEY, anthropic_api_key=NO_KEY, google_api_key=NO_KEY, yandex_api_key=NO_KEY,
    )  # fmt: skip


@pytest.fixture
def settings(
    first_settings: Settings, database_url: str, data_dir: Path, left_connections: Shelf
) -> Settings:
    """Settings of a test process."""
    left_connections.serve(database_url)
    place = {"database_url": database_url, "data_dir": data_dir}
    return first_settings.model_copy(update=place, deep=True)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The started application, in this test's event loop."""
    made = create_app(settings)
    async with made.router.lifespan_context(made):
        yield made
        await _forget_jobs(made.state.runtime)


@pytest.fixture
def runtime(app: FastAPI) -> Runtime:
    """The runtime of the started application."""
    found = app.state.runtime
    assert isinstance(found, Runtime)
    return found


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls the application in-process, without identity."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as made:
        yield made


async def _forget_jobs(runtime: Runtime) -> None:
    """Leave no job to the worker of the next test: it would make calls that nobody there expects."""
    async with runtime.db.system.acquire() as conn:
        await conn.execute("DELETE FROM job WHERE state IN ('queued', 'running')")
