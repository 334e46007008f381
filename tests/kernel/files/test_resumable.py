"""Uploads that come in pieces: the protocol, breaks, limits, and what is left of those that nobody goes on with."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message

from besedka.core.module import PersonData
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.files import service
from besedka.kernel.files.clamd import Scanner
from besedka.kernel.files.service import FileStore
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.kernel.files import samples
from tests.kernel.files.conftest import ELF, TEXT, Uploader, on_disk
from tests.kernel.files.test_space import allow, used

PATH = "/api/v1/files/resumable"
PIECE = {"content-type": "application/offset+octet-stream"}


class Sender:
    """Sends an upload in pieces, as tus 1.0 has it."""

    def __init__(self, owner: Uploader) -> None:
        self.client, self.person = owner.client, owner.person

    async def ask(
        self, method: str, path: str = PATH, body: bytes | AsyncIterator[bytes] | None = None,
        **headers: str,
    ) -> httpx.Response:  # fmt: skip
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(
            method, path, content=body,
            headers={**self.person.headers, "tus-resumable": "1.0.0", **named},
        )  # fmt: skip

    async def begin(self, length: int, name: str = "заметка.txt") -> str:
        encoded = base64.b64encode(name.encode()).decode()
        made = await self.ask(
            "POST", upload_length=str(length), upload_metadata=f"filetype eA==,filename {encoded}"
        )
        assert made.status_code == 201, made.text
        assert made.headers["upload-offset"] == "0"
        assert "GMT" in made.headers["upload-expires"]
        return str(made.headers["location"])

    async def piece(
        self, place: str, body: bytes | AsyncIterator[bytes], offset: int
    ) -> httpx.Response:
        return await self.ask("PATCH", place, body, upload_offset=str(offset), **PIECE)

    async def offset(self, place: str) -> int:
        found = await self.ask("HEAD", place)
        assert found.status_code == 200
        assert found.headers["cache-control"] == "no-store"
        return int(found.headers["upload-offset"])


def waits(runtime: Runtime, place: str) -> bool:
    """Whether bytes of an upload are on the disk."""
    upload = place.rpartition("/")[2]
    return any(path.name == upload for path in on_disk(runtime, "resumable"))


@pytest.fixture
def sender(owner: Uploader) -> Sender:
    return Sender(owner)


async def test_pieces_become_one_file_that_comes_back_whole(
    sender: Sender, owner: Uploader, runtime: Runtime
) -> None:
    place = await sender.begin(len(TEXT))
    first = await sender.piece(place, TEXT[:10], 0)
    assert (first.status_code, first.headers["upload-offset"]) == (204, "10")
    assert "upload-file" not in first.headers
    assert await sender.offset(place) == 10
    last = await sender.piece(place, TEXT[10:], 10)
    assert last.headers["upload-offset"] == str(len(TEXT))
    shown = (await owner.get(last.headers["upload-file"])).json()
    assert (shown["name"], shown["kind"]) == ("заметка.txt", "text")
    assert (await owner.get(f"{shown['id']}/content")).content == TEXT
    again = await sender.ask("HEAD", place)
    assert (again.headers["upload-file"], again.headers["upload-offset"]) == (
        shown["id"], str(len(TEXT)),
    )  # fmt: skip
    assert not waits(runtime, place)


async def test_server_tells_what_it_speaks(sender: Sender) -> None:
    told = await sender.ask("OPTIONS")
    assert (told.status_code, told.headers["tus-version"]) == (204, "1.0.0")
    assert told.headers["tus-extension"] == "creation,termination,expiration"
    assert told.headers["tus-max-size"] == str(64 * 1024 * 1024)


BROKEN: list[tuple[str, dict[str, str], int]] = [
    ("POST", {"tus-resumable": "0.2.0", "upload-length": "5"}, 412), ("POST", {}, 422),
    ("POST", {"upload-length": "-5"}, 422), ("POST", {"upload-length": "5" * 30}, 422),
    ("POST", {"upload-length": "5", "upload-metadata": "filename ***"}, 422),
    ("POST", {"upload-length": str(2**30)}, 413), ("PATCH", {"upload-offset": "0"}, 400),
    ("PATCH", {**PIECE}, 422), ("PATCH", {**PIECE, "upload-offset": "3"}, 409),
    ("PATCH", {**PIECE, "upload-offset": "0", "tus-resumable": "2"}, 412),
    ("DELETE", {"tus-resumable": "2"}, 412), ("HEAD", {"tus-resumable": "2"}, 412),
]  # fmt: skip


async def test_request_that_breaks_the_protocol_is_refused_and_changes_nothing(
    sender: Sender,
) -> None:
    place = await sender.begin(5)
    for method, headers, status in BROKEN:
        path = PATH if method == "POST" else place
        refused = await sender.ask(method, path, b"x" if method == "PATCH" else None, **headers)
        assert (method, headers, refused.status_code) == (method, headers, status)
        assert (refused.headers.get("tus-version") == "1.0.0") == (status == 412)
    assert await sender.offset(place) == 0


async def test_sender_who_goes_away_goes_on_where_it_broke_off(
    sender: Sender, owner: Uploader, app: FastAPI
) -> None:
    place = await sender.begin(len(TEXT))
    incoming: list[Message] = [
        {"type": "http.request", "body": TEXT[:7], "more_body": True}, {"type": "http.disconnect"}
    ]  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = {**owner.person.headers, **PIECE, "tus-resumable": "1.0.0", "upload-offset": "0"}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PATCH",
        "scheme": "http", "path": place, "raw_path": place.encode(), "query_string": b"",
        "root_path": "", "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 1),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    await app(scope, receive, send)
    assert await sender.offset(place) == 7
    last = await sender.piece(place, TEXT[7:], 7)
    assert (await owner.get(f"{last.headers['upload-file']}/content")).content == TEXT


async def test_upload_goes_on_in_a_process_that_never_saw_its_beginning(
    sender: Sender, owner: Uploader, runtime: Runtime
) -> None:
    """After kill -9 there is the row and the bytes that were written, and nothing else."""
    place = await sender.begin(len(TEXT))
    upload = place.rpartition("/")[2]
    folder = runtime.get(FileStore)._incoming.parent / "resumable"
    folder.mkdir(exist_ok=True)
    (folder / upload).write_bytes(TEXT[:12])
    runtime.put(service.open_partials(runtime.settings))
    assert await sender.offset(place) == 12
    last = await sender.piece(place, TEXT[12:], 12)
    assert (await owner.get(f"{last.headers['upload-file']}/content")).content == TEXT


async def test_second_request_at_once_is_told_to_wait(sender: Sender) -> None:
    place = await sender.begin(20)
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        begun.set()
        await go.wait()
        yield b"0123456789"

    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(sender.piece(place, slow(), 0))
        await begun.wait()
        answers = await sender.piece(place, b"x" * 20, 0), await sender.ask("DELETE", place)
        go.set()
    assert [each.status_code for each in answers] == [423, 423]
    assert (await first).headers["upload-offset"] == "10"


async def test_more_than_was_announced_is_refused(sender: Sender) -> None:
    place = await sender.begin(5)
    assert (await sender.piece(place, b"123456", 0)).status_code == 413
    assert await sender.offset(place) == 0


async def test_room_is_kept_for_what_is_announced(
    sender: Sender, owner: Uploader, runtime: Runtime, made: MadeWorkspace
) -> None:
    await allow(runtime, made, 100)
    answers = await asyncio.gather(*(sender.ask("POST", upload_length="40") for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 201, 413, 413]
    place = next(each.headers["location"] for each in answers if each.status_code == 201)
    assert (await sender.piece(place, b"x" * 40, 0)).status_code == 204
    assert await used(owner) == 40
    assert (await sender.ask("POST", upload_length="40")).status_code == 413
    assert (await sender.ask("POST", upload_length="20")).status_code == 201


@pytest.mark.parametrize(
    ("data", "code"), [(ELF, "file_type_refused"), (samples.photo()[:900], "image_unreadable")]
)
async def test_upload_that_is_refused_in_the_end_is_gone(
    sender: Sender, runtime: Runtime, data: bytes, code: str
) -> None:
    before = len(on_disk(runtime))
    place = await sender.begin(len(data), "a.jpg")
    refused = await sender.piece(place, data, 0)
    assert refused.json()["code"] == code
    assert (await sender.ask("HEAD", place)).status_code == 404
    assert not waits(runtime, place)
    assert len(on_disk(runtime)) == before


async def test_upload_waits_for_a_scanner_that_is_away(
    sender: Sender, runtime: Runtime, tmp_path: Path
) -> None:
    runtime.put(Scanner(f"unix://{tmp_path}/nobody"))
    place = await sender.begin(5)
    assert (await sender.piece(place, b"12345", 0)).json()["code"] == "scanner_away"
    assert await sender.offset(place) == 5
    runtime.put(Scanner(""))
    done = await sender.piece(place, b"", 5)
    assert (done.status_code, "upload-file" in done.headers) == (204, True)


async def test_ended_upload_is_gone_and_its_file_stays(
    sender: Sender, owner: Uploader, runtime: Runtime
) -> None:
    half, whole = await sender.begin(10), await sender.begin(len(TEXT))
    await sender.piece(half, b"12345", 0)
    file_id = (await sender.piece(whole, TEXT, 0)).headers["upload-file"]
    for place in (half, whole):
        assert (await sender.ask("DELETE", place)).status_code == 204
        assert (await sender.ask("HEAD", place)).status_code == 404
        assert not waits(runtime, place)
    assert (await owner.get(file_id)).status_code == 200


async def test_others_find_nothing(
    sender: Sender, runtime: Runtime, made: MadeWorkspace, client: httpx.AsyncClient
) -> None:
    place = await sender.begin(5)
    colleague = Uploader(client, await make_person(runtime, made, role=Role.ADMIN))
    stranger = Uploader(client, (await make_workspace(runtime)).owner)
    for other in (Sender(colleague), Sender(stranger)):
        answers = (
            await other.ask("HEAD", place), await other.piece(place, b"x", 0),
            await other.ask("DELETE", place),
        )  # fmt: skip
        assert [each.status_code for each in answers] == [404, 404, 404]
    assert await sender.offset(place) == 0


async def test_expired_upload_is_forgotten_with_its_bytes_and_others_go_on(
    sender: Sender, runtime: Runtime, made: MadeWorkspace
) -> None:
    old, fresh = await sender.begin(10), await sender.begin(10)
    for place in (old, fresh):
        await sender.piece(place, b"12345", 0)
    async with runtime.db.fast.transaction(made.id) as conn:
        await conn.execute(
            "UPDATE file_resumable SET expires_at = now() - interval '1 minute' WHERE workspace_id = $1 AND id = $2",
            made.id, old.rpartition("/")[2],
        )  # fmt: skip
    assert (await sender.ask("HEAD", old)).status_code == 404
    await service.sweep_uploads(runtime)
    assert [waits(runtime, place) for place in (old, fresh)] == [False, True]
    assert await sender.offset(fresh) == 5


async def test_half_an_upload_goes_with_the_person_who_began_it(
    sender: Sender, runtime: Runtime, made: MadeWorkspace
) -> None:
    place = await sender.begin(10)
    await sender.piece(place, b"12345", 0)
    who = PersonData(made.owner.user_id, made.owner.email, ((made.id, made.owner.actor_id),))
    async with runtime.db.system.transaction() as conn:
        await service.erase_person(conn, who)
    assert (await sender.ask("HEAD", place)).status_code == 404
    await service.sweep_uploads(runtime)
    assert not waits(runtime, place)
