"""A text on its way to an operator: in one piece, or as server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from fastapi import Request
from starlette.responses import Response

from besedka.core import problems, sse
from besedka.core.errors import BesedkaError, Unavailable
from besedka.core.runtime import Runtime
from besedka.products.copilot.schemas import WrittenRead
from besedka.products.copilot.service import OnText
from besedka.products.copilot.types import Written

Write = Callable[[OnText], Awaitable[Written]]


@dataclass(slots=True)
class Writing:
    """A text that is being written."""

    runtime: Runtime
    request: Request
    write: Write
    _pieces: asyncio.Queue[str | Written | BesedkaError] = field(default_factory=asyncio.Queue)

    def response(self) -> Response:
        """Return the events: `{"text"}` for each piece, at the end one `{"done"}` or `{"error"}`."""
        return sse.respond(self._events())

    async def _events(self) -> AsyncIterator[bytes]:
        """Yield what is written; when the reader goes away the model is stopped."""
        work = self.runtime.background.spawn(self._work(), name="copilot")
        try:
            while isinstance(piece := await self._pieces.get(), str):
                yield sse.spell({"text": piece})
            yield sse.spell(self._last(piece))
        finally:
            work.cancel()

    async def _work(self) -> None:
        try:
            self._pieces.put_nowait(await self.write(self._pieces.put_nowait))
        except BesedkaError as error:
            self._pieces.put_nowait(error)
        except Exception:
            self._pieces.put_nowait(Unavailable())
            raise

    def _last(self, end: Written | BesedkaError) -> Mapping[str, object]:
        if isinstance(end, Written):
            return {"done": WrittenRead.model_validate(end).model_dump(mode="json")}
        told = problems.from_error(self.request, end)
        return {"error": {"code": told.code, "detail": told.detail, "status": told.status}}
