"""Encrypted connections: pinned to an address, named by the host."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from besedka.core.http.client import OutgoingHttp
from besedka.core.http.errors import TlsFailed
from besedka.core.http.guard import Guard
from tests.fakes.hosts import FakeResolver

NAMES = FakeResolver({"shop.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]})


@dataclass
class SecureServer:
    port: int
    trust: ssl.SSLContext
    names: list[str | None] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start.replace(year=2120))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[SecureServer]:
    chain, private = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, private)
    state = SecureServer(0, ssl.create_default_context(cafile=str(chain)))
    context.sni_callback = lambda _socket, name, _context: state.names.append(name)

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/":
            return web.Response(text=request.headers["Host"])
        response = web.StreamResponse()
        try:
            if request.path == "/stream":
                await response.prepare(request)
                await response.write(b"first")
            state.started.set()
            await asyncio.sleep(30)
        finally:
            state.gone.set()
        return response

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    state.port = runner.addresses[0][1]
    yield state
    await runner.cleanup()


async def test_host_name_is_used_for_certificate_and_sni(secure: SecureServer) -> None:
    http = OutgoingHttp(Guard(allow_private=True), resolver=NAMES, trust=secure.trust)
    fetched = await http.fetch(f"https://shop.example:{secure.port}/")
    await http.close()
    assert fetched.body.decode() == f"shop.example:{secure.port}"
    assert secure.names == ["shop.example"]


async def test_certificate_of_another_name_is_refused(secure: SecureServer) -> None:
    http = OutgoingHttp(Guard(allow_private=True), resolver=NAMES, trust=secure.trust)
    for host in ("other.example", "127.0.0.1"):
        with pytest.raises(TlsFailed) as caught:
            await http.fetch(f"https://{host}:{secure.port}/")
        assert caught.value.permanent
    await http.close()


async def test_certificate_of_an_unknown_authority_is_refused(secure: SecureServer) -> None:
    http = OutgoingHttp(Guard(allow_private=True), resolver=NAMES)
    with pytest.raises(TlsFailed):
        await http.fetch(f"https://shop.example:{secure.port}/")
    await http.close()


@pytest.mark.parametrize("path", ["/silent", "/stream"])
async def test_cancelling_closes_an_encrypted_connection_at_once(
    secure: SecureServer, path: str
) -> None:
    http = OutgoingHttp(Guard(allow_private=True), resolver=NAMES, trust=secure.trust)
    work = asyncio.ensure_future(http.fetch(f"https://shop.example:{secure.port}{path}"))
    await asyncio.wait_for(secure.started.wait(), 2)
    work.cancel()
    await asyncio.wait_for(secure.gone.wait(), 1)
    await http.close()
