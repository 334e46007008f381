"""An answer while it arrives."""

from collections.abc import AsyncGenerator

import aiohttp
from multidict import CIMultiDictProxy

from besedka.core.http.errors import (
    BadUrl,
    OutgoingError,
    OutgoingTimeout,
    ResponseTooLarge,
    TlsFailed,
    Unreachable,
)
from besedka.core.http.idle import IdleWatch
from besedka.core.http.types import Limits

FAILURES = (aiohttp.ClientError, OSError, ValueError)


def explain(error: BaseException, host: str) -> OutgoingError:
    """Turn what aiohttp raised into one of ours.

    The original is not kept as the cause: some of its errors hold the request with all headers.
    """
    if isinstance(error, TimeoutError):
        return OutgoingTimeout(host=host)
    if isinstance(error, aiohttp.ClientSSLError):
        return TlsFailed(host=host)
    if isinstance(error, ValueError):
        return BadUrl(reason="url" if isinstance(error, aiohttp.InvalidURL) else "header")
    return Unreachable(host=host, reason=type(error).__name__)


class Response:
    """Status and headers are here, the body comes from `iter_bytes` or `read`."""

    __slots__ = ("_answer", "_host", "_idle", "_max_bytes", "headers", "status", "url")

    def __init__(self, answer: aiohttp.ClientResponse, *, host: str, limits: Limits) -> None:
        self._answer = answer
        self._host = host
        self._idle = IdleWatch(answer, limits.idle)
        self._max_bytes = limits.max_bytes
        self.status: int = answer.status
        self.url: str = str(answer.url)
        self.headers: CIMultiDictProxy[str] = answer.headers

    async def iter_bytes(self) -> AsyncGenerator[bytes, None]:
        """Yield decoded bytes as they arrive.

        Raises ResponseTooLarge, OutgoingTimeout (silence), Unreachable (the connection broke).
        """
        content, idle = self._answer.content, self._idle
        left = self._max_bytes
        while True:
            idle.waiting()
            try:
                chunk = await content.readany()
            except FAILURES as error:
                failure = explain(error, self._host)
            else:
                idle.busy()
                left -= len(chunk)
                if chunk and left >= 0:
                    yield chunk
                    continue
                if not chunk:
                    return
                failure = ResponseTooLarge(host=self._host, limit=self._max_bytes)
            # Outside of the handler, so that the error does not carry the original as its context.
            raise failure

    async def read(self) -> bytes:
        """Return the whole body. Raises what iter_bytes raises."""
        declared = self._answer.content_length
        if declared is not None and declared > self._max_bytes:
            raise ResponseTooLarge(host=self._host, limit=self._max_bytes)
        return b"".join([chunk async for chunk in self.iter_bytes()])

    async def read_start(self, limit: int) -> bytes:
        """Return at least the first `limit` bytes, or all there are: enough for an error text."""
        body = b""
        async for chunk in self.iter_bytes():
            body += chunk
            if len(body) >= limit:
                break
        return body

    def close(self) -> None:
        """Give a connection that was read to the end back to the pool, and cut any other at once."""
        self._idle.stop()
        if self._answer.content.at_eof():
            self._answer.release()
            return
        connection = self._answer.connection
        if connection is not None and connection.transport is not None:
            # close() would first finish a TLS farewell, while the other side goes on sending.
            connection.transport.abort()
        self._answer.close()
