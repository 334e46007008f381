"""Uploads: CPU per mebibyte and memory, against a bare ASGI application that writes its body to a synced file.

Run: python -m bench.files
"""

import argparse
import http.client
import os
import secrets
import tempfile
import time
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bench import lab
from besedka.core.ids import new_id

MEBIBYTE = 1024 * 1024
SIZE, ROUNDS = 48, 5
BOUNDARY = "besedka-bench"


def bare(folder: str) -> ASGIApp:
    """Return the least that takes an upload: the body, undigested, to a synced file."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = Path(folder) / secrets.token_hex(8)
        with path.open("wb") as file:
            async for piece in Request(scope, receive).stream():
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        await PlainTextResponse("ok")(scope, receive, send)

    return app


def upload(server: lab.Server, token: str) -> float:
    """Send one form of `SIZE` mebibytes in pieces, different every time; returns the seconds until the answer."""
    head = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{new_id()}.txt\"\r\n\r\n"
    ).encode() + str(new_id()).encode()  # fmt: skip
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    piece = (b"the quick brown fox jumps over the lazy dog\n" * 1500)[:65536]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.putrequest("POST", "/api/v1/files/upload")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    connection.putheader("Content-Length", str(len(head) + len(tail) + SIZE * 16 * len(piece)))
    connection.putheader("Authorization", f"Bearer {token}")
    connection.endheaders()
    started = time.perf_counter()
    connection.send(head)
    for _ in range(SIZE * 16):
        connection.send(piece)
    connection.send(tail)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status not in {200, 201}:
        raise SystemExit(body.decode())
    return time.perf_counter() - started


def register(server: lab.Server) -> str:
    """Sign up, and return an access token; the bare server needs none."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(
        "POST", "/api/v1/auth/register",
        '{"email": "bench@example.com", "password": "correct horse battery"}',
        {"Content-Type": "application/json"},
    )  # fmt: skip
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return body.split('"access_token":"')[1].split('"')[0] if answer.status == 201 else ""


def measure(server: lab.Server, name: str) -> float:
    """Upload, print, and return the CPU milliseconds per mebibyte."""
    token = register(server)
    upload(server, token)
    memory, cpu = server.memory, server.cpu
    seconds = [upload(server, token) for _ in range(ROUNDS)]
    spent = (server.cpu - cpu) / (ROUNDS * SIZE) * 1000
    grown = (server.memory - memory) / MEBIBYTE
    print(
        f"{name}: {spent:.2f} ms CPU per MiB, {SIZE / min(seconds):.0f} MiB/s at best,"
        f" memory {grown:+.1f} MiB over {ROUNDS} uploads of {SIZE} MiB"
    )
    return spent


def main() -> None:
    """Measure both, or be one of the servers."""
    given = lab.arguments(argparse.ArgumentParser(description=__doc__))
    if given.serve:
        app = bare(given.data) if given.serve == "bare" else lab.ours(given.dsn, given.data)
        lab.serve_forever(app, given.port, given.profile_file or None)
        return
    with lab.database() as database, tempfile.TemporaryDirectory() as folder:
        dsn = database.dsn.plain
        with lab.started("bench.files", "bare", dsn=dsn, data_dir=folder) as server:
            base = measure(server, "bare")
        with lab.started("bench.files", "ours", dsn=dsn, data_dir=folder) as server:
            print(f"ratio {measure(server, 'ours') / base:.2f}")


if __name__ == "__main__":
    main()
