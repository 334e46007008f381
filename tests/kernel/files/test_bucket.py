"""Files in a bucket: uploads in parts, downloads by range, through us and nobody else."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from besedka.core.clock import now
from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from besedka.kernel.files import service
from besedka.kernel.files.bucket import Bucket, BucketAddress
from besedka.kernel.files.errors import StoreAway
from besedka.kernel.files.service import FileStore
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.jobs import settled
from tests.fakes.s3 import BUCKET, KEY_ID, SECRET, FakeS3, fake_s3
from tests.kernel.files import samples
from tests.kernel.files.conftest import TEXT, Uploader

FAR = "one/installation"


@pytest.fixture
async def s3() -> AsyncIterator[FakeS3]:
    async with fake_s3() as made:
        yield made


def settings_for(s3: FakeS3, folder: Path) -> Settings:
    return Settings(
        _env_file=None, env="test", data_dir=folder, s3_bucket=BUCKET, s3_prefix=FAR,
        s3_endpoint_url=s3.url, s3_access_key_id=KEY_ID, s3_secret_access_key=SecretStr(SECRET),
    )  # fmt: skip


@pytest.fixture
async def bucket(s3: FakeS3, runtime: Runtime, tmp_path: Path) -> FakeS3:
    """The application keeps its files in a bucket."""
    runtime.put(service.open_store(settings_for(s3, tmp_path)))
    s3.objects["somebody/elses"] = s3.objects[f"{FAR}/readme.txt"] = b"left alone"
    return s3


def ours(s3: FakeS3) -> list[bytes]:
    return [data for data in s3.objects.values() if data != b"left alone"]


def quarantined(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_file_goes_into_the_bucket_and_comes_back_by_range_and_is_deleted(
    owner: Uploader, bucket: FakeS3, runtime: Runtime, tmp_path: Path
) -> None:
    file_id = await owner.stored(TEXT)
    assert ours(bucket) == [TEXT]
    assert quarantined(tmp_path) == []
    assert (await owner.get(f"{file_id}/content")).content == TEXT
    part = await owner.get(f"{file_id}/content", range="bytes=3-6")
    assert (part.status_code, part.content) == (206, TEXT[3:7])
    await owner.client.delete(f"/api/v1/files/{file_id}", headers=owner.person.headers)
    await settled(runtime)
    assert sorted(bucket.objects) == [f"{FAR}/readme.txt", "somebody/elses"]


async def test_large_file_goes_up_in_parts_and_comes_back_whole(
    owner: Uploader, bucket: FakeS3
) -> None:
    data = b"%07d\n" * 1_200_000 % tuple(range(1_200_000))
    file_id = await owner.stored(data, "big.txt")
    assert bucket.calls.count("PUT partNumber&uploadId") == 2
    assert bucket.parts == {}
    assert (await owner.get(f"{file_id}/content")).content == data
    edge = 4 * 1024 * 1024
    across = await owner.get(f"{file_id}/content", range=f"bytes={edge - 5}-{edge + 5}")
    assert across.content == data[edge - 5 : edge + 6]


async def test_picture_and_its_copies_are_in_the_bucket(owner: Uploader, bucket: FakeS3) -> None:
    shown = (await owner.send(samples.photo(), "a.jpg")).json()
    assert sorted(map(len, ours(bucket))) == sorted(
        [shown["size"], *(each["size"] for each in shown["variants"])]
    )
    small = await owner.get(f"{shown['id']}/content?variant=thumbnail")
    assert small.content[8:12] == b"WEBP"


async def test_stranger_gets_nothing_and_the_bucket_is_not_asked(
    owner: Uploader, bucket: FakeS3, runtime: Runtime, client: httpx.AsyncClient
) -> None:
    file_id = await owner.stored(TEXT)
    bucket.calls.clear()
    stranger = Uploader(client, (await make_workspace(runtime)).owner)
    assert (await stranger.get(f"{file_id}/content")).status_code == 404
    assert bucket.calls == []


async def test_document_in_the_bucket_is_read(
    owner: Uploader, bucket: FakeS3, runtime: Runtime, tmp_path: Path
) -> None:
    made = await owner.client.post(
        "/api/v1/documents/files", files={"file": ("a.txt", b"Delivery is free.", "text/plain")},
        headers=owner.person.headers,
    )  # fmt: skip
    await settled(runtime)
    got = await owner.client.get(
        f"/api/v1/documents/{made.json()['id']}", headers=owner.person.headers
    )
    assert got.json()["state"] == "ready"
    assert quarantined(tmp_path) == []


async def test_bucket_that_refuses_gives_a_clear_answer_and_keeps_nothing(
    owner: Uploader, bucket: FakeS3, runtime: Runtime, made: MadeWorkspace, tmp_path: Path
) -> None:
    file_id = await owner.stored(TEXT)
    bucket.denied = True
    for answer in (await owner.send(b"other"), await owner.get(f"{file_id}/content")):
        assert (answer.status_code, answer.json()["code"]) == (503, "file_store_away")
    assert quarantined(tmp_path) == []
    async with runtime.db.fast.acquire(made.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM file") == 1
    with pytest.raises(StoreAway):
        await service.try_store(settings_for(bucket, tmp_path))


async def test_bytes_that_are_gone_from_the_bucket_are_a_missing_file(
    owner: Uploader, bucket: FakeS3
) -> None:
    file_id = await owner.stored(TEXT)
    bucket.objects.clear()
    assert (await owner.get(f"{file_id}/content")).status_code == 404


async def test_sweep_removes_strays_of_a_day_ago_and_nothing_that_is_not_ours(
    owner: Uploader, bucket: FakeS3, runtime: Runtime
) -> None:
    await owner.stored(TEXT)
    store = runtime.get(FileStore)
    async with store.draft(limit=9) as draft:
        await draft.write(b"stray")
        key = await store.keep(await draft.seal())
    await service.sweep(runtime)
    assert b"stray" in ours(bucket)
    bucket.modified = time.time() - 2 * 86_400
    assert now().timestamp() > bucket.modified
    await service.sweep(runtime)
    assert ours(bucket) == [TEXT]
    assert not await store.has(key)
    assert len(bucket.objects) == 3


async def test_backup_finds_the_bytes_and_restoring_puts_them_back(
    bucket: FakeS3, runtime: Runtime, tmp_path: Path
) -> None:
    await service.try_store(settings_for(bucket, tmp_path))
    store, key, gone = runtime.get(FileStore), "ab" * 20, "cd" * 20

    async def blocks() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    assert await store.is_empty()
    await store.put_back(key, blocks())
    assert [block async for block in store.pinned(key)] == [b"onetwo"]
    assert await store.lost([key, gone]) == [gone]
    assert not await store.is_empty()
    await store.clear()
    assert ours(bucket) == []
    assert len(bucket.objects) == 2


async def test_without_keys_or_with_wrong_ones_nothing_is_written(
    s3: FakeS3, tmp_path: Path
) -> None:
    wrong = Bucket(BucketAddress(BUCKET, endpoint=s3.url, key_id="AKIAOTHER", secret="x"), tmp_path)
    (tmp_path / "a").write_bytes(TEXT)
    with pytest.raises(StoreAway):
        await wrong.keep(tmp_path / "a", "ab" * 20)
    assert s3.objects == {}
