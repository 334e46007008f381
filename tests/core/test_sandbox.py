"""The pool of child processes: limits, replacement, confinement."""

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
from pydantic import JsonValue

from besedka.core.sandbox.errors import (
    ChildDied,
    ReplyTooLarge,
    SandboxClosed,
    TaskFailed,
    TaskOutOfMemory,
    TaskTimedOut,
    UnknownFunction,
)
from besedka.core.sandbox.limits import MIB, Limits
from besedka.core.sandbox.pool import Sandbox

FUNCTIONS = {
    "pid": "os:getpid",
    "dumps": "json:dumps",
    "socket": "socket:socket",
    "run": "subprocess:run",
    "open": "io:open",
    "crash": "ctypes:string_at",
    "memory": "builtins:bytearray",
    "match": "re:fullmatch",
    "environment": "os:getenv",
    "list": "os:listdir",
    "read": "besedka.kernel.knowledge.extraction.child:read_file",
}
LANDLOCK = sys.platform == "linux" and ctypes.CDLL(None).syscall(444, None, 0, 1) > 0
FOR_EVER = {"pattern": "(a+)+b", "string": "a" * 60}


@contextlib.asynccontextmanager
async def pool(size: int = 1, **limits: float) -> AsyncIterator[Sandbox]:
    async with Sandbox(FUNCTIONS, size=size, limits=Limits(**limits)) as sandbox:  # type: ignore[arg-type]  # each limit by its name
        yield sandbox


async def pid(sandbox: Sandbox) -> int:
    answer = await sandbox.call("pid", {})
    assert isinstance(answer, int)
    return answer


def alive(process: int) -> bool:
    try:
        state = (
            Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        )
    except FileNotFoundError:
        return False
    return state != "Z"


async def gone(process: int) -> bool:
    for _ in range(100):
        if not alive(process):
            return True
        await asyncio.sleep(0.02)
    return False


async def test_two_tasks_share_one_child_apart_from_the_server() -> None:
    async with pool() as sandbox:
        first = await pid(sandbox)
        assert first == await pid(sandbox)
        assert first != os.getpid()


async def test_text_of_any_script_comes_back_unchanged() -> None:
    async with pool() as sandbox:
        assert await sandbox.call("dumps", {"obj": "ёж 🦔"}) == '"\\u0451\\u0436 \\ud83e\\udd94"'


async def test_function_outside_the_list_is_refused() -> None:
    async with pool() as sandbox:
        with pytest.raises(UnknownFunction):
            await sandbox.call("os:system", {"command": "true"})


async def test_child_is_replaced_after_its_last_task() -> None:
    async with pool(tasks_per_child=2) as sandbox:
        seen = [await pid(sandbox) for _ in range(4)]
    assert seen[0] == seen[1] != seen[2] == seen[3]


async def test_endless_task_ends_at_its_wall_time_and_the_next_one_works() -> None:
    async with pool(wall_seconds=0.4) as sandbox:
        before = await pid(sandbox)
        with pytest.raises(TaskTimedOut):
            await sandbox.call("match", FOR_EVER)
        assert await sandbox.call("dumps", {"obj": 1}, wall_seconds=20) == "1"
        assert await gone(before)


async def test_endless_task_ends_at_its_processor_time() -> None:
    async with pool(cpu_seconds=0) as sandbox:
        with pytest.raises(TaskTimedOut, match="processor"):
            await sandbox.call("match", FOR_EVER)


async def test_greedy_task_runs_out_of_its_memory_not_ours() -> None:
    async with pool(memory=512 * MIB) as sandbox:
        with pytest.raises(TaskOutOfMemory):
            await sandbox.call("memory", {"source": 1 << 30})


async def test_crash_of_a_library_is_an_error_and_the_next_task_works() -> None:
    async with pool() as sandbox:
        with pytest.raises(ChildDied) as caught:
            await sandbox.call("crash", {"ptr": 1})
        assert caught.value.status == -signal.SIGSEGV
        assert await pid(sandbox) > 0


async def test_unforeseen_exception_is_told_and_replaces_the_child() -> None:
    async with pool() as sandbox:
        before = await pid(sandbox)
        with pytest.raises(TaskFailed, match="missing"):
            await sandbox.call("match", {"pattern": "(", "string": ""})
        assert before != await pid(sandbox)


async def test_reply_over_the_limit_is_refused() -> None:
    async with pool(reply_bytes=1000) as sandbox:
        with pytest.raises(ReplyTooLarge):
            await sandbox.call("dumps", {"obj": "x" * 2000})


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux")
@pytest.mark.parametrize(
    ("function", "arguments"), [("socket", {}), ("run", {"args": ["/bin/true"]})]
)
async def test_child_can_neither_reach_the_network_nor_start_programs(
    function: str, arguments: dict[str, JsonValue]
) -> None:
    async with pool() as sandbox:
        with pytest.raises(TaskFailed, match="PermissionError"):
            await sandbox.call(function, arguments)


async def test_child_writes_no_file(tmp_path: Path) -> None:
    target = tmp_path / "written"
    async with pool() as sandbox:
        await asyncio.to_thread(target.touch)
        with pytest.raises(TaskFailed):  # an open file is no JSON
            await sandbox.call("open", {"file": str(target), "mode": "w", "buffering": 1})
    assert target.stat().st_size == 0


async def text_of(sandbox: Sandbox, payload: Path | bytes) -> str:
    answer = await sandbox.call("read", {"kind": "text"}, payload=payload)
    assert isinstance(answer, dict)
    return str(answer["blocks"][0][1])  # type: ignore[index]  # JSON of one block


async def test_payload_arrives_from_memory_and_from_a_file(tmp_path: Path) -> None:
    content = "слово" * 400_000
    file = tmp_path / "file"
    file.write_text(content, encoding="utf-8")
    async with pool() as sandbox:
        assert await text_of(sandbox, content.encode()) == content
        assert await text_of(sandbox, file) == content


async def test_missing_payload_file_leaves_the_child_usable(tmp_path: Path) -> None:
    async with pool() as sandbox:
        with pytest.raises(FileNotFoundError):
            await text_of(sandbox, tmp_path / "nothing")
        assert await pid(sandbox) > 0


@pytest.mark.skipif(not LANDLOCK, reason="this kernel has no Landlock")
async def test_child_reads_no_file_of_the_server(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("very secret")
    async with pool() as sandbox:
        for path in (str(secret), "/etc/passwd", f"/proc/{os.getpid()}/environ"):
            with pytest.raises(TaskFailed, match="PermissionError"):
                await sandbox.call("open", {"file": path})
        with pytest.raises(TaskFailed, match="PermissionError"):
            await sandbox.call("list", {"path": str(tmp_path)})


async def test_secrets_of_the_environment_stay_with_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "very secret")
    async with pool() as sandbox:
        assert await sandbox.call("environment", {"key": "SECRET_KEY"}) is None


async def test_cancelled_task_takes_its_child_along() -> None:
    async with pool() as sandbox:
        before = await pid(sandbox)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await sandbox.call("match", FOR_EVER)
        assert await gone(before)


async def test_idle_child_goes_away() -> None:
    async with pool(idle_seconds=0.05) as sandbox:
        child = await pid(sandbox)
        assert await gone(child)
        assert child != await pid(sandbox)


async def test_tasks_of_a_larger_pool_run_beside_each_other() -> None:
    async with pool(size=2) as sandbox:
        async with asyncio.TaskGroup() as group:
            both = [group.create_task(pid(sandbox)) for _ in range(2)]
        assert both[0].result() != both[1].result()


async def test_closing_ends_the_children() -> None:
    async with pool() as sandbox:
        child = await pid(sandbox)
    assert not alive(child)


async def test_task_under_way_at_closing_may_be_tried_again() -> None:
    sandbox = Sandbox(FUNCTIONS)
    await pid(sandbox)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(closed_in(sandbox.call("match", FOR_EVER)))
        await asyncio.sleep(0.1)
        await sandbox.close()
    assert task.result()
    with pytest.raises(SandboxClosed):
        await pid(sandbox)


async def closed_in(call: Awaitable[object]) -> bool:
    with pytest.raises(SandboxClosed):
        await call
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux")
def test_killed_server_leaves_no_busy_child() -> None:
    script = textwrap.dedent(
        """
        import asyncio, os, sys
        from besedka.core.sandbox.pool import Sandbox

        async def main():
            sandbox = Sandbox({"pid": "os:getpid", "match": "re:fullmatch"})
            print(await sandbox.call("pid", {}), flush=True)
            await sandbox.call("match", {"pattern": "(a+)+b", "string": "a" * 60})

        asyncio.run(main())
        """
    )
    source = Path(__file__).resolve().parents[2] / "src"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(source)},
        text=True,
    ) as server:
        assert server.stdout is not None
        child = int(server.stdout.readline())
        server.kill()
        server.wait()
    assert asyncio.run(gone(child))
