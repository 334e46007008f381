"""An answer for the page that shows it, as server-sent events with HTML.

`block` is a finished block of Markdown, rendered once; `draft` is the unfinished one, rendered anew each time it has grown by an
eighth, and `tail` its words since then: the work grows with the answer's length, not with its square. `reset` says that the
answer begins anew; the end is `done`, or `failed` with words. An event's id is the place after the last finished block, so that
whoever comes back has those and gets the rest.
"""

from collections.abc import AsyncIterator, Mapping
from uuid import UUID

from fastapi import Request
from pydantic import JsonValue
from starlette.responses import Response

from besedka.core import markup, problems, sse
from besedka.core.errors import BesedkaError
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import ConversationId
from besedka.products.chat import service
from besedka.products.chat.blocks import Blocks, Pace
from besedka.products.chat.service import Piece, Place
from besedka.products.chat.stream import begin_at, place_in, spelled
from besedka.products.chat.types import Run


async def streamed(
    request: Request, runtime: Runtime, workspace: WorkspaceId, chat: ConversationId, *, only: UUID | None = None
) -> Response:  # fmt: skip
    """Return the events of a chat's last answer, or of a certain one, from where its reader was. Raises NoAnswer."""
    read = place_in(request)
    run = await service.newest_run(
        runtime, workspace, chat, named=None if read is None else read.run_id, only=only
    )
    written = Written(run, begin_at(request, run))
    return sse.respond(_events(request, runtime, workspace, written))


class Written:
    """An answer as its reader has it."""

    def __init__(self, run: Run, place: Place) -> None:
        self.run = run
        self.begun_at = place
        self._attempt = place.attempt
        self._blocks = Blocks(place.offset)
        self._pace = Pace()

    def take(self, piece: Piece) -> list[bytes]:
        """Return the events that tell the next words."""
        events: list[bytes] = []
        self._attempt = piece.place.attempt
        if piece.anew:
            self._blocks, self._pace = Blocks(), Pace()
            events.append(self.event("reset", {}))
        if not piece.text:
            return [*events, sse.WAIT]
        finished = self._blocks.feed(piece.text)
        if finished:
            self._pace.begin()
            html = "".join(markup.answer_to_html(block) for block in finished)
            events.append(self.event("block", {"html": html}))
        if self._blocks.size and (finished or self._pace.is_due(self._blocks.size)):
            self._pace.is_due(self._blocks.size)
            events.append(self.event("draft", {"html": _unfinished(self._blocks.unfinished)}))
        elif not finished:
            events.append(self.event("tail", {"text": piece.text}))
        return events

    def event(self, name: str, said: Mapping[str, JsonValue]) -> bytes:
        """Return an event."""
        return spelled(name, said, Place(self.run.id, self._attempt, self._blocks.offset))


def _unfinished(source: str) -> str:
    """Render a block whose words may go on in its last line."""
    html = markup.answer_to_html(source)
    ended = "\n</code></pre>\n"
    if html.endswith(ended) and not source.endswith("\n"):
        return f"{html.removesuffix(ended)}</code></pre>\n"
    return html


async def _events(
    request: Request, runtime: Runtime, workspace: WorkspaceId, written: Written
) -> AsyncIterator[bytes]:
    run = written.run
    yield written.event("start", {"run": str(run.id), "question_seq": run.question_seq, "model": run.model})  # fmt: skip
    try:
        async for each in service.follow(runtime, workspace, run, written.begun_at):
            if isinstance(each, Run):
                await service.answer_of(runtime, workspace, each)
                yield written.event("done", {"question_seq": each.question_seq, "answer_seq": each.answer_seq})  # fmt: skip
                return
            for event in written.take(each):
                yield event
    except BesedkaError as error:
        problem = problems.from_error(request, error)
        yield written.event("failed", {"code": problem.code, "detail": problem.detail})
