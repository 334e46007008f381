"""Warm start to healthy, and the idle server's memory (without PostgreSQL).

    python -m bench.startup

The first start makes the database; the second is measured: from the command to the first answer of `/health/ready`.
Memory is the server's resident set after five idle seconds, its own child processes included, PostgreSQL's not.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

IDLE_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
MEBIBYTE = 1024 * 1024
STARTS = 3


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def start(folder: Path) -> tuple[subprocess.Popen[bytes], float]:
    """Start the server as the README does; returns it and the seconds until it was ready."""
    port = free_port()
    environment = os.environ | {"BESEDKA_DATA_DIR": str(folder), "BESEDKA_PORT": str(port)}
    command = [str(Path(sys.executable).parent / "besedka"), "serve"]
    begun = time.perf_counter()
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while time.perf_counter() - begun < PATIENCE_SECONDS:
        if healthy(port):
            return server, time.perf_counter() - begun
        time.sleep(0.005)
    raise TimeoutError("the server did not become ready")


def healthy(port: int) -> bool:
    """Whether the server says that it can work."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def stop(server: subprocess.Popen[bytes]) -> None:
    """End a server politely."""
    server.send_signal(signal.SIGINT)
    server.wait(20)


def memory(server: subprocess.Popen[bytes]) -> float:
    """Return the resident memory in MiB."""
    process = psutil.Process(server.pid)
    own = [process, *(c for c in process.children(recursive=True) if "postgres" not in c.name())]
    return float(sum(each.memory_info().rss for each in own) / MEBIBYTE)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="besedka-start-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        server, first = start(folder)
        stop(server)
        warm = []
        for _ in range(STARTS):
            server, seconds = start(folder)
            warm.append(seconds)
            time.sleep(IDLE_SECONDS)
            used = memory(server)
            stop(server)
    sys.stdout.write(
        f"first start {first:.2f} s   warm start to ready {min(warm):.2f} s (aim ≤ 1.5)"
        f"   idle memory {used:.0f} MiB (aim ≤ 160)\n"
    )


if __name__ == "__main__":
    main()
