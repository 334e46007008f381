"""One child, seen from the parent."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from besedka.core.sandbox.errors import (
    ChildDied,
    PayloadCutShort,
    ReplyTooLarge,
    SandboxError,
    TaskFailed,
    TaskOutOfMemory,
    TaskRefused,
    TaskTimedOut,
)
from besedka.core.sandbox.frames import HEADER_BYTES, length_of, pack
from besedka.core.sandbox.limits import MIB, Limits

if TYPE_CHECKING:  # 160 ms of imports that a child would pay for
    from pydantic import JsonValue

_SOURCES = Path(__file__).resolve().parents[3]
# Nothing of the server's environment goes over: it holds secrets. One thread per library: the machine
# belongs to the server, and every thread's arena counts against the address space.
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    "PYTHONPATH": str(_SOURCES),
    "PYTHONDONTWRITEBYTECODE": "1",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKIO_WORKER_THREADS": "1",
}
_POLITE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Task:
    """A call of a function. The bytes of the payload, or of the file it names, come as `payload`."""

    function: str
    arguments: Mapping[str, "JsonValue"]
    payload: Path | bytes | None = None


class Child:
    """A running child process. One task at a time."""

    def __init__(self, process: asyncio.subprocess.Process, limits: Limits) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._requests = process.stdin
        self._replies = process.stdout
        self._limits = limits
        self.tasks = 0

    @classmethod
    async def start(cls, functions: Mapping[str, str], limits: Limits) -> "Child":
        """Start a child that may run these functions only."""
        config = {"functions": dict(functions), "memory": limits.memory, "parent": os.getpid()}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # modules come from the installation, never from the working folder
            "-m",
            "besedka.core.sandbox.child",
            json.dumps(config),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the server, which then closes its children
        )
        return cls(process, limits)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def worn(self) -> bool:
        """Whether the child has to be replaced before its next task."""
        ended = self._process.returncode is not None
        return ended or self.tasks >= self._limits.tasks_per_child

    async def run(self, task: Task, *, wall_seconds: float) -> "JsonValue":
        """Run a task and return its result. Raises SandboxError; then only TaskRefused leaves a usable child."""
        self.tasks += 1
        try:
            async with asyncio.timeout(wall_seconds):
                await self._send(task)
                body = await self._read_reply()
        except TimeoutError:
            raise TaskTimedOut(f"{task.function} took longer than {wall_seconds:g} s") from None
        except (ConnectionError, asyncio.IncompleteReadError):
            raise await self._cause_of_death() from None
        return _result_of(await _parsed(body))

    async def _send(self, task: Task) -> None:
        size, parts = await _payload(task.payload)
        request = {
            "function": task.function,
            "arguments": dict(task.arguments),
            "payload_bytes": size,
            "cpu_seconds": self._limits.cpu_seconds,
        }
        self._requests.write(pack(json.dumps(request).encode()))
        async for part in parts:
            self._requests.write(part)
            await self._requests.drain()
        await self._requests.drain()

    async def _read_reply(self) -> bytes:
        length = length_of(await self._replies.readexactly(HEADER_BYTES))
        if length > self._limits.reply_bytes:
            raise ReplyTooLarge(f"{length} bytes")
        return await self._replies.readexactly(length)

    async def _cause_of_death(self) -> SandboxError:
        status = await self._process.wait()
        if status == -signal.SIGXCPU:
            return TaskTimedOut(f"more than {self._limits.cpu_seconds} s of processor time")
        if status == -signal.SIGKILL:  # nobody but the kernel's out-of-memory killer sends it
            return TaskOutOfMemory("killed by the system")
        return ChildDied(status)

    def dismiss(self) -> None:
        """Let an idle child end by itself: it stops at the end of its input."""
        self._requests.close()

    def kill(self) -> None:
        """End the child at once."""
        if self._process.returncode is None:
            self._process.kill()

    async def ended(self) -> None:
        """Wait until the child has ended; kill it when it takes its time."""
        try:
            async with asyncio.timeout(_POLITE_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
        await (
            self._replies.read()
        )  # to its end, so that the transport closes with the loop still there


async def _payload(payload: Path | bytes | None) -> tuple[int | None, AsyncIterator[bytes]]:
    """Return how long a payload is and its parts. A file is never in memory as a whole."""
    if isinstance(payload, Path):
        stream = await asyncio.to_thread(payload.open, "rb")
        size = await asyncio.to_thread(lambda: os.fstat(stream.fileno()).st_size)
        return size, _parts_of(stream, size)
    return None if payload is None else len(payload), _one_part(payload or b"")


async def _parts_of(stream: BinaryIO, size: int) -> AsyncIterator[bytes]:
    with stream:
        while size > 0:
            part = await asyncio.to_thread(stream.read, min(size, MIB))
            if not part:
                raise PayloadCutShort(f"{size} bytes are missing")
            size -= len(part)
            yield part


async def _one_part(part: bytes) -> AsyncIterator[bytes]:  # noqa: RUF029 - the same shape as a file's parts
    yield part


async def _parsed(body: bytes) -> dict[str, "JsonValue"]:
    if len(body) < MIB:
        return _as_reply(body)
    return await asyncio.to_thread(_as_reply, body)


def _as_reply(body: bytes) -> dict[str, "JsonValue"]:
    reply = json.loads(body)
    if not isinstance(reply, dict):
        raise TaskFailed("BadReply", "not an object")
    return reply


def _result_of(reply: dict[str, "JsonValue"]) -> "JsonValue":
    detail = str(reply.get("detail", ""))
    if "refused" in reply:
        raise TaskRefused(str(reply["refused"]), detail)
    if reply.get("failed") == "MemoryError":
        raise TaskOutOfMemory(detail)
    if "failed" in reply:
        raise TaskFailed(str(reply["failed"]), detail)
    return reply["result"]
