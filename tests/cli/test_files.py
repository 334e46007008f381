"""What the command line says of files: their room, their bucket, their virus scanner."""

from pathlib import Path

from pydantic import SecretStr

from besedka.cli import doctor
from besedka.cli.doctor import Verdict
from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.files import service as files
from tests.cli.shell import Shell
from tests.factories import make_workspace
from tests.fakes.clamd import FakeClamd, clamd_at
from tests.fakes.s3 import BUCKET, KEY_ID, SECRET, fake_s3


async def test_company_gets_more_room_and_the_usual_one_again(
    runtime: Runtime, shell: Shell
) -> None:
    firm = await make_workspace(runtime)
    async with runtime.db.fast.acquire(firm.id) as conn:
        slug = (await accounts.get_workspace(conn)).slug
    said = await shell.besedka("uploads", "quota", slug, "50")
    assert (said.status, f"{slug}: 0 MiB of 50 MiB." in said.text) == (0, True)
    async with runtime.db.fast.acquire(firm.id) as conn:
        assert (await files.usage(runtime, conn)).quota == 50 * 1024 * 1024
    said = await shell.besedka("uploads", "quota", slug)
    assert f"{slug}: 0 MiB of 10240 MiB." in said.text


async def test_doctor_asks_the_virus_scanner(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, env="test", data_dir=tmp_path)
    assert await doctor._scanner(settings) == []
    async with clamd_at(tmp_path / "s", FakeClamd()) as address:
        settings.clamd = address
        (good,) = await doctor._scanner(settings)
    (bad,) = await doctor._scanner(settings)
    settings.clamd_away = "accept"
    (note,) = await doctor._scanner(settings)
    assert [each.verdict for each in (good, bad, note)] == [
        Verdict.GOOD, Verdict.BAD, Verdict.NOTE,
    ]  # fmt: skip
    assert "ClamAV 1.4.3" in good.what
    assert "uploads are refused" in bad.what


async def test_doctor_tries_the_bucket(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, env="test", data_dir=tmp_path)
    assert await doctor._bucket(settings) == []
    async with fake_s3() as s3:
        settings.s3_bucket, settings.s3_endpoint_url = BUCKET, s3.url
        settings.s3_access_key_id, settings.s3_secret_access_key = KEY_ID, SecretStr(SECRET)
        (good,) = await doctor._bucket(settings)
        assert s3.objects == {}
        s3.denied = True
        (bad,) = await doctor._bucket(settings)
    assert [each.verdict for each in (good, bad)] == [Verdict.GOOD, Verdict.BAD]
    assert SECRET not in bad.what
