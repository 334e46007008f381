"""kill -9 of every process of an installation in parts, under load: nothing acknowledged is lost or doubled.

The clients keep a log of what they were told: messages over HTTP and sockets, visitors' questions, payments, documents.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.torture.audit import audit
from tests.torture.books import Books, audit_books, file, indexed, pay
from tests.torture.cluster import API, DATABASE, PROCESSES, REDIS, SOCKETS, WORKER, Cluster
from tests.torture.conftest import Report
from tests.torture.traffic import Firm, Log, traffic

pytestmark = pytest.mark.redis

VICTIMS = (*PROCESSES, DATABASE, REDIS)
BACK_SECONDS = 10.0
PATIENT_SECONDS = 40.0
"""The same on a machine that runs everything else, too: what is looked at there is what was lost."""
LONG_KILLS = 50
INDEX_SECONDS = 90.0


@asynccontextmanager
async def firm_on(cluster: Cluster) -> AsyncIterator[Firm]:
    """Start everything, and have a company on it whose owner is the host."""
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=50)
    try:
        await cluster.start()
        async with httpx.AsyncClient(
            base_url=cluster.address(API), timeout=5, limits=limits
        ) as client:
            firm = Firm(client, sockets=cluster.address(SOCKETS))
            await firm.found()
            await cluster.execute("UPDATE app_user SET is_host = true, email_confirmed_at = now()")
            yield firm
    finally:
        await cluster.stop()


@asynccontextmanager
async def load_on(firm: Firm, *, visitors: int) -> AsyncIterator[tuple[Log, Books]]:
    """Write, ask, pay and file while the block runs; afterwards everybody ends their sentence."""
    books = Books()
    async with asyncio.TaskGroup() as group, traffic(firm, visitors=visitors) as log:
        group.create_task(pay(books, firm, pause=0.1))
        group.create_task(file(books, firm, pause=0.5))
        try:
            yield log, books
        finally:
            for each in books.logs:
                each.stopped = True


async def acknowledged_after(cluster: Cluster, log: Log, killed: float) -> float:
    """Wait until something is acknowledged again; returns for how long nothing was."""
    ready = time.perf_counter()
    while not any(at > ready for at in log.acknowledged_at):
        await asyncio.sleep(0.02)
        assert time.perf_counter() < killed + 60, cluster.log(API)
    return log.silence_since(killed)


async def works_again(firm: Firm, killed: float) -> float:
    """Wait until a worker has done something that was asked of it after the kill; returns for how long nothing was."""
    text = {"kind": "text", "title": f"After {killed}", "body": "Somebody has to read this."}
    made = await firm.send("POST", "/documents", {**text, "collection_id": firm.collection})
    await indexed(firm, made.json()["id"], seconds=INDEX_SECONDS)
    return time.perf_counter() - killed


async def rage(cluster: Cluster, kills: int, *, visitors: int, within: float) -> str:
    """Kill one after the other under load, look at everything afterwards; returns the figures."""
    chance = random.Random(kills)
    back: dict[str, list[float]] = defaultdict(list)
    async with firm_on(cluster) as firm:
        async with load_on(firm, visitors=visitors) as (log, books):
            for number in range(kills):
                await asyncio.sleep(chance.uniform(0.2, 0.8))
                victim, killed = VICTIMS[number % len(VICTIMS)], time.perf_counter()
                took = await cluster.kill(victim)
                silent = await acknowledged_after(cluster, log, killed)
                back[victim].append(max(took, silent))
                await firm.refresh()
                if victim == WORKER:
                    back[victim][-1] = await works_again(firm, killed)
        found = await audit(firm, log)
        wrong = found.wrong + await audit_books(firm, books, wait=INDEX_SECONDS)
        entries = await cluster.execute("SELECT coalesce(sum(amount), 0)::bigint FROM ledger_entry")
        said = ", ".join(f"{n}: {len(e)} killed, back in {max(e):.1f} s" for n, e in back.items())
        said += (
            f"; {found.acknowledged} messages, {len(books.paid.said)} payments,"
            f" {len(books.filed.said)} documents, {found.questions} questions"
        )
        assert not wrong, f"{said}\n" + "\n".join(wrong[:40]) + cluster.log(API)
        assert entries == 0, said
    assert max(max(each) for each in back.values()) < within, said
    return said


async def test_each_process_killed_once_loses_and_doubles_nothing(report: Report) -> None:
    report(await rage(Cluster(), len(VICTIMS), visitors=1, within=PATIENT_SECONDS))


@pytest.mark.torture
async def test_fifty_kills_lose_and_double_nothing(report: Report) -> None:
    report(await rage(Cluster(), LONG_KILLS, visitors=4, within=BACK_SECONDS))
