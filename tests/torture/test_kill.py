"""kill -9 of the server and of the database under load: nothing that was acknowledged is lost or doubled.

The server is one process with its own database here; the short cut, and an installation in parts, are in `test_cluster`.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.fakes.llm import FakeLlm, Say
from tests.torture.audit import audit
from tests.torture.conftest import Report
from tests.torture.installation import Installation
from tests.torture.traffic import Firm, Log, traffic

pytestmark = pytest.mark.torture

BACK_SECONDS = 10.0
LONG_KILLS = 26


@pytest.fixture
async def model() -> AsyncIterator[FakeLlm]:
    """A model that takes its time, so that every kill finds answers half said."""
    async with FakeLlm() as fake:
        fake.default = Say("It costs 350 roubles in the city.", first_pause=0.3, pause=0.04)
        yield fake


@pytest.fixture
async def installation(model: FakeLlm) -> AsyncIterator[Installation]:
    """A fresh installation that has started."""
    settings = {
        "OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": model.base_url, "OPENAI_MODEL": "fake",
        "BESEDKA_OUTGOING_PRIVATE": "true",
    }  # fmt: skip
    made = Installation(environment=settings)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


@pytest.fixture
async def firm(installation: Installation) -> AsyncIterator[Firm]:
    """A company on it."""
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=50)
    async with httpx.AsyncClient(base_url=installation.address, timeout=5, limits=limits) as client:
        made = Firm(client)
        await made.found()
        yield made


async def kill(installation: Installation, log: Log, victim: str) -> float:
    """Kill the server or the database; returns for how long nothing was acknowledged."""
    killed = time.perf_counter()
    if victim == "server":
        await installation.kill_server()
        await installation.start()
    else:
        installation.kill_database()
        await asyncio.sleep(0.3)
        await installation.ready()
    ready = time.perf_counter()
    while not any(at > ready for at in log.acknowledged_at):
        await asyncio.sleep(0.02)
        assert time.perf_counter() < killed + 60, installation.log()
    return log.silence_since(killed)


async def torture(installation: Installation, firm: Firm, kills: int, *, visitors: int) -> str:
    """Kill again and again under load, look at everything afterwards; returns the figures."""
    chance = random.Random(kills)
    back: dict[str, list[float]] = {"server": [], "database": []}
    async with traffic(firm, visitors=visitors) as log:
        for number in range(kills):
            await asyncio.sleep(chance.uniform(0.6, 2.0))
            victim = ("server", "database")[number % 2]
            back[victim].append(await kill(installation, log, victim))
            await firm.refresh()
        await asyncio.sleep(0.5)
    found = await audit(firm, log)
    figures = ", ".join(
        f"{name}: {len(each)} killed, back in at most {max(each):.1f} s"
        for name, each in back.items()
        if each
    )
    said = f"{figures}; {found.acknowledged} acknowledged in {found.tries} tries, {found.questions} questions"
    assert not found.wrong, f"{said}\n" + "\n".join(found.wrong[:40]) + installation.log()
    assert max(max(each, default=0.0) for each in back.values()) < BACK_SECONDS, said
    return f"{said}, the last answer after {found.waited:.0f} s"


async def test_many_kills_lose_and_double_nothing(
    installation: Installation, firm: Firm, report: Report
) -> None:
    report(await torture(installation, firm, LONG_KILLS, visitors=6))


async def test_audit_notices_what_a_careless_database_loses(
    installation: Installation, firm: Firm
) -> None:
    """The audit proves something only if it fails where promises are not kept.

    With `synchronous_commit` off a commit is acknowledged while its record is still in PostgreSQL's own memory; all its
    processes are killed at once, so nothing is left that could write it down.
    """
    await installation.tell_database(
        "ALTER SYSTEM SET synchronous_commit = off", "ALTER SYSTEM SET wal_writer_delay = '10s'",
        "SELECT pg_reload_conf()",
    )  # fmt: skip
    async with traffic(firm, visitors=2) as log:
        await asyncio.sleep(3)
        await kill(installation, log, "database")
    assert (await audit(firm, log, wait=0)).lost
