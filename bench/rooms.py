"""A hundred rooms of ten beside one room of a hundred: CPU per durable message with 32 sends in flight.

The same hundred people on a hundred sockets, each in ten of the rooms. Against the bare server of `bench.room`, which has rooms too.

    python -m bench.rooms [--rounds 3] [--seconds 5]
"""

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

import uvloop

from bench import lab
from bench.room import BODY, FLIGHT, Cost, Crowd, bare, load, make_bare_table
from besedka.core.db.embedded import Embedded
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import Kind
from tests.factories import make_person, make_workspace

PEOPLE, ROOMS, MEMBERS = 100, 100, 10
ONE_AIM, MANY_AIM = 1.2, 1.5
LOOKS = 1200


@dataclass(frozen=True)
class Shape:
    """Which rooms each of the people is in, and how many hear a message."""

    chats: Sequence[Sequence[str]]
    audience: int


@dataclass(frozen=True)
class House:
    """The people, and the two shapes."""

    tokens: Sequence[str]
    actors: Sequence[str]
    shapes: dict[str, Shape]


async def furnish(dsn: str, data_dir: str) -> House:
    """Make the bare table, and a workspace with people, one room of all and many of a few."""
    await make_bare_table(dsn)
    async with lab.product(dsn, data_dir) as runtime:
        workspace = await make_workspace(runtime)
        people = [await make_person(runtime, workspace, name=f"Person {n}") for n in range(PEOPLE)]
        groups = [
            range(PEOPLE),
            *([(n + m * 9) % PEOPLE for m in range(MEMBERS)] for n in range(ROOMS)),
        ]
        chats = []
        for group in groups:
            async with runtime.db.fast.transaction(workspace.id) as tenant:
                made = await service.create_conversation(
                    tenant, kind=Kind.GROUP, participants=[people[n].actor_id for n in group]
                )
            chats.append(str(made.id))
    small = [
        [chat for chat, group in zip(chats[1:], groups[1:], strict=True) if n in group]
        for n in range(PEOPLE)
    ]
    shapes = {
        f"1 room of {PEOPLE}": Shape([chats[:1]] * PEOPLE, PEOPLE),
        f"{ROOMS} rooms of {MEMBERS}": Shape(small, MEMBERS),
    }
    return House([p.token for p in people], [str(p.actor_id) for p in people], shapes)


@contextlib.asynccontextmanager
async def crowd(kind: str, server: lab.Server, house: House, shape: Shape) -> AsyncIterator[Crowd]:
    """Connect everybody to their rooms."""
    made = Crowd()
    for index in range(PEOPLE):
        chats = shape.chats[index]
        if kind == "bare":
            wire = await lab.open_wire(server.port, made.on_frame, path=f"/ws?{','.join(chats)}")
        else:
            headers = f"Authorization: Bearer {house.tokens[index]}\r\n"
            wire = await lab.open_wire(server.port, made.on_frame, headers=headers)
            hello = {"type": "hello", "cid": "h", "cursors": dict.fromkeys(chats), "batch": True}
            wire.send(json.dumps(hello).encode())
        wire.index = index
        made.wires.append(wire)
    made.compose = compose(kind, house, shape)
    for _ in range(LOOKS):
        await asyncio.sleep(0.05)
        if kind == "bare" or made.acknowledged >= PEOPLE:
            break
    yield made
    for wire in made.wires:
        assert wire.transport is not None
        wire.transport.close()


def compose(kind: str, house: House, shape: Shape) -> Callable[[int], bytes]:
    """Return what somebody sends to one of their rooms."""

    def frame(index: int) -> bytes:
        chat = random.choice(shape.chats[index])
        more = {"sender": house.actors[index]} if kind == "bare" else {"type": "send", "cid": "s"}
        sent = {**more, "chat": chat, "key": uuid4().hex, "body": BODY}
        return json.dumps(sent, ensure_ascii=False).encode()

    return frame


async def measure(options: argparse.Namespace, postgres: Embedded, data_dir: str) -> None:
    """Load both servers in both shapes, in turns."""
    house = await furnish(postgres.dsn.plain, data_dir)
    costs: dict[tuple[str, str], list[Cost]] = {}
    with contextlib.ExitStack() as stack:
        servers = {
            kind: stack.enter_context(
                lab.started("bench.rooms", kind, dsn=postgres.dsn.plain, data_dir=data_dir)
            )
            for kind in ("bare", "ours")
        }
        for turn in range(options.rounds + 1):
            for name, shape in house.shapes.items():
                for kind, server in servers.items():
                    async with crowd(kind, server, house, shape) as people:
                        cost = await load(
                            server, postgres, people, flight=FLIGHT, audience=shape.audience,
                            seconds=options.seconds,
                        )  # fmt: skip
                    if turn:
                        costs.setdefault((name, kind), []).append(cost)
    for name in house.shapes:
        report(name, costs[name, "ours"], costs[name, "bare"])


def report(name: str, ours: Sequence[Cost], plain: Sequence[Cost]) -> None:
    """Print medians and the ratio of a shape."""
    ratio = statistics.median(o.whole / b.whole for o, b in zip(ours, plain, strict=True))
    aim = ONE_AIM if name.startswith("1 ") else MANY_AIM
    print(
        f"{name}: {statistics.median(c.server for c in ours):.0f} µs CPU per message in the server,"
        f" {statistics.median(c.database for c in ours):.0f} in PostgreSQL,"
        f" {statistics.median(c.rate for c in ours):.0f} messages/s; {ratio:.2f}× of bare, together (aim ≤ {aim})"
    )


def main() -> None:
    """Measure, or be one of the servers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = lab.arguments(parser)
    if options.serve:
        app = bare(options.dsn) if options.serve == "bare" else lab.ours(options.dsn, options.data)
        lab.serve_forever(app, options.port, options.profile_file)
        return
    with lab.database() as postgres, tempfile.TemporaryDirectory() as data_dir:
        uvloop.run(measure(options, postgres, data_dir))


if __name__ == "__main__":
    main()
