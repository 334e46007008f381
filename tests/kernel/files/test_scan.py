"""Uploads under the eyes of a virus scanner."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.files import clamd
from besedka.kernel.files.clamd import ScanFailed, Scanner
from tests.factories import MadeWorkspace
from tests.fakes.clamd import VIRUS, FakeClamd, clamd_at
from tests.kernel.files.conftest import PNG, TEXT, Uploader, on_disk


@pytest.fixture
async def fake(runtime: Runtime, tmp_path: Path) -> AsyncIterator[FakeClamd]:
    made = FakeClamd()
    async with clamd_at(tmp_path / "s", made) as address:
        runtime.put(Scanner(address))
        yield made


async def test_clean_file_is_seen_whole_before_it_is_taken(
    owner: Uploader, fake: FakeClamd
) -> None:
    data = b"line\n" * 100_000
    shown = (await owner.send(data)).json()
    assert shown["scan"] == "clean"
    assert fake.seen == [data]


async def test_infected_file_is_refused_and_audited(
    owner: Uploader, runtime: Runtime, made: MadeWorkspace, fake: FakeClamd
) -> None:
    before = len(on_disk(runtime))
    refused = await owner.send(b"text " + VIRUS, "invoice.txt")
    assert (refused.status_code, refused.json()["code"]) == (422, "file_infected")
    assert "Stand-In" in refused.json()["detail"]
    assert len(on_disk(runtime)) == before
    assert on_disk(runtime, "incoming") == []
    async with runtime.db.fast.acquire(made.id) as conn:
        told = await conn.fetchrow("SELECT * FROM audit_event WHERE action = 'files.infected'")
    assert told is not None
    assert told["detail"] == {"name": "invoice.txt", "signature": "Stand-In"}
    assert told["actor_id"] == made.owner.actor_id


async def test_virus_in_a_picture_is_found_before_the_picture_is_opened(
    owner: Uploader, fake: FakeClamd
) -> None:
    refused = await owner.send(PNG + VIRUS, "a.png")
    assert refused.json()["code"] == "file_infected"


async def test_without_a_scanner_the_file_says_so(owner: Uploader) -> None:
    assert (await owner.send()).json()["scan"] == "off"


async def test_scanner_that_is_away_refuses_or_lets_pass_as_the_host_says(
    owner: Uploader, runtime: Runtime, tmp_path: Path
) -> None:
    runtime.put(Scanner(f"unix://{tmp_path}/nobody"))
    refused = await owner.send()
    assert (refused.status_code, refused.json()["code"]) == (503, "scanner_away")
    runtime.settings.clamd_away = "accept"
    taken = await owner.send()
    assert (taken.status_code, taken.json()["scan"]) == (201, "unscanned")


async def test_file_that_is_too_large_for_the_scanner_was_not_scanned(
    owner: Uploader, runtime: Runtime, fake: FakeClamd
) -> None:
    fake.largest = 200_000
    refused = await owner.send(TEXT * 100_000)
    assert refused.json()["code"] == "scanner_away"


async def test_scanner_that_hangs_is_given_up(
    fake: FakeClamd, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert await runtime.get(Scanner).version() == "ClamAV 1.4.3/27500"
    fake.hangs = True
    monkeypatch.setattr(clamd, "SCAN_SECONDS", 0.05)
    (tmp_path / "a").write_bytes(TEXT)
    with pytest.raises(ScanFailed, match="too long"):
        await runtime.get(Scanner).scan(tmp_path / "a")
