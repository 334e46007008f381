"""Whatever a client sends, the server answers with an error or ends the socket, and goes on."""

import json
import random
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from besedka.core.runtime import Runtime
from besedka.kernel.realtime.errors import BadFrame
from besedka.kernel.realtime.service.hub import Hub
from besedka.kernel.realtime.service.requests import parse
from tests.factories import make_workspace
from tests.kernel.realtime.client import Client, connect
from tests.kernel.realtime.rooms import make_group

BAD = [
    "", "null", "[]", "1", '"x"', "{", "{}", '{"type":1}', '{"type":null}', '{"type":"nope"}', "[" * 30_000,
    '{"type":"hello","cursors":' + "[" * 20_000 + "]" * 20_000 + "}", '{"type":"send","cid":{}}',
    '{"type":"send","cid":"' + "x" * 100 + '"}', '{"type":"ping","cid":NaN}', '{"type":"ping","cid":Infinity}',
    '{"type":"hello","cursors":{"x":1}}', '{"type":"hello","cursors":{"00000000-0000-0000-0000-000000000000":-1}}',
    '{"type":"hello","cursors":{"00000000-0000-0000-0000-000000000000":1e400}}',
    '{"type":"hello","cursors":{"00000000-0000-0000-0000-000000000000":' + "9" * 5000 + "}}",
    '{"type":"ping","cid":"\\ud800"}', '{"type":"ping","cid":"\\u0000"}', '{"type":"send","chat":"x","key":"k"}',
    '{"type":"send","chat":"CHAT","key":"","body":"x"}', '{"type":"send","chat":"CHAT","key":"k","body":""}',
    '{"type":"send","chat":"CHAT","key":"k","body":" "}', '{"type":"send","chat":"CHAT","key":"k","body":5}',
    '{"type":"send","chat":"CHAT","key":"k","body":"x","visibility":"secret"}',
    '{"type":"send","chat":"CHAT","key":"k","body":"x","reply_seq":-3}',
    '{"type":"send","chat":"CHAT","key":"k","body":"a\\u0000b"}',
    '{"type":"read","chat":"CHAT","seq":"1"}', '{"type":"read","chat":"CHAT","seq":99999999999999999999}',
    '{"type":"typing","chat":[]}', '{"type":"leave"}', "\x00", "💥" * 100,
]  # fmt: skip


async def alive(client: Client) -> bool:
    answer = await client.call("ping")
    return bool(answer["type"] == "ack")


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
async def test_bad_frame_is_answered_with_an_error(
    app: FastAPI, runtime: Runtime, text: str
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    async with connect(app, workspace.owner) as client:
        client.say_raw(text.replace("CHAT", str(chat.id)))
        answer = await client.next("error")
        assert answer["data"]["code"] != "internal"
        assert await alive(client)


async def test_frame_over_the_limit_ends_the_socket(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    async with connect(app, workspace.owner) as client:
        client.say_raw('{"type":"ping","x":"' + "y" * 70_000 + '"}')
        await client.ended.wait()
    assert client.code == 1009


async def test_binary_frame_ends_the_socket(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    async with connect(app, workspace.owner) as client:
        client.outbox.put_nowait({"type": "websocket.receive", "bytes": b"\x00\xff"})
        await client.ended.wait()
    assert client.code == 1009


async def test_flood_is_slowed_down_then_ended(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    runtime.get(Hub).limited = True
    async with connect(app, workspace.owner) as client:
        for _ in range(400):
            client.say(type="ping")
        await client.ended.wait()
    kinds = [frame["type"] for frame in client.received]
    assert kinds.count("ack") >= 100
    assert "error" in kinds
    assert client.code == 4007


async def test_random_frames_leave_the_socket_alive(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    chance = random.Random(7)
    async with connect(app, workspace.owner) as client:
        for _ in range(500):
            client.say_raw(random_frame(chance, str(chat.id)))
        assert await alive(client)
    assert not [
        f for f in client.received if f["type"] == "error" and f["data"]["code"] == "internal"
    ]


def random_frame(chance: random.Random, chat: str) -> str:
    def value(depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
        kind = chance.randrange(9 if depth < 3 else 7)
        if kind == 7:
            return [value(depth + 1) for _ in range(chance.randrange(4))]
        if kind == 8:
            return {
                chance.choice(["a", "chat", "type"]): value(depth + 1)
                for _ in range(chance.randrange(3))
            }
        return [
            None,
            True,
            chance.randrange(-5, 2**70),
            chance.random(),
            "",
            chat,
            chr(chance.randrange(1, 0xD7FF)),
        ][kind]

    frame = {
        "type": chance.choice(["hello", "send", "read", "typing", "leave", "ping", "edit", "x", 1]),
        **{
            name: chat if name == "chat" and chance.random() < 0.5 else value()
            for name in (
                "cid",
                "chat",
                "key",
                "body",
                "seq",
                "cursors",
                "visibility",
                "inbox",
                "batch",
                "reply_seq",
            )
            if chance.random() < 0.5
        },
    }
    text = json.dumps(frame, ensure_ascii=chance.random() < 0.5)
    return text[: chance.randrange(len(text))] if chance.random() < 0.1 else text


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        frame = parse(text)
    except BadFrame:
        return
    assert isinstance(frame["type"], str)
