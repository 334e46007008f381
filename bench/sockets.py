"""What an idle `/ws` occupies: 2,000 sockets, each of a person with a chat, in kilobytes of the server's own memory.

Against 2,000 sockets of a bare uvicorn WebSocket application.

    python -m bench.sockets [--sockets 2000]
"""

import argparse
import asyncio
import contextlib
import json
import resource
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass

import uvloop

from bench import lab, room
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import Kind
from tests.factories import make_person, make_workspace

AIM_KB = 36
PEOPLE = 50


@dataclass
class Place:
    """Somebody with a chat."""

    token: str
    chat: str


async def furnish(dsn: str, data_dir: str) -> list[Place]:
    """Make people with a chat each."""
    places = []
    async with lab.product(dsn, data_dir) as runtime:
        workspace = await make_workspace(runtime)
        for number in range(PEOPLE):
            person = await make_person(runtime, workspace, name=f"Person {number}")
            async with runtime.db.fast.transaction(workspace.id) as conn:
                chat = await service.create_conversation(
                    conn, kind=Kind.GROUP, participants=[person.actor_id]
                )
            places.append(Place(person.token, str(chat.id)))
    return places


@contextlib.asynccontextmanager
async def opened(server: lab.Server, count: int, places: list[Place] | None) -> AsyncIterator[None]:
    """Open sockets, a few at a time, and keep them."""
    wires: list[lab.Wire] = []
    for start in range(0, count, 20):
        wires += await asyncio.gather(
            *(
                _open(server, places[n % len(places)] if places else None)
                for n in range(start, min(start + 20, count))
            )
        )
    await asyncio.sleep(3)
    yield
    for wire in wires:
        assert wire.transport is not None
        wire.transport.abort()


async def _open(server: lab.Server, place: Place | None) -> lab.Wire:
    headers = f"Authorization: Bearer {place.token}\r\n" if place else ""
    wire = await lab.open_wire(server.port, lambda _wire, _frame: None, headers=headers)
    if place:
        wire.send(json.dumps({"type": "hello", "cid": "h", "cursors": {place.chat: None}}).encode())
    return wire


async def measure(options: argparse.Namespace, dsn: str, data_dir: str) -> None:
    """Open sockets to each server and look at its memory."""
    places = await furnish(dsn, data_dir)
    each = {}
    for kind in ("bare", "ours"):
        with lab.started("bench.sockets", kind, dsn=dsn, data_dir=data_dir) as server:
            own = places if kind == "ours" else None
            async with opened(server, 40, own):
                before = server.memory
                async with opened(server, options.sockets, own):
                    each[kind] = (server.memory - before) / options.sockets / 1024
    print(
        f"idle socket: {each['ours']:.1f} KB (aim ≤ {AIM_KB}), bare uvicorn {each['bare']:.1f} KB,"
        f" {each['ours'] / each['bare']:.2f}×"
    )


def main() -> None:
    """Measure, or be one of the servers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sockets", type=int, default=2000)
    options = lab.arguments(parser)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if options.serve:
        app = (
            room.bare(options.dsn)
            if options.serve == "bare"
            else lab.ours(options.dsn, options.data)
        )
        lab.serve_forever(app, options.port, options.profile_file or None)
        return
    with lab.database() as postgres, tempfile.TemporaryDirectory() as data_dir:
        uvloop.run(measure(options, postgres.dsn.plain, data_dir))


if __name__ == "__main__":
    main()
