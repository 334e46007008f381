"""The database goes away under a running server: every operation says so at once, and all is well when it is back."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import psutil
import pytest
from fastapi import FastAPI

from besedka.app import create_app
from besedka.core.clock import monotonic
from besedka.core.config import Settings
from besedka.core.db import lanes, pool
from besedka.core.db.embedded import Embedded
from besedka.core.runtime import Runtime
from besedka.migrations.run import upgrade
from besedka.products.hiring.pages import candidate_pass
from besedka.products.hiring.service import links
from tests.attacks.company import Company, furnish
from tests.attacks.operations import Operation, operations
from tests.attacks.rights import PUBLIC, VISITORS
from tests.fakes.jobs import eventually
from tests.kernel.accounts.helpers import by_cookie, cookie_of
from tests.plugins.database import FAST

PAGE = {"Accept": "text/html"}
IMPATIENCE = 0.7


@pytest.fixture
def server() -> Iterator[Embedded]:
    """A server of this test's own, to be stopped and started."""
    home = Path(tempfile.mkdtemp(prefix="besedka-away-"))
    home.chmod(0o755)
    server = Embedded(home, options=FAST)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the database less than people would, so that the test is short."""
    for module, name in (
        (lanes, "COMMAND_SECONDS"),
        (lanes, "ACQUIRE_SECONDS"),
        (pool, "ACQUIRE_SECONDS"),
    ):
        monkeypatch.setattr(module, name, IMPATIENCE)


@pytest.fixture
async def app(server: Embedded, tmp_path: Path) -> AsyncIterator[FastAPI]:
    """The application on that server."""
    await asyncio.to_thread(upgrade, server.dsn.plain)
    settings = Settings(
        _env_file=None, env="test", data_dir=tmp_path, log_level="error", rate_limits=False,
        database_url=server.dsn.plain, database_pool=4,
        outgoing_private=True,
    )  # fmt: skip
    made = create_app(settings)
    async with made.router.lifespan_context(made):
        yield made


async def send(
    client: httpx.AsyncClient, operation: Operation, company: Company, cookie: dict[str, str], link: str
) -> httpx.Response:  # fmt: skip
    """Send an operation as its owner would."""
    headers = company.owner.headers
    if str(operation) in VISITORS:
        headers = dict(company.visitor)
    if operation.is_page:
        headers = {**cookie, **PAGE}
    if operation.path.startswith("/applications/"):
        headers = {"Cookie": f"{candidate_pass.COOKIE}={link}", **PAGE}
    return await operation.fill(lambda _place, kind: company.ids[kind.kind]).send(client, headers)


async def test_every_operation_says_that_the_database_is_away_and_heals(
    app: FastAPI, server: Embedded, runtime: Runtime, client: httpx.AsyncClient
) -> None:
    company = await furnish(runtime, client)
    cookie = by_cookie(await cookie_of(runtime, company.owner.email))
    link = links.key_of(runtime, UUID(company.ids["response"]))
    server.stop()
    wrong = []
    for operation in operations():
        response = await send(client, operation, company, cookie, link)
        if str(operation) in PUBLIC and response.status_code < 500:
            continue
        if response.status_code != 503 or not response.headers.get("retry-after", "").isdigit():
            wrong.append(f"{operation}: {response.status_code} {response.text[:100]}")
        elif operation.is_page != response.headers["content-type"].startswith("text/html"):
            wrong.append(f"{operation}: {response.headers['content-type']}")
    assert wrong == []
    assert (await client.get("/health")).status_code == 200
    server.start()
    await expect_healing(client, company)


async def expect_healing(client: httpx.AsyncClient, company: Company) -> None:
    """Wait until a request goes well again; then everything does."""

    async def heals() -> bool | None:
        response = await client.get("/api/v1/auth/me", headers=company.owner.headers)
        return response.status_code == 200 or None

    await eventually(heals)
    posted = await client.post(
        f"/api/v1/chats/{company.ids['chat']}/messages",
        json={"body": "Back again"},
        headers=company.owner.headers,
    )
    assert posted.status_code == 201
    assert (await client.get("/health/ready")).status_code == 200


@contextmanager
def frozen(server: Embedded) -> Iterator[None]:
    """Stop the database's processes in the middle of whatever they do."""
    first = psutil.Process(server.pid)
    processes = [first, *first.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


async def test_hung_database_is_given_up_and_heals(
    impatient: None, server: Embedded, runtime: Runtime, client: httpx.AsyncClient, app: FastAPI
) -> None:
    company = await furnish(runtime, client)
    path = f"/api/v1/chats/{company.ids['chat']}/messages"
    owner = company.owner.headers
    with frozen(server):
        started = monotonic()
        answers = await asyncio.gather(
            client.get("/api/v1/auth/me", headers=owner),
            client.get(path, headers=owner),
            client.post(path, json={"body": "Anybody there?", "key": "k"}, headers=owner),
            client.get("/health/ready"),
        )
        assert [answer.status_code for answer in answers] == [503] * 4
        assert monotonic() - started < 6 * IMPATIENCE
    await expect_healing(client, company)
    again = await client.post(path, json={"body": "Anybody there?", "key": "k"}, headers=owner)
    assert again.status_code in {200, 201}
    bodies = [each["body"] for each in (await client.get(path, headers=owner)).json()]
    assert bodies.count("Anybody there?") == 1
