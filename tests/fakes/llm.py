"""A model server on loopback that speaks the protocols of all our wires and does what a script says.

    async with FakeLlm() as llm:
        llm.then(Fail(429, headers={"Retry-After": "1"}), Say("Hello."))
        wire = OpenAiWire(http, Endpoint(llm.base_url, SecretStr("sk-test")))

The other protocols are at `origin`. Scripts are used up in order; afterwards `default` answers, or `respond(body)` when it is set.
Every chat request is kept in `requests`. The wire's client needs `Guard(allow_private=True)`.
"""

import asyncio
import json
import zlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

from aiohttp import ClientConnectionResetError, web

from tests.fakes.dialects import Anthropic, Dialect, Gemini, OpenAi, Yandex
from tests.fakes.scripts import Fail, Json, Raw, Say, Script

__all__ = [
    "Fail",
    "FakeLlm",
    "Raw",
    "Say",
    "Script",
    "Seen",
    "meaning",
    "ranking",
]

LENGTH = 256
"""Of vectors."""


@dataclass(frozen=True)
class Seen:
    """A chat request that arrived."""

    headers: Mapping[str, str]
    body: Json
    peer: object
    path: str = ""


class FakeLlm:
    """The server."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.default: Script = Say()
        self.respond: Callable[[Json], Script] | None = None
        self.models: list[object] = [{"id": "fake-large", "object": "model"}, {"id": "fake-small"}]
        self.ollama: dict[str, Json] = {}
        """What an Ollama would say of each model when it is asked for it, and in its list; empty: this is none."""
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
        self.origin = ""

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
        app.router.add_post("/v1/chat/completions", self._in(OpenAi()))
        app.router.add_post("/v1/messages", self._in(Anthropic()))
        app.router.add_post("/v1beta/models/{call}", self._gemini)
        app.router.add_get("/v1beta/models", self._list_of_google)
        app.router.add_post("/foundationModels/v1/completion", self._in(Yandex()))
        app.router.add_get("/v1/models", self._list)
        app.router.add_get("/api/tags", self._tags)
        app.router.add_post("/api/show", self._show)
        app.router.add_post("/v1/embeddings", self._embed)
        app.router.add_post("/v1/rerank", self._rerank)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.base_url = f"{self.origin}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def _in(self, dialect: Dialect) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        return partial(self._chat, dialect=dialect)

    async def _gemini(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["call"].endswith(":batchEmbedContents"):
            return await self._embed_in_a_batch(request)
        return await self._chat(request, dialect=Gemini())

    async def _chat(self, request: web.Request, *, dialect: Dialect) -> web.StreamResponse:
        body = await request.json()
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        self.requests.append(Seen(dict(request.headers), body, peer, request.path_qs))
        self._started.set()
        try:
            return await self._play(request, body, self._next(body), dialect)
        except (asyncio.CancelledError, ClientConnectionResetError):
            self.disconnects += 1
            self._gone.set()
            raise

    def _next(self, body: Json) -> Script:
        if self._queue:
            return self._queue.popleft()
        return self.respond(body) if self.respond else self.default

    async def _play(
        self, request: web.Request, body: Json, script: Script, dialect: Dialect
    ) -> web.StreamResponse:
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
                if _is_streamed(request, body):
                    raw = Raw(
                        (), content_type=dialect.content_type, cut=script.cut_after is not None,
                        hang=script.hang,
                    )  # fmt: skip
                    return await self._write(request, raw, _events(script, dialect))
                return web.json_response(dialect.whole(script))

    async def _write(
        self, request: web.Request, raw: Raw, chunks: AsyncIterator[bytes]
    ) -> web.StreamResponse:
        headers = {"Content-Type": raw.content_type, **raw.headers}
        response = web.StreamResponse(status=raw.status, headers=headers)
        await response.prepare(request)
        async for part in chunks:
            await response.write(part)
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

    async def _embed_in_a_batch(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.embeddings.append(Seen(dict(request.headers), body, None, request.path_qs))
        texts = [asked["content"]["parts"][0]["text"] for asked in body["requests"]]
        return web.json_response(
            {"embeddings": [{"values": list(self.embed(text))} for text in texts]}
        )

    async def _rerank(self, request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response(self.rank(body["query"], body["documents"]))

    async def _list_of_google(self, request: web.Request) -> web.Response:
        rows = [
            {
                "name": "models/gemini-fake",
                "inputTokenLimit": 1000,
                "supportedGenerationMethods": ["generateContent"],
            },
            {"name": "models/other-fake", "supportedGenerationMethods": ["bidiGenerateContent"]},
        ]
        return web.json_response({"models": rows})

    async def _tags(self, request: web.Request) -> web.Response:
        if not self.ollama:
            return web.json_response({"error": "not found"}, status=404)
        rows = [{"name": name, "details": said.get("details")} for name, said in self.ollama.items()]  # fmt: skip
        return web.json_response({"models": rows})

    async def _show(self, request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response(self.ollama[body["model"]])

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


async def _iterate(raw: Raw) -> AsyncIterator[bytes]:
    for part in raw.chunks:
        yield part
        await asyncio.sleep(raw.pause)


async def _events(say: Say, dialect: Dialect) -> AsyncIterator[bytes]:
    for number, piece in enumerate(dialect.pieces(say)):
        if say.cut_after is not None and number > say.cut_after:
            return
        yield piece
        if say.pause:
            await asyncio.sleep(say.pause)
    if say.hang or say.cut_after is not None:
        return
    for piece in dialect.ending(say):
        yield piece


def _is_streamed(request: web.Request, body: Json) -> bool:
    options = body.get("completionOptions")
    in_options = isinstance(options, dict) and options.get("stream")
    return bool(body.get("stream") or in_options or "streamGenerate" in request.path)
