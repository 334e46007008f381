"""Uploading, looking at, downloading and deleting files over HTTP."""

import asyncio

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.service.csrf import csrf_token
from besedka.kernel.accounts.types import Role
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.fakes.jobs import settled
from tests.kernel.accounts.helpers import COOKIE, cookie_of
from tests.kernel.files.conftest import HTML, PDF, PNG, SVG, TEXT, Uploader, on_disk, path_of


async def test_uploaded_file_comes_back_byte_for_byte(owner: Uploader) -> None:
    response = await owner.send(TEXT, "заметка.txt")
    assert response.status_code == 201
    shown = response.json()
    assert (shown["name"], shown["kind"], shown["size"]) == ("заметка.txt", "text", len(TEXT))
    assert (await owner.get(shown["id"])).json() == shown
    body = await owner.client.get(shown["url"], headers=owner.person.headers)
    assert body.content == TEXT
    assert body.headers["content-length"] == str(len(TEXT))
    assert body.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("data", "kind", "served"),
    [
        (PNG, "image", "image/png"), (PDF, "pdf", "application/pdf"), (TEXT, "text", "text/plain"),
        (SVG, "svg", "application/octet-stream"), (HTML, "html", "application/octet-stream"),
    ],
)  # fmt: skip
async def test_type_follows_the_content_and_the_download_is_inert(
    owner: Uploader, data: bytes, kind: str, served: str
) -> None:
    shown = (await owner.send(data, "lie.png", "image/png")).json()
    assert shown["kind"] == kind
    body = await owner.get(f"{shown['id']}/content")
    assert body.headers["content-type"].split(";")[0] == served
    assert body.headers["content-disposition"].startswith("attachment;")
    assert body.headers["x-content-type-options"] == "nosniff"
    assert body.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("asked", "status", "part", "content_range"),
    [
        ("bytes=0-3", 206, slice(0, 4), "bytes 0-3/10"),
        ("bytes=7-", 206, slice(7, 10), "bytes 7-9/10"),
        ("bytes=7-99", 206, slice(7, 10), "bytes 7-9/10"),
        ("bytes=-4", 206, slice(6, 10), "bytes 6-9/10"),
        ("bytes=-99", 206, slice(0, 10), "bytes 0-9/10"),
        ("bytes=0-0,5-6", 200, slice(0, 10), None),
        ("bytes=5-2", 200, slice(0, 10), None),
        ("lines=0-1", 200, slice(0, 10), None),
    ],
)
async def test_range_gives_that_part(
    owner: Uploader, asked: str, status: int, part: slice, content_range: str | None
) -> None:
    file_id = await owner.stored(b"0123456789")
    got = await owner.get(f"{file_id}/content", range=asked)
    assert (got.status_code, got.content) == (status, b"0123456789"[part])
    assert got.headers.get("content-range") == content_range
    assert got.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-12", "bytes=-0"])
async def test_range_behind_the_end_is_a_416(owner: Uploader, asked: str) -> None:
    got = await owner.get(f"{await owner.stored(b'0123456789')}/content", range=asked)
    assert got.status_code == 416
    assert got.headers["content-range"] == "bytes */10"
    assert got.json()["code"] == "range_not_satisfiable"


async def test_conditions_save_the_transfer_or_the_whole(owner: Uploader) -> None:
    file_id = await owner.stored()
    etag = (await owner.get(f"{file_id}/content")).headers["etag"]
    known = await owner.get(f"{file_id}/content", if_none_match=f'"other", W/{etag}')
    assert (known.status_code, known.content) == (304, b"")
    fresh = await owner.get(f"{file_id}/content", range="bytes=0-1", if_range=etag)
    stale = await owner.get(f"{file_id}/content", range="bytes=0-1", if_range='"other"')
    assert (fresh.status_code, stale.status_code) == (206, 200)


async def test_head_has_the_headers_and_no_body(owner: Uploader) -> None:
    file_id = await owner.stored()
    url = f"/api/v1/files/{file_id}/content"
    got = await owner.client.head(url, headers=owner.person.headers)
    assert (got.status_code, got.content) == (200, b"")
    assert got.headers["content-length"] == str(len(TEXT))
    assert got.headers["accept-ranges"] == "bytes"


async def test_large_file_crosses_blocks_unchanged(owner: Uploader) -> None:
    data = b"".join(b"line %d\n" % number for number in range(60_000))
    file_id = await owner.stored(data, "big.txt")
    whole = await owner.get(f"{file_id}/content")
    part = await owner.get(f"{file_id}/content", range="bytes=262140-262150")
    assert whole.content == data
    assert part.content == data[262140:262151]


async def test_deleted_file_is_gone_with_its_bytes(owner: Uploader, runtime: Runtime) -> None:
    before = len(on_disk(runtime))
    file_id = await owner.stored(b"only here")
    assert len(on_disk(runtime)) == before + 1
    gone = await owner.client.delete(f"/api/v1/files/{file_id}", headers=owner.person.headers)
    assert gone.status_code == 204
    assert (await owner.get(file_id)).status_code == 404
    await settled(runtime)
    assert len(on_disk(runtime)) == before


async def test_same_content_twice_is_stored_once_and_goes_with_the_last(
    owner: Uploader, runtime: Runtime
) -> None:
    before = len(on_disk(runtime))
    first, second = await owner.stored(b"twice", "a.txt"), await owner.stored(b"twice", "b.txt")
    await settled(runtime)
    assert len(on_disk(runtime)) == before + 1
    await owner.client.delete(f"/api/v1/files/{first}", headers=owner.person.headers)
    await settled(runtime)
    left = await owner.get(f"{second}/content")
    assert left.content == b"twice"
    assert 'filename="b.txt"' in left.headers["content-disposition"]
    await owner.client.delete(f"/api/v1/files/{second}", headers=owner.person.headers)
    await settled(runtime)
    assert len(on_disk(runtime)) == before


async def test_uploads_and_deletes_of_one_content_at_once_leave_every_survivor_readable(
    owner: Uploader, runtime: Runtime
) -> None:
    data = b"contended content"

    async def come_and_go() -> None:
        file_id = await owner.stored(data)
        await owner.client.delete(f"/api/v1/files/{file_id}", headers=owner.person.headers)

    kept, *_ = await asyncio.gather(owner.stored(data), *(come_and_go() for _ in range(8)))
    await settled(runtime)
    assert (await owner.get(f"{kept}/content")).content == data


async def test_other_workspace_and_unpermitted_colleague_see_a_missing_file(
    owner: Uploader, made: MadeWorkspace, runtime: Runtime, client: httpx.AsyncClient
) -> None:
    file_id = await owner.stored()
    stranger = Uploader(client, (await make_workspace(runtime)).owner)
    colleague = Uploader(client, await make_person(runtime, made, role=Role.MEMBER))
    missing = (await owner.get("01890000-0000-7000-8000-000000000000")).json()
    for person in (stranger, colleague):
        for path in (file_id, f"{file_id}/content"):
            got = await person.get(path)
            assert (got.status_code, got.json()) == (404, missing)
        gone = await client.delete(f"/api/v1/files/{file_id}", headers=person.person.headers)
        assert gone.status_code == 404
    assert (await owner.get(file_id)).status_code == 200


async def test_uploader_reads_own_file_and_an_administrator_reads_it_too(
    owner: Uploader, made: MadeWorkspace, runtime: Runtime, client: httpx.AsyncClient
) -> None:
    member = Uploader(client, await make_person(runtime, made, role=Role.MEMBER))
    file_id = await member.stored()
    assert (await member.get(f"{file_id}/content")).content == TEXT
    assert (await owner.get(f"{file_id}/content")).content == TEXT


async def test_stranger_is_turned_away_before_anything_is_written(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    before = len(on_disk(runtime))
    got = await client.post("/api/v1/files/upload", files={"file": ("a.txt", TEXT)})
    assert got.status_code == 401
    assert len(on_disk(runtime)) == before


async def test_lost_bytes_are_a_missing_file_and_not_a_crash(
    owner: Uploader, runtime: Runtime
) -> None:
    file_id = await owner.stored(b"soon to be lost")
    async with runtime.db.system.acquire() as conn:
        key = await conn.fetchval(
            "SELECT key FROM file_blob JOIN file ON file.blob_id = file_blob.id WHERE file.id = $1",
            file_id,
        )
    path_of(runtime, key).unlink()
    assert (await owner.get(f"{file_id}/content")).status_code == 404


async def test_page_uploads_by_cookie_with_the_csrf_token_in_the_form_or_the_header(
    client: httpx.AsyncClient, made: MadeWorkspace, runtime: Runtime
) -> None:
    cookie = await cookie_of(runtime, made.owner.email)
    token = csrf_token(cookie)
    page = {"Cookie": f"{COOKIE}={cookie}", "Origin": "http://127.0.0.1:8000"}

    async def send(data: dict[str, str], **headers: str) -> int:
        answer = await client.post(
            "/api/v1/files/upload", files={"file": ("a.txt", TEXT)}, data=data,
            headers={**page, **headers},
        )  # fmt: skip
        return answer.status_code

    assert await send({"csrf_token": token}) == 201
    assert await send({}, **{"X-CSRF-Token": token}) == 201
    assert await send({}) == 403
