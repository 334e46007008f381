"""A page of 50 in a conversation of 1,000,000 messages, against the bare keyset query behind bare FastAPI.

The bare route knows nobody, checks nothing and renders nothing: one query, 50 rows, JSON. Ours authenticates, finds the
caller's place in the chat, joins the senders and renders the text.

    python -m bench.page [--rounds 5] [--seconds 3] [--messages 1000000] [--profile FILE]
"""

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import uvloop
from fastapi import FastAPI, Response

from bench import lab
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import Kind
from tests.factories import make_person, make_workspace

AIM = 1.6
CONNECTIONS = 8
_FILL = """
INSERT INTO message (workspace_id, conversation_id, seq, id, mod, sender_id, client_key, body, created_at)
SELECT $1, $2, n, gen_random_uuid(), n, CASE WHEN n % 2 = 0 THEN $3::uuid ELSE $4::uuid END, n::text,
       'Сообщение ' || n || ': when does the shop open on Sunday, and may I come with a dog?',
       now() - make_interval(secs => $5 - n)
FROM generate_series(1, $5) AS n
"""
_BARE = """
SELECT id, seq, sender_id, body, created_at FROM message
WHERE workspace_id = $1 AND conversation_id = $2 AND seq < $3 ORDER BY seq DESC LIMIT 50
"""


def bare(dsn: str) -> FastAPI:
    """Return the least that answers with a page."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=8) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/health")
    async def health() -> str:
        return "ok"

    @app.get("/w/{workspace}/chats/{chat}/messages")
    async def messages(workspace: UUID, chat: UUID, before_seq: int) -> Response:
        rows = await app.state.pool.fetch(_BARE, workspace, chat, before_seq)
        page = [
            {
                "id": str(row["id"]),
                "seq": row["seq"],
                "sender": str(row["sender_id"]),
                "body": row["body"],
                "created_at": row["created_at"].isoformat(),
            }
            for row in rows
        ]
        return Response(json.dumps(page, ensure_ascii=False), media_type="application/json")

    return app


@dataclass
class Target:
    """Where the page is, and who asks for it."""

    workspace: UUID
    chat: UUID
    token: str


async def furnish(dsn: str, data_dir: str, count: int) -> Target:
    """Make the conversation."""
    async with lab.product(dsn, data_dir) as runtime:
        workspace = await make_workspace(runtime)
        other = await make_person(runtime, workspace)
        async with runtime.db.fast.transaction(workspace.id) as conn:
            chat = await service.create_conversation(
                conn, kind=Kind.GROUP, participants=[workspace.owner.actor_id, other.actor_id]
            )
    plain = await asyncpg.connect(dsn)
    await plain.execute(
        _FILL, workspace.id, chat.id, workspace.owner.actor_id, other.actor_id, count, timeout=900
    )
    await plain.execute(
        "UPDATE conversation SET last_seq = $2, mod = $2, last_public_seq = $2 WHERE id = $1",
        chat.id,
        count,
    )
    await plain.execute("VACUUM ANALYZE", timeout=900)
    await plain.close()
    return Target(workspace.id, chat.id, workspace.owner.token)


class Asker(asyncio.Protocol):
    """A keep-alive connection that asks for a random page as soon as it was answered."""

    def __init__(self, head: str, count: int) -> None:
        self._head, self._count, self._buffer = head, count, b""
        self.answered = 0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self.transport = transport  # type: ignore[assignment]  # uvloop's transports are no subclasses
        self._ask()

    def _ask(self) -> None:
        assert self.transport is not None
        self.transport.write(self._head.format(random.randrange(51, self._count)).encode())

    def data_received(self, data: bytes) -> None:
        """Ask again once the whole answer is there."""
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found or len(rest) < int(
            head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
        ):
            return
        if not head.startswith(b"HTTP/1.1 200") or rest.count(b'"created_at"') != 50:
            raise SystemExit(self._buffer[:2000])
        self._buffer = b""
        self.answered += 1
        self._ask()


async def load(server: lab.Server, head: str, count: int, *, seconds: float) -> float:
    """Return CPU microseconds of the server per page."""
    loop = asyncio.get_running_loop()
    askers = [
        (await loop.create_connection(lambda: Asker(head, count), "127.0.0.1", server.port))[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.sleep(0.3)
    before, cpu = sum(a.answered for a in askers), server.cpu
    await asyncio.sleep(seconds)
    answered, used = sum(a.answered for a in askers) - before, server.cpu - cpu
    for asker in askers:
        assert asker.transport is not None
        asker.transport.abort()
    return used / answered * 1e6


async def measure(options: argparse.Namespace, dsn: str, data_dir: str) -> None:
    """Run both servers, in turns."""
    started = time.perf_counter()
    target = await furnish(dsn, data_dir, options.messages)
    print(f"{options.messages:,} messages made in {time.perf_counter() - started:.0f} s")
    paths = {
        "bare": f"/w/{target.workspace}/chats/{target.chat}/messages?before_seq={{}}",
        "ours": f"/api/v1/chats/{target.chat}/messages?before_seq={{}}&limit=50",
    }
    costs: dict[str, list[float]] = {"bare": [], "ours": []}
    with contextlib.ExitStack() as stack:
        servers = {
            kind: stack.enter_context(
                lab.started(
                    "bench.page",
                    kind,
                    dsn=dsn,
                    data_dir=data_dir,
                    profile=options.profile if kind == "ours" else "",
                )
            )
            for kind in costs
        }
        for turn in range(options.rounds + 1):
            for kind, server in servers.items():
                head = f"GET {paths[kind]} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {target.token}\r\n\r\n"
                cost = await load(
                    server, head, options.messages, seconds=options.seconds if turn else 1
                )
                if turn:
                    costs[kind].append(cost)
    for kind, each in costs.items():
        print(f"{kind}: {statistics.median(each):.0f} µs CPU of the server per page")
    ratio = statistics.median(o / b for o, b in zip(costs["ours"], costs["bare"], strict=True))
    print(f"page of 50: {ratio:.2f}× of bare (aim ≤ {AIM})")


def main() -> None:
    """Measure, or be one of the servers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--profile", default="")
    options = lab.arguments(parser)
    if options.serve:
        app = bare(options.dsn) if options.serve == "bare" else lab.ours(options.dsn, options.data)
        lab.serve_forever(app, options.port, options.profile_file or None)
        return
    with lab.database() as postgres, tempfile.TemporaryDirectory() as data_dir:
        uvloop.run(measure(options, postgres.dsn.plain, data_dir))


if __name__ == "__main__":
    main()
