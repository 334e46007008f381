"""A workspace with people of several roles, and small files of many kinds."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.files.store import FileStore
from tests.factories import Made, MadeWorkspace, make_workspace

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000b49444154789c6360000200000500017a5eab3f0000000049454e44ae42"
    "6082"
)
SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)
HTML = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
ELF = b"\x7fELF\x02\x01\x01" + bytes(200)
TEXT = "Возврат в течение 14 дней.\n".encode()


@dataclass
class Uploader:
    """Uploads over HTTP as one person."""

    client: httpx.AsyncClient
    person: Made

    async def send(
        self, data: bytes = TEXT, name: str = "note.txt", declared: str = "text/plain"
    ) -> httpx.Response:
        return await self.client.post(
            "/api/v1/files/upload", files={"file": (name, data, declared)},
            headers=self.person.headers,
        )  # fmt: skip

    async def stored(self, data: bytes = TEXT, name: str = "note.txt") -> str:
        response = await self.send(data, name)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    async def get(self, path: str, **headers: str) -> httpx.Response:
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(
            f"/api/v1/files/{path}", headers={**self.person.headers, **spelled}
        )

    async def raw(
        self, body: bytes | AsyncIterator[bytes], boundary: str = "X", **headers: str
    ) -> httpx.Response:
        """Send a hand-made form."""
        return await self.client.post(
            "/api/v1/files/upload", content=body,
            headers={
                **self.person.headers,
                "content-type": f"multipart/form-data; boundary={boundary}",
                **headers,
            },
        )  # fmt: skip


@pytest.fixture
async def made(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


@pytest.fixture
async def owner(client: httpx.AsyncClient, made: MadeWorkspace) -> Uploader:
    return Uploader(client, made.owner)


def on_disk(runtime: Runtime, part: str = "kept") -> list[Path]:
    """The files of the store or of its quarantine."""
    folder = runtime.get(FileStore)._incoming.parent / part
    return [path for path in folder.rglob("*") if path.is_file()]


def path_of(runtime: Runtime, key: str) -> Path:
    """Where the bytes of a key are in the folder."""
    return runtime.get(FileStore)._incoming.parent / "kept" / key[:2] / key
