"""Slow clients: what they lose, when they are let go, and that nobody else notices."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from besedka.core.background import Background
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.kernel.realtime.service.hub import Hub
from besedka.kernel.realtime.service.sockets import (
    COLLAPSE,
    DROP_EPHEMERAL,
    QUEUE,
    Socket,
)
from besedka.kernel.realtime.types import Frame, Principal, PrincipalKind, join, make_frame

CHAT = UUID(int=7)


class Line:
    """A client's line that can be blocked."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.free.set()
        self.events: list[Any] = []

    async def send(self, event: dict[str, object]) -> None:
        await self.free.wait()
        self.events.append(event.get("text", event))


def make_socket(line: Line, background: Background) -> Socket:
    who = Principal(
        workspace_id=WorkspaceId(new_id()),
        actor_id=ActorId(new_id()),
        kind=PrincipalKind.USER,
        name="A",
    )
    return Socket(who, send=line.send, spawn=background.spawn)


def message(mod: int, *, ephemeral: bool = False, chat: UUID | None = CHAT) -> Frame:
    return Frame(f"{'e' if ephemeral else 'm'}{mod}", chat=chat, mod=mod, ephemeral=ephemeral)


async def settle() -> None:
    for _ in range(600):
        await asyncio.sleep(0)


async def test_free_line_gets_frames_at_once_without_a_task() -> None:
    line, background = Line(), Background()
    socket = make_socket(line, background)
    for mod in range(5):
        socket.offer(message(mod))
    assert line.events == ["m0", "m1", "m2", "m3", "m4"]
    assert len(background) == 0


async def test_blocked_line_gets_frames_in_order_once_it_is_free() -> None:
    line, background = Line(), Background()
    socket = make_socket(line, background)
    line.free.clear()
    for mod in range(100):
        socket.offer(message(mod))
    await settle()
    assert line.events == []
    line.free.set()
    await settle()
    socket.offer(message(100))
    assert line.events == [f"m{mod}" for mod in range(101)]


async def test_half_full_queue_drops_ephemeral_frames() -> None:
    line, background = Line(), Background()
    socket = make_socket(line, background)
    line.free.clear()
    socket.offer(message(0))
    for mod in range(1, DROP_EPHEMERAL + 10):
        socket.offer(message(mod, ephemeral=mod % 2 == 0))
    for mod in range(DROP_EPHEMERAL + 10, DROP_EPHEMERAL + 90):
        socket.offer(message(mod))
    socket.offer(message(999, ephemeral=True))
    line.free.set()
    await settle()
    assert not [text for text in line.events if text.startswith("e") and int(text[1:]) < 120]
    assert "e999" not in line.events
    assert line.events[-1] == f"m{DROP_EPHEMERAL + 89}"


async def test_nearly_full_queue_collapses_to_one_notice_per_chat() -> None:
    line, background = Line(), Background()
    socket = make_socket(line, background)
    line.free.clear()
    socket.offer(message(0))
    socket.offer(make_frame("ack"))
    for mod in range(1, COLLAPSE + 500):
        socket.offer(message(mod))
    assert socket.closing is None
    line.free.set()
    await settle()
    assert line.events[0] == "m0"
    assert '"ack"' in line.events[1]
    assert len(line.events) == 3
    assert '"stale":true' in line.events[2]
    assert f'"mod":{COLLAPSE + 499}' in line.events[2]
    socket.offer(message(1000))
    assert line.events[-1] == "m1000"


async def test_full_queue_ends_the_socket() -> None:
    line, background = Line(), Background()
    socket = make_socket(line, background)
    line.free.clear()
    for _ in range(QUEUE + 2):
        socket.offer(message(0, chat=None))
    assert socket.closing == 4008
    await settle()
    line.free.set()
    await settle()
    assert line.events[-1] == {"type": "websocket.close", "code": 4008}


async def test_stalled_reader_is_cancelled_when_even_the_close_does_not_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("besedka.kernel.realtime.service.sockets.CLOSE_SECONDS", 0.01)
    line, background = Line(), Background()
    socket = make_socket(line, background)
    reader = asyncio.create_task(asyncio.Event().wait())
    socket.read_by(reader)
    line.free.clear()
    socket.offer(message(0))
    socket.close(4008)
    await asyncio.sleep(0.05)
    assert reader.cancelled()


async def test_held_chat_waits_and_drops_what_was_read() -> None:
    line, background = Line(), Background()
    socket = make_socket(line, background)
    socket.hold(CHAT)
    for mod in (4, 5, 6):
        socket.offer(message(mod))
    socket.offer(message(1, chat=uuid4()))
    socket.deliver(message(5))
    assert line.events == ["m1", "m5"]
    socket.release(CHAT, after=5)
    assert line.events == ["m1", "m5", "m6"]


async def test_arrays_go_to_those_who_take_them() -> None:
    background = Background()
    hub, one, two = Hub(background), Line(), Line()
    sockets = [make_socket(one, background), make_socket(two, background)]
    sockets[0].joins = True
    for socket in sockets:
        hub.attach(socket)
        hub.subscribe(socket, "c:x")
    hub.publish_many("c:x", [message(1), message(2)])
    hub.publish_many("c:x", [message(3)])
    assert one.events == ["[m1,m2]", "m3"]
    assert two.events == ["m1", "m2", "m3"]


def test_arrays_are_bounded() -> None:
    frames = [Frame("x" * 20_000, chat=CHAT, mod=mod) for mod in range(1, 6)]
    joined = join(frames)
    assert [frame.mod for frame in joined] == [2, 4, 5]
    assert sum(frame.text.count("x") for frame in joined) == 100_000
