"""A receiver of webhooks: a real server that checks signatures its own way and can be told how to answer."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The id that a receiver deduplicates by."""
        return self.headers["webhook-id"]

    def signed_with(self, secret: str) -> bool:
        """Check the signature, written from the specification alone."""
        key = base64.b64decode(secret.split("_", 1)[1])
        stamp = self.headers["webhook-timestamp"].encode()
        message = b".".join((self.id.encode(), stamp, self.body))
        expected = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
        given = [each.split(",", 1) for each in self.headers["webhook-signature"].split(" ")]
        return ["v1", expected] in given


@dataclass
class Receiver:
    """Listens, remembers, answers. `effects` is what a receiver does that deduplicates by id."""

    url: str = ""
    status: int = 200
    answer: bytes = b"thanks"
    received: list[Received] = field(default_factory=list)
    effects: dict[str, bytes] = field(default_factory=dict)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.split(":", 1) for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Received(headers, body)
        self.received.append(request)
        if self.status // 100 == 2:
            self.effects.setdefault(request.id, body)
        writer.write(
            f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(self.answer)}\r\n"
            "Connection: close\r\n\r\n".encode()
            + self.answer
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def fake_receiver() -> AsyncIterator[Receiver]:
    """Yield a receiver on a free port of this machine."""
    made = Receiver()
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    async with server:
        made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        yield made
