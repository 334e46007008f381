"""An answer as server-sent events. Whoever comes back with the last event's id goes on where they were.

`start` tells the run, `delta` has the next words, `reset` says that the answer begins anew after a failure of the server; the
end is `done` with what the route without a stream would give, or `error`. An id is `run:attempt:characters`.
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fastapi import Request
from pydantic import JsonValue
from starlette.responses import Response

from besedka.core import problems, sse
from besedka.core.errors import BesedkaError
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.products.chat import service
from besedka.products.chat.schemas import shown_answer
from besedka.products.chat.service import Place
from besedka.products.chat.types import Run

LAST: Final = "Last-Event-ID"
_ID = re.compile(r"([0-9a-f-]{36}):(\d{1,3}):(\d{1,6})")


def place_in(request: Request) -> Place | None:
    """Return how far the caller has read, as the header says; None when it says nothing that we said."""
    found = _ID.fullmatch(request.headers.get(LAST, ""))
    if found is None:
        return None
    try:
        return Place(UUID(found.group(1)), int(found.group(2)), int(found.group(3)))
    except ValueError:
        return None


def begin_at(request: Request, run: Run) -> Place:
    """Return from where a run is told: where the caller was in it, else its beginning."""
    read = place_in(request)
    return read if read is not None and read.run_id == run.id else Place(run.id)


def spelled(name: str, said: Mapping[str, JsonValue], place: Place) -> bytes:
    """Return an event, from which its reader can go on."""
    return sse.spell(said, name=name, mark=f"{place.run_id}:{place.attempt}:{place.offset}")


def streamed(request: Request, runtime: Runtime, workspace: WorkspaceId, run: Run) -> Response:
    """Return the events of a run, from where its reader was. The answer is made whether anybody listens or not."""
    place = begin_at(request, run)
    return sse.respond(_events(request, runtime, workspace, run=run, place=place))


async def _events(
    request: Request, runtime: Runtime, workspace: WorkspaceId, *, run: Run, place: Place
) -> AsyncIterator[bytes]:
    told: dict[str, JsonValue] = {"run": str(run.id), "question_seq": run.question_seq, "model": run.model}  # fmt: skip
    yield spelled("start", told, place)
    read = _Read(place)
    try:
        async for event in _followed(runtime, workspace, run, read):
            yield event
    except BesedkaError as error:
        problem = problems.from_error(request, error)
        failed: dict[str, JsonValue] = {
            "code": problem.code, "detail": problem.detail, "status": problem.status
        }  # fmt: skip
        yield spelled("error", failed, read.place)


@dataclass(slots=True)
class _Read:
    """How far the reader is."""

    place: Place


async def _followed(
    runtime: Runtime, workspace: WorkspaceId, run: Run, read: _Read
) -> AsyncIterator[bytes]:
    async for each in service.follow(runtime, workspace, run, read.place):
        if isinstance(each, Run):
            turn = await service.answer_of(runtime, workspace, each)
            yield spelled("done", shown_answer(each, turn).model_dump(mode="json"), read.place)
            return
        read.place = each.place
        if each.anew:
            yield spelled("reset", {}, Place(run.id, each.place.attempt))
        yield spelled("delta", {"text": each.text}, each.place) if each.text else sse.WAIT
