"""A model server on loopback that speaks the OpenAI chat protocol and does what a script says.

    async with FakeLlm() as llm:
        llm.then(Fail(429, headers={"Retry-After": "1"}), Say("Hello."))
        wire = OpenAiWire(http, Endpoint(llm.base_url, SecretStr("sk-test")))

Scripts are used up in order; afterwards `default` answers, or `respond(body)` when it is set.
Every chat request is kept in `requests`. The wire's client needs `Guard(allow_private=True)`.
"""

import asyncio
import json
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from aiohttp import ClientConnectionResetError, web

Json = dict[str, object]
LENGTH = 256
"""Of vectors."""


@dataclass(frozen=True)
class Say:
    """An answer. `cut_after` pieces the connection breaks; with `hang` it stays silent instead of ending.

    `usage` is (input, output), None leaves it out.
    """

    text: str = "Hello."
    piece: int = 4
    pause: float = 0.0
    first_pause: float = 0.0
    reasoning: str = ""
    tool_calls: Sequence[tuple[str, str]] = ()
    finish: str = "stop"
    usage: tuple[int, int] | None = (10, 5)
    cut_after: int | None = None
    hang: bool = False

    def pieces(self) -> Iterator[Json]:
        """Yield the deltas of the answer."""
        yield {"role": "assistant", "content": ""}
        for start in range(0, len(self.reasoning), self.piece):
            yield {"reasoning_content": self.reasoning[start : start + self.piece]}
        for start in range(0, len(self.text), self.piece):
            yield {"content": self.text[start : start + self.piece]}
        for index, (name, arguments) in enumerate(self.tool_calls):
            yield {"tool_calls": [self.call(index, name, "")]}
            yield {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}

    def call(self, index: int, name: str, arguments: str) -> Json:
        """Return one tool call."""
        function = {"name": name, "arguments": arguments}
        return {"index": index, "id": f"call_{index}", "type": "function", "function": function}

    def counted(self) -> Json | None:
        """Return the usage object."""
        if self.usage is None:
            return None
        read, written = self.usage
        return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


@dataclass(frozen=True)
class Fail:
    """A refusal. `body` is sent as JSON unless it is a string."""

    status: int
    body: object = field(default_factory=lambda: {"error": {"message": "Scripted failure."}})
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Bytes as they are, written one by one; `cut` breaks the connection, `hang` keeps it silent."""

    chunks: Sequence[bytes]
    status: int = 200
    content_type: str = "text/event-stream; charset=utf-8"
    pause: float = 0.0
    cut: bool = False
    hang: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


Script = Say | Fail | Raw


@dataclass(frozen=True)
class Seen:
    """A chat request that arrived."""

    headers: Mapping[str, str]
    body: Json
    peer: object


class FakeLlm:
    """The server."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.default: Script = Say()
        self.respond: Callable[[Json], Script] | None = None
        self.models: list[object] = [{"id": "fake-large", "object": "model"}, {"id": "fake-small"}]
        self.disconnects = 0
        self.embeddings: list[Seen] = []
        self.embed_pause = 0.0
        self.embed: Callable[[str], Sequence[float]] = meaning
        self.rank: Callable[[str, Sequence[str]], object] = ranking
        self._queue: deque[Script] = deque()
        self._gone = asyncio.Event()
        self._started = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    def then(self, *scripts: Script) -> None:
        """Add what the next requests get."""
        self._queue.extend(scripts)

    async def wait_started(self, seconds: float = 2.0) -> None:
        """Wait until a chat request has arrived."""
        await asyncio.wait_for(self._started.wait(), seconds)

    async def wait_disconnect(self, seconds: float = 1.0) -> None:
        """Wait until a client has closed its socket before the end of its answer."""
        await asyncio.wait_for(self._gone.wait(), seconds)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._list)
        app.router.add_post("/v1/embeddings", self._embed)
        app.router.add_post("/v1/rerank", self._rerank)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        assert request.transport is not None
        self.requests.append(
            Seen(dict(request.headers), body, request.transport.get_extra_info("peername"))
        )
        self._started.set()
        try:
            return await self._play(request, body, self._next(body))
        except (asyncio.CancelledError, ClientConnectionResetError):
            self.disconnects += 1
            self._gone.set()
            raise

    def _next(self, body: Json) -> Script:
        if self._queue:
            return self._queue.popleft()
        return self.respond(body) if self.respond else self.default

    async def _play(self, request: web.Request, body: Json, script: Script) -> web.StreamResponse:
        match script:
            case Fail():
                text = script.body if isinstance(script.body, str) else json.dumps(script.body)
                return web.Response(
                    status=script.status,
                    text=text,
                    content_type="text/html"
                    if isinstance(script.body, str)
                    else "application/json",
                    headers=dict(script.headers),
                )
            case Raw():
                return await self._write(request, script, _iterate(script))
            case Say():
                await asyncio.sleep(script.first_pause)
                if body.get("stream"):
                    raw = Raw((), cut=script.cut_after is not None, hang=script.hang)
                    return await self._write(request, raw, _events(script))
                return web.json_response(_whole(script))

    async def _write(
        self, request: web.Request, raw: Raw, chunks: AsyncIterator[bytes]
    ) -> web.StreamResponse:
        headers = {"Content-Type": raw.content_type, **raw.headers}
        response = web.StreamResponse(status=raw.status, headers=headers)
        await response.prepare(request)
        async for chunk in chunks:
            await response.write(chunk)
        if raw.hang:
            await asyncio.sleep(3600)
        if raw.cut and request.transport is not None:
            await asyncio.sleep(0.01)
            request.transport.abort()
        return response

    async def _embed(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.embeddings.append(Seen(dict(request.headers), body, None))
        await asyncio.sleep(self.embed_pause)
        script = self._queue.popleft() if self._queue else None
        if isinstance(script, Fail):
            return web.json_response(script.body, status=script.status)
        rows = [
            {"object": "embedding", "index": place, "embedding": list(self.embed(text))}
            for place, text in enumerate(body["input"])
        ]
        usage = {"prompt_tokens": 7 * len(rows), "total_tokens": 7 * len(rows)}
        return web.json_response({"object": "list", "data": rows[::-1], "usage": usage})

    async def _rerank(self, request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response(self.rank(body["query"], body["documents"]))

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": self.models})


def meaning(text: str) -> list[float]:
    """Return a vector that texts with the same runs of three letters share: the same everywhere, and of no use else."""
    vector = [0.01] * LENGTH
    folded = f" {' '.join(text.lower().split())} "
    for place in range(len(folded) - 2):
        vector[zlib.crc32(folded[place : place + 3].encode()) % LENGTH] += 1.0
    return vector


def ranking(query: str, documents: Sequence[str]) -> object:
    """Put documents with more of the query's words first."""
    asked = set(query.lower().split())
    scores = [len(asked & set(text.lower().split())) / len(asked) for text in documents]
    rows = [{"index": place, "relevance_score": score} for place, score in enumerate(scores)]
    return {"results": sorted(rows, key=lambda row: -row["relevance_score"])}


def event(data: object) -> bytes:
    """Return one server-sent event with JSON data."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def chunk(delta: Json, finish: str | None = None) -> Json:
    """Return one chunk object of the protocol."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "choices": [choice],
    }


async def _iterate(raw: Raw) -> AsyncIterator[bytes]:
    for part in raw.chunks:
        yield part
        await asyncio.sleep(raw.pause)


async def _events(say: Say) -> AsyncIterator[bytes]:
    for number, piece in enumerate(say.pieces()):
        if say.cut_after is not None and number > say.cut_after:
            return
        yield event(chunk(piece))
        if say.pause:
            await asyncio.sleep(say.pause)
    if say.hang or say.cut_after is not None:
        return
    yield event(chunk({}, "tool_calls" if say.tool_calls else say.finish))
    if say.usage is not None:
        yield event({**chunk({}), "choices": [], "usage": say.counted()})
    yield b"data: [DONE]\n\n"


def _whole(say: Say) -> Json:
    calls = [say.call(index, name, args) for index, (name, args) in enumerate(say.tool_calls)]
    message: Json = {"role": "assistant", "content": say.text or None}
    if say.reasoning:
        message["reasoning_content"] = say.reasoning
    if calls:
        message["tool_calls"] = calls
    finish = "tool_calls" if calls else say.finish
    choice = {"index": 0, "message": message, "finish_reason": finish}
    counted = {"usage": say.counted()} if say.usage is not None else {}
    return {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], **counted}
