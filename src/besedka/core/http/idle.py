"""Silence inside an answer, watched with one timer per answer.

aiohttp's own `sock_read` sets a new timer for every piece of data, which costs a streamed answer
a tenth of its processor time; here a piece costs one reading of the clock.
"""

import asyncio

import aiohttp


class IdleWatch:
    """Ends a body with a timeout when a reader has waited too long for the next piece."""

    __slots__ = ("_answer", "_handle", "_loop", "_seconds", "_since")

    def __init__(self, answer: aiohttp.ClientResponse, seconds: float) -> None:
        self._answer = answer
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        self._handle = self._loop.call_later(seconds, self._look)
        if answer.connection is not None and answer.connection.protocol is not None:
            # The client's own timer has watched over the head; from here on it is ours.
            answer.connection.protocol.read_timeout = None
            answer.connection.protocol.start_timeout()

    def waiting(self) -> None:
        """Note that the reader waits from now on."""
        self._since = self._loop.time()

    def busy(self) -> None:
        """Note that the reader has something to do: its own time is nobody's silence."""
        self._since = None

    def stop(self) -> None:
        """Watch no longer."""
        self._handle.cancel()

    def _look(self) -> None:
        silent = 0.0 if self._since is None else self._loop.time() - self._since
        if silent >= self._seconds:
            self._answer.content.set_exception(aiohttp.SocketTimeoutError())
        else:
            self._handle = self._loop.call_later(self._seconds - silent, self._look)
