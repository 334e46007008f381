"""The client against real servers on loopback."""

import asyncio
import gzip
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from besedka.core.http.client import OutgoingHttp
from besedka.core.http.errors import (
    BadUrl,
    OutgoingError,
    OutgoingTimeout,
    RefusedAddress,
    ResponseTooLarge,
    TooManyRedirects,
    Unreachable,
)
from besedka.core.http.guard import Guard
from besedka.core.http.types import FilePart, Form, Limits
from tests.fakes.hosts import FakeResolver

Handler = Callable[[web.Request], web.StreamResponse | Awaitable[web.StreamResponse]]
SECRET = "sk-never-shown"
NEIGHBOURS = Guard(allow_private=True)
HERE = FakeResolver({"shop.example": [["127.0.0.1"]]})


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[int]:
    async def answer(request: web.Request) -> web.StreamResponse:
        made = handler(request)
        return await made if isinstance(made, Awaitable) else made

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        assert server.port is not None
        yield server.port


@asynccontextmanager
async def client(
    guard: Guard = NEIGHBOURS, limits: Limits | None = None, resolver: FakeResolver = HERE
) -> AsyncIterator[OutgoingHttp]:
    http = OutgoingHttp(guard, limits, resolver=resolver)
    try:
        yield http
    finally:
        await http.close()


async def describe(request: web.Request) -> web.Response:
    return web.json_response(
        {
            "method": request.method,
            "host": request.headers["Host"],
            "path": request.raw_path,
            "headers": dict(request.headers),
            "body": (await request.read()).decode(),
        }
    )


async def test_name_is_asked_once_and_kept_as_host() -> None:
    names = FakeResolver({"shop.example": [["127.0.0.1"], ["169.254.169.254"]]})
    async with serving(describe) as port, client(resolver=names) as http:
        fetched = await http.fetch(f"http://shop.example:{port}/a%20b?x=1#part")
        seen = fetched.json()
    assert names.asked == ["shop.example"]
    assert isinstance(seen, dict)
    assert seen["host"] == f"shop.example:{port}"
    assert seen["path"] == "/a%20b?x=1"
    assert "Cookie" not in seen["headers"]
    assert fetched.ok
    assert fetched.media_type == "application/json"


async def test_rebound_name_is_refused_when_the_next_connection_opens() -> None:
    def once(request: web.Request) -> web.Response:
        response = web.Response(text="first")
        response.force_close()
        return response

    names = FakeResolver({"rebind.example": [["127.0.0.1"], ["169.254.169.254"]]})
    async with serving(once) as port, client(resolver=names) as http:
        assert (await http.fetch(f"http://rebind.example:{port}/")).body == b"first"
        with pytest.raises(RefusedAddress):
            await http.fetch(f"http://rebind.example:{port}/")
    assert names.asked == ["rebind.example"] * 2


async def test_public_name_with_private_address_is_refused_before_connecting() -> None:
    reached: list[str] = []

    def note(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response()

    async with serving(note) as port, client(Guard()) as http:
        for url in (
            f"http://shop.example:{port}/",
            f"http://127.0.0.1:{port}/",
            f"http://2130706433:{port}/",
        ):
            with pytest.raises(RefusedAddress):
                await http.fetch(url)
    assert reached == []


async def test_redirect_inside_the_origin_is_followed_with_headers() -> None:
    async def hop(request: web.Request) -> web.StreamResponse:
        if request.path == "/start":
            raise web.HTTPFound("next?n=1")
        return await describe(request)

    async with serving(hop) as port, client() as http:
        fetched = await http.fetch(f"http://shop.example:{port}/start", headers={"X-Key": "mine"})
    assert fetched.url == f"http://shop.example:{port}/next?n=1"
    assert b'"X-Key": "mine"' in fetched.body


async def test_redirect_to_another_origin_loses_the_callers_headers() -> None:
    names = FakeResolver({"a.example": [["127.0.0.1"]], "b.example": [["127.0.0.1"]]})

    async def hop(request: web.Request) -> web.StreamResponse:
        if request.path == "/start":
            raise web.HTTPMovedPermanently(f"http://b.example:{request.url.port}/there")
        return await describe(request)

    async with serving(hop) as port, client(resolver=names) as http:
        fetched = await http.fetch(
            f"http://a.example:{port}/start", headers={"Authorization": "mine"}
        )
    assert fetched.url.startswith("http://b.example")
    assert b"mine" not in fetched.body


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/",
        "//169.254.169.254/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/",
        "file:///etc/passwd",
        "http://user:pass@shop.example/",
        "http:\\\\169.254.169.254/",
        "http:169.254.169.254",
        "http:/169.254.169.254",
    ],
)
async def test_redirect_to_a_forbidden_place_is_refused(location: str) -> None:
    def away(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location})

    async with serving(away) as port, client() as http:
        with pytest.raises((RefusedAddress, BadUrl)):
            await http.fetch(f"http://shop.example:{port}/")


async def test_redirects_without_end_are_stopped() -> None:
    count = 0

    def again(request: web.Request) -> web.Response:
        nonlocal count
        count += 1
        return web.Response(status=302, headers={"Location": f"/{count}"})

    async with serving(again) as port, client(limits=Limits(redirects=3)) as http:
        with pytest.raises(TooManyRedirects):
            await http.fetch(f"http://shop.example:{port}/")
    assert count == 4


async def test_post_is_never_redirected() -> None:
    def away(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with serving(away) as port, client() as http:
        sent = await http.send("POST", f"http://shop.example:{port}/", json={"a": 1})
    assert sent.status == 307


async def test_json_and_form_arrive_as_sent() -> None:
    form = Form({"chat": "1"}, [FilePart("photo", "фото.png", b"PNG", "image/png")])
    async with serving(describe) as port, client() as http:
        url = f"http://shop.example:{port}/"
        one = await http.send("POST", url, json={"текст": ["да"]})
        two = await http.send("POST", url, body=form)
        three = await http.send("PUT", url, body=b"raw", headers={"Content-Type": "text/plain"})
    sent = one.json()
    assert isinstance(sent, dict)
    assert sent["body"] == '{"текст":["да"]}'
    assert b"multipart/form-data" in two.body
    assert b"PNG" in two.body
    assert b'"raw"' in three.body


async def test_body_over_the_cap_is_cut_off() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    async with serving(endless) as port, client() as http:
        with pytest.raises(ResponseTooLarge) as caught:
            await http.fetch(f"http://shop.example:{port}/", max_bytes=300_000)
    assert caught.value.params["limit"] == 300_000


async def test_compressed_bomb_counts_by_what_it_unpacks_to() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)

    def explode(request: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async with serving(explode) as port, client() as http:
        with pytest.raises(ResponseTooLarge):
            await http.fetch(f"http://shop.example:{port}/", max_bytes=1_000_000)


async def test_declared_length_over_the_cap_is_refused_unread() -> None:
    def huge(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 100_000)

    async with serving(huge) as port, client() as http:
        with pytest.raises(ResponseTooLarge):
            await http.fetch(f"http://shop.example:{port}/", max_bytes=99_999)
        assert (
            len((await http.fetch(f"http://shop.example:{port}/", max_bytes=100_000)).body)
            == 100_000
        )


@pytest.mark.parametrize("pause_at", ["head", "body"])
async def test_silence_ends_in_a_timeout(pause_at: str) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if pause_at == "body":
            await response.prepare(request)
            await response.write(b"start")
        await asyncio.sleep(5)
        return response

    async with serving(slow) as port, client(limits=Limits(idle=0.1)) as http:
        with pytest.raises(OutgoingTimeout) as caught:
            await http.fetch(f"http://shop.example:{port}/")
    assert not caught.value.permanent


async def test_drip_ends_at_the_total_limit() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b".")
            await asyncio.sleep(0.02)
        return response

    async with serving(drip) as port, client(limits=Limits(idle=1, total=0.3)) as http:
        with pytest.raises(OutgoingTimeout):
            await http.fetch(f"http://shop.example:{port}/")


async def test_unknown_name_and_closed_port_are_unreachable() -> None:
    async with serving(describe) as port:
        pass
    async with client() as http:
        for url in ("http://nobody.example/", f"http://shop.example:{port}/"):
            with pytest.raises(Unreachable) as caught:
                await http.fetch(url)
            assert not caught.value.permanent


async def test_connection_cut_inside_the_body_is_unreachable() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.abort()
        return response

    async with serving(cut) as port, client() as http:
        with pytest.raises(Unreachable):
            await http.fetch(f"http://shop.example:{port}/")


async def test_answer_that_is_no_http_is_unreachable_and_keeps_headers_secret() -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    headers = {"Authorization": SECRET}
    async with server, client() as http:
        with pytest.raises(OutgoingError) as caught:
            await http.fetch(f"http://shop.example:{port}/", headers=headers)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = "".join(traceback.format_exception(error))
    assert SECRET not in f"{shown} {error!r} {error.params}"


async def test_leaving_the_block_early_closes_the_connection() -> None:
    gone = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x")
                await asyncio.sleep(0.01)
        finally:
            gone.set()

    async with serving(endless) as port, client() as http:
        async with http.stream("GET", f"http://shop.example:{port}/") as response:
            async for chunk in response.iter_bytes():
                assert chunk
                break
        await asyncio.wait_for(gone.wait(), 1)


async def test_answer_read_to_the_end_leaves_the_connection_open_for_the_next() -> None:
    peers: set[object] = set()

    def note(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        return web.Response(text="ok")

    async with serving(note) as port, client() as http:
        for _ in range(3):
            assert (await http.fetch(f"http://shop.example:{port}/")).body == b"ok"
    assert len(peers) == 1


async def test_header_with_a_line_break_is_refused() -> None:
    async with serving(describe) as port, client() as http:
        with pytest.raises(BadUrl):
            await http.send("POST", f"http://shop.example:{port}/", headers={"X": "a\r\nY: b"})


async def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    async with serving(describe) as port, client() as http:
        assert (await http.fetch(f"http://shop.example:{port}/")).ok
