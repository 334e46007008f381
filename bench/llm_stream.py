"""What a streamed answer costs us beside a hand-written loop over aiohttp.

    python bench/llm_stream.py            # prints CPU per 1000 chunks of both, and the ratio
    python bench/llm_stream.py --uvloop

The server runs in a process of its own. Both readers take turns in one process, so that the noise
of the machine hits both; the ratio is what counts. "paced" sends a chunk every quarter of a
millisecond, as models do (only faster); "burst" sends as fast as it can, so that many chunks
arrive together.
"""

import argparse
import asyncio
import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial

import aiohttp
import uvloop
from aiohttp import web

from besedka.core.http.client import OutgoingHttp
from besedka.core.http.guard import Guard
from besedka.kernel.llm.types import ChatRequest, TextDelta, user
from besedka.kernel.llm.wires.base import Endpoint
from besedka.kernel.llm.wires.openai import OpenAiWire

CHUNKS = 1000
ROUNDS = 15
PAUSES = {"paced": 0.00025, "burst": 0.0}
Reader = Callable[[], Awaitable[int]]


def event(number: int) -> bytes:
    delta = {"content": f" слово{number}"}
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
    chunk = {
        "id": "chatcmpl-BenchmarkBenchmarkBenchmark",
        "object": "chat.completion.chunk",
        "created": 1735689600,
        "model": "gpt-4o-2024-11-20",
        "service_tier": "default",
        "system_fingerprint": "fp_5050236cbd",
        "choices": [choice],
        "usage": None,
    }
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


async def answer(request: web.Request) -> web.StreamResponse:
    pause = PAUSES[request.match_info["pace"]]
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for number in range(CHUNKS):
        await response.write(event(number))
        await asyncio.sleep(pause)
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    usage = {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": CHUNKS}}
    for last in (end, usage):
        await response.write(b"data: " + json.dumps(last).encode() + b"\n\n")
    await response.write(b"data: [DONE]\n\n")
    return response


async def serve() -> None:
    app = web.Application()
    app.router.add_post("/{pace}/v1/chat/completions", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


async def read_bare(session: aiohttp.ClientSession, base: str) -> int:
    """The loop that one would write by hand: lines, JSON, the words."""
    pieces = []
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    async with session.post(f"{base}/chat/completions", json=body) as response:
        async for line in response.content:
            if not line.startswith(b"data:"):
                continue
            data = line[5:].strip()
            if data == b"[DONE]":
                break
            choices = json.loads(data)["choices"]
            if choices and (content := choices[0]["delta"].get("content")):
                pieces.append(content)
    return len(pieces)


async def read_wire(wire: OpenAiWire) -> int:
    pieces = []
    async for delta in wire.stream(ChatRequest("m", (user("hi"),))):
        match delta:
            case TextDelta(text):
                pieces.append(text)
    return len(pieces)


async def cpu_ms(reader: Reader) -> float:
    gc.collect()
    start = time.process_time()
    assert await reader() == CHUNKS
    return (time.process_time() - start) * 1000


async def measure(port: int) -> None:
    http = OutgoingHttp(Guard(allow_private=True))
    async with aiohttp.ClientSession() as session:
        for pace in PAUSES:
            base = f"http://127.0.0.1:{port}/{pace}/v1"
            wire = OpenAiWire(http, Endpoint(base))
            readers: dict[str, Reader] = {
                "bare": partial(read_bare, session, base),
                "wire": partial(read_wire, wire),
            }
            costs: dict[str, list[float]] = {name: [] for name in readers}
            for _ in range(ROUNDS):
                for name, reader in readers.items():
                    costs[name].append(await cpu_ms(reader))
            bare, ours = (statistics.median(costs[name]) for name in ("bare", "wire"))
            print(
                f"{pace}: bare {bare:.1f} ms, wire {ours:.1f} ms per {CHUNKS} chunks, ratio {ours / bare:.2f}"
            )
    await http.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--serve", action="store_true")
    options.add_argument("--uvloop", action="store_true")
    chosen = options.parse_args()
    if chosen.serve:
        asyncio.run(serve())
        return
    with subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        work = measure(int(server.stdout.readline()))
        try:
            (uvloop.run if chosen.uvloop else asyncio.run)(work)
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
