"""From names to addresses: asked once for a connection, all answers checked, and only those used."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Protocol

from aiohttp.abc import AbstractResolver, ResolveResult

from besedka.core.http.guard import Guard


class Resolver(Protocol):
    """Asks for the addresses of a name. Raises OSError when there are none."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Return literal addresses."""
        ...


class SystemResolver:
    """The resolver of the operating system, in a thread."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of the system's answer, in its order."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PinnedResolver(AbstractResolver):
    """Stands between aiohttp and a resolver: what it returns was checked, and is what gets connected."""

    def __init__(self, guard: Guard, resolver: Resolver) -> None:
        self._guard = guard
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the checked addresses. Raises RefusedAddress, or OSError without an answer."""
        addresses = await self._resolver.resolve(host, port)
        if not addresses:
            raise OSError(None, "no address")
        self._guard.check_addresses(host, port, addresses)
        found = [_result(host, port, address) for address in addresses]
        return [entry for entry in found if family in {socket.AF_UNSPEC, entry["family"]}]

    async def close(self) -> None:
        """Hold nothing."""


def _result(host: str, port: int, address: str) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
