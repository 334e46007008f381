"""The room that a workspace's files take, and how long unused ones are kept."""

import asyncio
from collections.abc import AsyncIterator

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.files import service
from tests.factories import MadeWorkspace, make_person
from tests.fakes.jobs import settled
from tests.kernel.files import samples
from tests.kernel.files.conftest import TEXT, Uploader, on_disk

USAGE = "/api/v1/files/usage"


async def allow(runtime: Runtime, made: MadeWorkspace, size: int) -> None:
    async with runtime.db.fast.transaction(made.id) as conn:
        await conn.execute(
            "INSERT INTO file_space (workspace_id, quota_bytes) VALUES ($1, $2)"
            " ON CONFLICT (workspace_id) DO UPDATE SET quota_bytes = excluded.quota_bytes",
            made.id, size,
        )  # fmt: skip


async def used(owner: Uploader) -> int:
    got = await owner.client.get(USAGE, headers=owner.person.headers)
    assert got.status_code == 200
    return int(got.json()["used"])


async def test_usage_counts_each_content_once_with_its_smaller_copies(
    owner: Uploader, runtime: Runtime
) -> None:
    assert await used(owner) == 0
    first, second = await owner.stored(TEXT, "a.txt"), await owner.stored(TEXT, "b.txt")
    assert await used(owner) == len(TEXT)
    shown = (await owner.send(samples.photo(), "a.jpg")).json()
    sizes = shown["size"] + sum(each["size"] for each in shown["variants"])
    assert await used(owner) == len(TEXT) + sizes
    for file_id in (first, shown["id"]):
        await owner.client.delete(f"/api/v1/files/{file_id}", headers=owner.person.headers)
    assert await used(owner) == len(TEXT)
    await owner.client.delete(f"/api/v1/files/{second}", headers=owner.person.headers)
    assert await used(owner) == 0


async def test_usage_names_the_installations_quota_or_the_workspaces_own(
    owner: Uploader, runtime: Runtime, made: MadeWorkspace
) -> None:
    async def quota() -> int | None:
        got = await owner.client.get(USAGE, headers=owner.person.headers)
        found: int | None = got.json()["quota"]
        return found

    assert await quota() == 10240 * 1024 * 1024
    runtime.settings.files_quota_mb = 0
    assert await quota() is None
    async with runtime.db.fast.transaction(made.id) as conn:
        await service.allow(conn, 5)
    assert await quota() == 5 * 1024 * 1024


async def test_file_that_fills_the_room_is_taken_and_one_more_byte_is_not(
    owner: Uploader, runtime: Runtime, made: MadeWorkspace
) -> None:
    before = len(on_disk(runtime))
    await allow(runtime, made, 100)
    assert (await owner.send(b"x" * 60)).status_code == 201
    refused = await owner.send(b"y" * 41)
    assert (refused.status_code, refused.json()["code"]) == (413, "quota_exceeded")
    assert refused.json()["params"] == {"quota": 100, "used": 60}
    assert (await owner.send(b"x" * 60, "again.txt")).status_code == 413
    assert (await owner.send(b"z" * 40)).status_code == 201
    assert await used(owner) == 100
    assert len(on_disk(runtime)) == before + 2


async def test_upload_that_says_it_is_too_large_is_refused_before_it_is_sent(
    owner: Uploader, runtime: Runtime, made: MadeWorkspace
) -> None:
    await allow(runtime, made, 1000)
    asked: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for _ in range(64):
            asked.append(1)
            yield bytes(65536)

    length = str(64 * 65536)
    refused = await owner.raw(body(), **{"content-length": length})
    assert (refused.status_code, refused.json()["code"]) == (413, "quota_exceeded")
    runtime.settings.max_upload_mb = 1
    await allow(runtime, made, 2**40)
    refused = await owner.raw(body(), **{"content-length": length})
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert asked == []


async def test_upload_of_unknown_length_is_cut_off_where_the_room_ends(
    owner: Uploader, runtime: Runtime, made: MadeWorkspace
) -> None:
    await allow(runtime, made, 100_000)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(100):
            sent += 65536
            yield b"z" * 65536

    refused = await owner.raw(endless())
    assert (refused.status_code, refused.json()["code"]) == (413, "quota_exceeded")
    assert sent < 5 * 65536
    assert on_disk(runtime, "incoming") == []


async def test_uploads_at_once_never_overrun_the_room(
    owner: Uploader, runtime: Runtime, made: MadeWorkspace
) -> None:
    before = len(on_disk(runtime))
    await allow(runtime, made, 250)
    answers = await asyncio.gather(*(owner.send(b"%d" % n * 100) for n in range(6)))
    assert sorted(each.status_code for each in answers) == [201, 201, 413, 413, 413, 413]
    assert await used(owner) == 200
    await settled(runtime)
    assert len(on_disk(runtime)) == before + 2


async def test_uploads_and_deletions_of_the_same_and_other_contents_at_once_leave_the_count_right(
    owner: Uploader,
) -> None:
    async def come_and_go(data: bytes) -> None:
        file_id = await owner.stored(data)
        await owner.client.delete(f"/api/v1/files/{file_id}", headers=owner.person.headers)

    await asyncio.gather(*(come_and_go(b"%d" % (n % 3) * 50) for n in range(9)))
    assert await used(owner) == 0


async def test_unused_files_go_after_the_days_that_an_administrator_sets_and_used_ones_stay(
    owner: Uploader, runtime: Runtime, made: MadeWorkspace
) -> None:
    document = await owner.client.post(
        "/api/v1/documents/files", files={"file": ("a.txt", b"Delivery is free.", "text/plain")},
        headers=owner.person.headers,
    )  # fmt: skip
    assert document.status_code == 201
    old, fresh = await owner.stored(b"old"), await owner.stored(b"fresh")
    async with runtime.db.fast.transaction(made.id) as conn:
        await conn.execute(
            "UPDATE file SET created_at = now() - interval '31 days' WHERE workspace_id = $1 AND id <> $2",
            made.id, fresh,
        )  # fmt: skip
    await service.expire(runtime)
    assert (await owner.get(old)).status_code == 200
    path, days = "/api/v1/files/retention", {"keep_days": 30}
    said = await owner.client.put(path, json=days, headers=owner.person.headers)
    assert said.json()["keep_days"] == 30
    await service.expire(runtime)
    assert (await owner.get(old)).status_code == 404
    assert (await owner.get(fresh)).status_code == 200
    async with runtime.db.fast.acquire(made.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM file") == 2
        told = await conn.fetch(
            "SELECT action, detail FROM audit_event WHERE action LIKE 'files.%' ORDER BY id"
        )
    assert [row["action"] for row in told] == ["files.retention_changed", "files.expired"]
    assert told[1]["detail"] == {"name": "note.txt", "size": 3}


async def test_plain_member_sees_the_usage_and_sets_nothing(
    made: MadeWorkspace, runtime: Runtime, client: httpx.AsyncClient
) -> None:
    member = Uploader(client, await make_person(runtime, made, role=Role.MEMBER))
    assert await used(member) == 0
    refused = await client.put(
        "/api/v1/files/retention", json={"keep_days": 1}, headers=member.person.headers
    )
    assert refused.status_code == 403
