"""Hostile uploads: names, types, forms, sizes."""

import asyncio
import email.message
from collections.abc import AsyncIterator, Iterator
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from starlette.types import Message

from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from besedka.kernel.files.names import attachment, clean_name
from tests.kernel.files.conftest import ELF, HTML, PDF, PNG, SVG, TEXT, Uploader, on_disk
from tests.kernel.files.samples import png_of

DISPOSITION = b'Content-Disposition: form-data; name="file"; filename="a.txt"'


@pytest.fixture(autouse=True)
def quarantine_is_empty_afterwards(runtime: Runtime) -> Iterator[None]:
    yield
    assert on_disk(runtime, "incoming") == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"), ("..\\..\\windows\\system.ini", "system.ini"),
        ("/abs/olute.txt", "olute.txt"), ("C:\\x\\y.txt", "y.txt"), ("....//....//a.txt", "a.txt"),
        ("..", "file"), (".", "file"), ("", "file"), ("/", "file"), ("a/", "file"),
        (".htaccess", "htaccess"), ("a\x00.txt", "a.txt"), ("a\x1f\x7fb.txt", "ab.txt"),
        ("invoice\u202excod.exe.txt", "invoicexcod.exe.txt"), ("a\u200bb.txt", "ab.txt"),
        ('quo"te<script>.txt', "quo_te_script_.txt"), ("  spaced   out .txt ", "spaced out .txt"),
        ("aux:stream.txt", "aux_stream.txt"), ("и\u0306.txt", "й.txt"),
        ("x" * 5000 + ".docx", "x" * 145 + ".docx"), ("y" * 400, "y" * 150),
        ("%2e%2e%2fetc.txt", "%2e%2e%2fetc.txt"), ("$(id).txt", "$(id).txt"), ("привет.txt", "привет.txt"),
    ],
)  # fmt: skip
async def test_name_keeps_nothing_dangerous(
    owner: Uploader, runtime: Runtime, sent: str, kept: str
) -> None:
    assert clean_name(sent) == kept
    header = attachment(kept)
    assert header.isascii()
    assert header.isprintable()
    parsed = email.message.Message()
    parsed["Content-Disposition"] = header
    assert unquote(header.rpartition("''")[2]) == kept
    assert parsed.get_content_disposition() == "attachment"


async def test_traversal_in_a_form_lands_in_the_store_only(
    owner: Uploader, runtime: Runtime
) -> None:
    body = (
        b'--X\r\nContent-Disposition: form-data; name="file"; filename="../../../tmp/evil.txt"\r\n\r\n'
        + TEXT + b"\r\n--X--\r\n"
    )  # fmt: skip
    shown = await owner.raw(body)
    assert shown.json()["name"] == "evil.txt"
    assert all(path.name != "evil.txt" for path in on_disk(runtime))


@pytest.mark.parametrize(
    ("data", "name", "declared", "kind"),
    [
        (HTML, "photo.png", "image/png", "html"),
        (SVG, "photo.jpg", "image/jpeg", "svg"),
        (PDF, "x.txt", "text/plain", "pdf"),
        (b"\xef\xbb\xbf  <HTML><script>alert(1)</script>", "a.csv", "text/csv", "html"),
        (PDF + b"\n<script>alert(1)</script>", "b.html", "text/html", "pdf"),
    ],
)  # fmt: skip
async def test_lying_type_and_polyglot_are_judged_by_content(
    owner: Uploader, data: bytes, name: str, declared: str, kind: str
) -> None:
    shown = await owner.send(data, name, declared)
    assert shown.json()["kind"] == kind
    body = await owner.get(f"{shown.json()['id']}/content")
    assert body.content == data
    assert body.headers["content-disposition"].startswith("attachment;")
    assert "html" not in body.headers["content-type"]
    assert "svg" not in body.headers["content-type"]
    assert "javascript" not in body.headers["content-type"]


async def test_picture_that_is_also_a_page_or_a_script_is_redrawn_or_refused(
    owner: Uploader, runtime: Runtime
) -> None:
    before = len(on_disk(runtime))
    script = b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)//"
    refused = await owner.send(script, "a.js", "text/javascript")
    assert (refused.status_code, refused.json()["code"]) == (415, "image_unreadable")
    assert len(on_disk(runtime)) == before
    shown = await owner.send(PNG + b"<script>alert(1)</script>", "a.html", "text/html")
    assert shown.json()["kind"] == "image"
    body = await owner.get(f"{shown.json()['id']}/content")
    assert body.content.startswith(PNG[:8])
    assert b"script" not in body.content
    assert body.headers["content-type"] == "image/png"


async def test_picture_of_countless_pixels_is_refused_before_it_is_decoded(
    owner: Uploader, runtime: Runtime
) -> None:
    before = len(on_disk(runtime))
    refused = await owner.send(png_of(60_000, 60_000), "a.png", "image/png")
    assert (refused.status_code, refused.json()["code"]) == (413, "image_too_large")
    assert len(on_disk(runtime)) == before
    assert (await owner.send(TEXT)).status_code == 201


@pytest.mark.parametrize("data", [ELF, b"MZ\x90\0" + bytes(300), bytes(range(256)) * 80])
async def test_program_or_unknown_bytes_are_refused(
    owner: Uploader, runtime: Runtime, data: bytes
) -> None:
    before = len(on_disk(runtime))
    refused = await owner.send(data, "report.pdf", "application/pdf")
    assert (refused.status_code, refused.json()["code"]) == (415, "file_type_refused")
    assert len(on_disk(runtime)) == before


@pytest.mark.parametrize("data", [b"", b"\n\n  \t"])
async def test_empty_file_is_refused(owner: Uploader, data: bytes) -> None:
    refused = await owner.send(data)
    assert (refused.status_code, refused.json()["code"]) == (422, "file_empty")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"--X--\r\n", b"--X\r\n" + DISPOSITION + b"\r\n\r\nhalf", b"no form at all",
        b"--X\r\n" + DISPOSITION + b"\r\n\r\nhalf\r\n--X\r\n",
        b"--X\r\nContent-Type: text/plain\r\n\r\nnameless\r\n--X--\r\n",
        b'--X\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\nx\r\n--X--\r\n',
        b'--X\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file name\r\n--X--\r\n',
        b"--X\r\n" + DISPOSITION + b"\r\n\r\none\r\n--X\r\n" + DISPOSITION + b"\r\n\r\ntwo\r\n--X--\r\n",
        b"--X\r\n" + DISPOSITION + b"\r\nX-Long: " + b"y" * 10_000 + b"\r\n\r\nx\r\n--X--\r\n",
        b"--X\r\n" + (b"A: b\r\n" * 50) + DISPOSITION + b"\r\n\r\nx\r\n--X--\r\n",
        b"--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + b"n" * 9000
        + b'"\r\n\r\nx\r\n--X--\r\n',
        b"--X\r\nbad header\r\n\r\nx\r\n--X--\r\n",
        b"".join(
            b'--X\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nv\r\n' % n for n in range(30)
        ) + b"--X--\r\n",
        b'--X\r\nContent-Disposition: form-data; name="long"\r\n\r\n' + b"v" * 70_000 + b"\r\n--X--\r\n",
    ],
)  # fmt: skip
async def test_broken_or_abusive_form_is_refused_and_leaves_nothing(
    owner: Uploader, runtime: Runtime, body: bytes
) -> None:
    before = len(on_disk(runtime))
    refused = await owner.raw(body)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_upload")
    assert len(on_disk(runtime)) == before


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "application/json",
     "multipart/form-data; boundary=" + "b" * 400],
)  # fmt: skip
async def test_request_that_is_no_form_is_refused(owner: Uploader, content_type: str) -> None:
    refused = await owner.raw(b"--X--\r\n", **{"content-type": content_type})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_upload")


@pytest.fixture
def tight(settings: Settings, runtime: Runtime) -> int:
    """Uploads of this application may have one mebibyte."""
    runtime.settings.max_upload_mb = 1
    return 1024 * 1024


async def test_file_of_exactly_the_limit_is_taken_and_one_more_byte_is_not(
    owner: Uploader, runtime: Runtime, tight: int
) -> None:
    assert (await owner.send(b"x" * tight)).status_code == 201
    before = len(on_disk(runtime))
    refused = await owner.send(b"y" * (tight + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert len(on_disk(runtime)) == before


async def test_endless_body_is_cut_at_the_limit(owner: Uploader, tight: int) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b"--X\r\n" + DISPOSITION + b"\r\n\r\n"
        while sent < 64 * tight:
            sent += 65536
            yield b"z" * 65536

    refused = await owner.raw(endless())
    assert refused.status_code == 413


async def test_body_longer_than_declared_gives_no_file(owner: Uploader, runtime: Runtime) -> None:
    before = len(on_disk(runtime))
    body = b"--X\r\n" + DISPOSITION + b"\r\n\r\n" + TEXT * 100
    refused = await owner.raw(body, **{"content-length": "20"})
    assert refused.status_code == 400
    assert len(on_disk(runtime)) == before


async def test_sender_who_goes_away_leaves_nothing(
    owner: Uploader, app: FastAPI, runtime: Runtime
) -> None:
    before = len(on_disk(runtime))
    half = b"--X\r\n" + DISPOSITION + b"\r\n\r\n" + TEXT * 100
    incoming: list[Message] = [
        {"type": "http.request", "body": half, "more_body": True}, {"type": "http.disconnect"}
    ]  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = {**owner.person.headers, "content-type": "multipart/form-data; boundary=X"}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": "/api/v1/files/upload", "raw_path": b"/api/v1/files/upload",
        "query_string": b"", "root_path": "", "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 1),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    await app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert len(on_disk(runtime)) == before


async def test_many_uploads_at_once_are_all_kept_apart(owner: Uploader) -> None:
    bodies = [b"file number %d" % number for number in range(20)]
    ids = await asyncio.gather(*(owner.stored(body) for body in bodies))
    assert len(set(ids)) == 20
    got = await asyncio.gather(*(owner.get(f"{file_id}/content") for file_id in ids))
    assert [response.content for response in got] == bodies


async def test_form_in_single_bytes_is_read_the_same(owner: Uploader) -> None:
    body = b"--X\r\n" + DISPOSITION + b"\r\n\r\n" + TEXT + b"\r\n--X--\r\n"

    async def crumbs() -> AsyncIterator[bytes]:
        for place in range(len(body)):
            yield body[place : place + 1]

    shown = (await owner.raw(crumbs())).json()
    assert (await owner.get(f"{shown['id']}/content")).content == TEXT
