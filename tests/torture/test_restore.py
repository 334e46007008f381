"""The restore drill on a million messages: a backup of a busy database comes back whole in another place."""

import asyncio
import time
from pathlib import Path

import pytest

from besedka.core.db.embedded import Embedded
from besedka.migrations.run import upgrade
from tests.cli.places import Place, backed_up, restored
from tests.migrations.rows import FIRST, checksum, fill, probing
from tests.migrations.test_schema import fresh
from tests.torture.conftest import Report

pytestmark = pytest.mark.torture

MESSAGES = 1_000_000


async def test_million_messages_are_backed_up_under_load_and_come_back_exactly(
    postgres: Embedded, worker_id: str, tmp_path: Path, report: Report
) -> None:
    here, there = [
        Place(await fresh(postgres, f"besedka_{name}_{worker_id}"), tmp_path / name, patience=900)
        for name in ("drill", "drilled")
    ]
    await asyncio.to_thread(upgrade, here.database_url, FIRST)
    await fill(here.database_url, MESSAGES)
    await asyncio.to_thread(upgrade, here.database_url)
    before, begun = await checksum(here.database_url), time.perf_counter()
    async with probing(here.database_url) as probe:
        archive = await backed_up(here.shell, tmp_path)
    taken = time.perf_counter()
    said = await restored(there, archive)
    done = time.perf_counter()
    assert said.status == 0, said.text
    assert await checksum(there.database_url) == before
    report(
        f"backed up in {taken - begun:.0f} s ({archive.stat().st_size / 2**20:.0f} MiB), a writer waited"
        f" {probe.longest:.2f} s at most; restored in {done - taken:.0f} s"
    )
    assert probe.longest < 1.0
