"""Answers of a model relayed as a stream: what the product costs beside a bare relay, in one run.

    python -m bench.relay [--answers 20] [--seconds 6] [--rounds 3] [--at-once 100,200,300]

A provider that speaks OpenAI's protocol runs as a process of its own. The product answers in a chat
(`POST /api/v1/llm/chat/{id}/message/stream`); the bare relay is an ASGI function on uvicorn that commits the question,
parses every chunk with `json`, passes its words on as an event, and commits the answer. Both use the same PostgreSQL,
whose CPU counts too.

    chunks      CPU per 1,000 chunks of so many answers at once, each of 50 chunks a second
    answers     CPU per answer of three chunks that come at once, eight at a time
    first word  milliseconds from the question to the first words, one question at a time
    at once     with --at-once: how many answers of 50 chunks a second are read with a p99 gap of at most 200 ms
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

import aiohttp
import asyncpg
import uvicorn
import uvloop
from aiohttp import web
from starlette.types import Receive, Scope, Send

from bench import lab
from besedka.core.db.embedded import Embedded
from besedka.kernel.llm import service as llm
from tests.factories import make_workspace

MODULE = "bench.relay"
PER_SECOND = 50
AIMS = {"chunks": 1.5, "answers": 2.5, "first word": 2.5, "at once": 0.6}
LONGEST_GAP = 0.2
SHORT = 3
ABREAST = 8
AT_ONCE_SECONDS = 4
CHATS = 400
"""So many that few answers have a long past to read."""
FIRST_WORDS = 60
TABLE = "CREATE TABLE bench_said (id uuid PRIMARY KEY, question uuid, body text NOT NULL, at timestamptz DEFAULT now())"
PIECE = " слово"


# --- the provider -------------------------------------------------------------------------------


def _event(number: int, **more: object) -> bytes:
    choice = {"index": 0, "delta": {"content": f"{PIECE}{number}"}, "finish_reason": None}
    chunk = {
        "id": "chatcmpl-BenchmarkBenchmarkBenchmark", "object": "chat.completion.chunk", "created": 1735689600,
        "model": "gpt-4o-2024-11-20", "system_fingerprint": "fp_5050236cbd", "choices": [choice], "usage": None,
    }  # fmt: skip
    return b"data: " + json.dumps(chunk | more, ensure_ascii=False).encode() + b"\n\n"


def _end(count: int) -> bytes:
    usage = {"prompt_tokens": 9, "completion_tokens": count, "total_tokens": 9 + count}
    stop = _event(0, choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    return stop + _event(0, choices=[], usage=usage) + b"data: [DONE]\n\n"


async def _answer(request: web.Request) -> web.StreamResponse:
    """Answer as the model's name says: `chunks-per second`, the latter 0 for all at once."""
    asked = await request.json()
    count, pace = map(int, asked["model"].split("-"))
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    due = asyncio.get_running_loop().time()
    for number in range(count):
        await response.write(_event(number))
        if pace:
            due += 1 / pace
            await asyncio.sleep(due - asyncio.get_running_loop().time())
    await response.write(_end(count))
    return response


def _short() -> str:
    return f"{SHORT}-0"


def _paced(seconds: int) -> str:
    return f"{seconds * PER_SECOND}-{PER_SECOND}"


def provider(port: int, models: Sequence[str]) -> None:
    """Run the provider of these models."""

    async def listed(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"object": "list", "data": [{"id": each} for each in models]})

    app = web.Application()
    app.router.add_get("/v1/models", listed)
    app.router.add_post("/v1/chat/completions", _answer)
    app.router.add_get("/health", listed)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


# --- the bare relay -----------------------------------------------------------------------------


@dataclass
class Relay:
    """An ASGI application that passes an answer on and stores both sides."""

    dsn: str
    provider: str
    _pool: Any = None
    _session: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if self._pool is None:
            self._pool = await asyncpg.create_pool(self.dsn, min_size=8, max_size=8)
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        if scope["path"] == "/health":
            await _send(send, 200, b"")
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        await self._relay(json.loads(body), send)

    async def _relay(self, asked: Mapping[str, Any], send: Send) -> None:
        question, said = uuid4(), []
        await self._pool.execute(
            "INSERT INTO bench_said (id, body) VALUES ($1, $2)", question, asked["content"]
        )
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async for piece in self._pieces(asked):
            said.append(piece)
            event = f"data: {json.dumps({'text': piece}, ensure_ascii=False)}\n\n".encode()
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await self._pool.execute(
            "INSERT INTO bench_said (id, question, body) VALUES ($1, $2, $3)", uuid4(), question, "".join(said)
        )  # fmt: skip
        await send({"type": "http.response.body", "body": b"event: done\ndata: {}\n\n"})

    async def _pieces(self, asked: Mapping[str, Any]) -> AsyncIterator[str]:
        messages = [{"role": "user", "content": asked["content"]}]
        payload = {"model": asked["model"], "messages": messages, "stream": True}
        async with self._session.post(
            f"{self.provider}/v1/chat/completions", json=payload
        ) as answer:
            async for line in answer.content:
                if not line.startswith(b"data: ") or line.startswith(b"data: [DONE]"):
                    continue
                choices = json.loads(line[6:])["choices"]
                words = choices[0]["delta"].get("content") if choices else None
                if words:
                    yield words


async def _send(send: Send, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


# --- who asks -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where questions go: a path for each that may be asked at once."""

    server: lab.Server
    paths: list[str]
    token: str = ""


@dataclass(slots=True)
class Heard:
    """What came of a question: when its chunks came, in seconds."""

    asked: float
    times: list[float] = field(default_factory=list)

    @property
    def first(self) -> float:
        """Seconds until the first words."""
        return self.times[0] - self.asked

    @property
    def gaps(self) -> list[float]:
        """Seconds between chunks that followed each other."""
        return [after - before for before, after in zip(self.times, self.times[1:], strict=False)]


class Asker(asyncio.Protocol):
    """Sends one question over a connection of its own and notes when words come; reads nothing else of the answer."""

    def __init__(self, place: Place, path: str, model: str) -> None:
        self._content = json.dumps({"content": "Расскажи мне об этом.", "model": model}).encode()
        bearer = f"Authorization: Bearer {place.token}\r\n" if place.token else ""
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{bearer}"
            f"Connection: close\r\nContent-Length: {len(self._content)}\r\n\r\n"
        ).encode()
        self.heard = Heard(time.perf_counter())
        self.over: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._tail = b""
        self._is_whole = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        cast(asyncio.Transport, transport).write(self._head + self._content)

    def data_received(self, data: bytes) -> None:
        """Count the events that have come."""
        now = time.perf_counter()
        window = self._tail + data
        self._is_whole = self._is_whole or b"event: done" in window
        self._tail = window[-400:]
        self.heard.times.extend([now] * data.count(b'"text"'))

    def connection_lost(self, _error: Exception | None) -> None:
        """Be done."""
        if self._is_whole:
            self.over.set_result(self.heard)
        else:
            self.over.set_exception(SystemExit(self._tail.decode(errors="replace")))


async def ask(place: Place, path: str, model: str) -> Heard:
    """Ask one question and read its answer."""
    loop = asyncio.get_running_loop()
    _, asker = await loop.create_connection(
        lambda: Asker(place, path, model), "127.0.0.1", place.server.port
    )
    async with asyncio.timeout(120):
        return await asker.over


async def ask_all(place: Place, count: int, model: str) -> list[Heard]:
    """Ask so many questions at once, each where the last one was longest ago."""
    paths = place.paths[:count]
    place.paths[:] = place.paths[count:] + paths
    return list(await asyncio.gather(*(ask(place, path, model) for path in paths)))


# --- measuring ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bench:
    """Both places and the database."""

    database: Embedded
    places: Mapping[str, Place]
    options: argparse.Namespace

    async def in_turns(self, measure: Callable[[Place], Awaitable[float]]) -> dict[str, float]:
        """Return the median of several rounds for both."""
        found: dict[str, list[float]] = {name: [] for name in self.places}
        for _ in range(self.options.rounds):
            for name, place in self.places.items():
                found[name].append(await measure(place))
        return {name: statistics.median(values) for name, values in found.items()}

    def cpu(self, place: Place) -> float:
        """Milliseconds that a server and the database have used."""
        used: float = place.server.cpu + lab.postgres_cpu(self.database)
        return used * 1e3

    async def chunks(self, place: Place) -> float:
        """Return the CPU of 1,000 chunks in milliseconds."""
        count = self.options.seconds * PER_SECOND
        before = self.cpu(place)
        heard = await ask_all(place, self.options.answers, _paced(self.options.seconds))
        assert sum(len(each.times) for each in heard) >= self.options.answers
        return float((self.cpu(place) - before) / (self.options.answers * count) * 1e3)

    async def answers(self, place: Place) -> float:
        """Return the CPU of an answer in milliseconds."""
        before, many = self.cpu(place), 25
        for _ in range(many):
            await ask_all(place, ABREAST, _short())
        return (self.cpu(place) - before) / (many * ABREAST)

    async def first_word(self, place: Place) -> float:
        """Return the median until the first words in milliseconds."""
        heard = [await ask_all(place, 1, _short()) for _ in range(FIRST_WORDS)]
        return statistics.median(each[0].first for each in heard) * 1e3

    async def at_once(self, place: Place) -> float:
        """Return how many of the wanted numbers of answers were read without a gap."""
        most = 0
        for count in self.options.at_once:
            heard = await ask_all(place, count, _paced(AT_ONCE_SECONDS))
            gaps = sorted(gap for each in heard for gap in each.gaps)
            p99 = gaps[int(len(gaps) * 0.99)]
            print(f"  {count} at once: p99 gap {p99 * 1e3:.0f} ms")
            if p99 > LONGEST_GAP:
                break
            most = count
        return float(most)


async def furnish(dsn: str, folder: str, *, port: int, chats: int) -> tuple[str, list[str]]:
    """Return the token of somebody with a provider and so many chats, and where each is asked."""
    async with lab.product(dsn, folder) as runtime:
        made = await make_workspace(runtime)
        async with runtime.db.fast.transaction(made.id) as conn:
            await llm.save_provider(
                runtime, conn, base_url=f"http://127.0.0.1:{port}/v1", default_model=_short(), api_key="sk-bench"
            )  # fmt: skip
    token = made.headers["Authorization"].removeprefix("Bearer ")
    return token, [f"chat {number}" for number in range(chats)]


async def open_chats(server: lab.Server, token: str, titles: list[str]) -> Place:
    """Make the chats through the API."""
    line, paths = await lab.Line.open(server.port), []
    for title in titles:
        chat = await line.post("/api/v1/chats", {"title": title}, token)
        paths.append(f"/api/v1/llm/chat/{chat['id']}/message/stream")
    line.close()
    return Place(server, paths, token)


async def measure(bench: Bench) -> None:
    """Measure and print."""
    await bench.in_turns(bench.answers)
    for name, unit, run in (
        ("chunks", "ms CPU per 1,000", bench.chunks),
        ("answers", "ms CPU each", bench.answers),
        ("first word", "ms", bench.first_word),
    ):
        found = await bench.in_turns(run)
        ours, bare = found["ours"], found["bare"]
        print(f"{name:10s} ours {ours:7.2f}  bare {bare:7.2f} {unit}: {ours / bare:.2f} (aim ≤ {AIMS[name]})")  # fmt: skip
    if bench.options.at_once:
        found = {name: await bench.at_once(place) for name, place in bench.places.items()}
        ratio = found["ours"] / found["bare"]
        print(f"at once    ours {found['ours']:.0f}  bare {found['bare']:.0f}: {ratio:.2f} (aim ≥ {AIMS['at once']})")  # fmt: skip


@contextlib.contextmanager
def running(options: argparse.Namespace) -> Iterator[Bench]:
    """Start the database, the provider and both servers."""
    chats = max(CHATS, options.answers, *options.at_once)
    with lab.database() as database, tempfile.TemporaryDirectory() as folder:
        dsn = database.dsn.plain
        uvloop.run(_make_table(dsn))
        models = ",".join((_short(), _paced(options.seconds), _paced(AT_ONCE_SECONDS)))
        with lab.started(MODULE, "provider", dsn=dsn, data_dir=models) as source:
            token, titles = uvloop.run(furnish(dsn, folder, port=source.port, chats=chats))
            where = f"http://127.0.0.1:{source.port}"
            with (
                lab.started(MODULE, "ours", dsn=dsn, data_dir=folder) as ours,
                lab.started(MODULE, "bare", dsn=dsn, data_dir=where) as bare,
            ):
                mine = uvloop.run(open_chats(ours, token, titles))
                theirs = Place(bare, ["/relay"] * chats)
                yield Bench(database, {"ours": mine, "bare": theirs}, options)


async def _make_table(dsn: str) -> None:
    conn = await asyncpg.connect(dsn)
    await conn.execute(TABLE)
    await conn.close()


def _serve(options: argparse.Namespace) -> None:
    if options.serve == "provider":
        provider(options.port, options.data.split(","))
    elif options.serve == "bare":
        app = Relay(options.dsn, options.data)
        uvicorn.run(
            app, port=options.port, loop="uvloop", http="httptools", lifespan="off", log_level="error",
            access_log=False, backlog=2048,
        )  # fmt: skip
    else:
        lab.serve_forever(
            lab.ours(options.dsn, options.data), options.port, options.profile_file or None
        )


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each]


def main() -> None:
    """Run the benchmark, or one of its servers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--answers", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-once", type=_numbers, default=[])
    options = lab.arguments(parser)
    if options.serve:
        _serve(options)
        return
    with running(options) as bench:
        uvloop.run(measure(bench))


if __name__ == "__main__":
    main()
