"""`WS /ws/chat/{response_id}`: the documented interview. The id is random and opens this interview alone.

In: `{"message": …}`, with a `key` where a client wants to send again without saying twice. Out: one
`{"type": "bot_message", "message": …}` a question, and `{"type": "chat_ended", "approved": …}`.
"""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import StringConstraints, ValidationError

from besedka.core.deps import client_address, get_runtime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import Locale, locale_of
from besedka.core.ids import new_id
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.core.schemas import Write
from besedka.products.hiring.errors import BadFrame, InterviewOver, ResponseNotFound
from besedka.products.hiring.service import interviews, responses
from besedka.products.hiring.service.interviews import Interview
from besedka.products.hiring.types import LONGEST_ANSWER, Step

router = APIRouter(route_class=LateRoute)

CONNECTS = "60 per minute"
REFUSED, GONE = 1008, 1005
LOOKS_SECONDS = 1.0
LONGEST_FRAME = 8 * LONGEST_ANSWER


class Said(Write):
    """What a candidate says."""

    message: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ANSWER)]
    key: Annotated[str, StringConstraints(max_length=100)] = ""


@router.websocket("/ws/chat/{response_id}")
async def chat(socket: WebSocket, response_id: str) -> None:
    """Carry an interview until it ends or the candidate goes away."""
    runtime = get_runtime(socket)
    await socket.accept()
    locale: Locale = locale_of(socket)
    try:
        talk = await _begin(runtime, socket, response_id)
        locale = talk.response.language
        await _carry(runtime, socket, talk)
    except WebSocketDisconnect:
        return
    except BesedkaError as error:
        await _complain(socket, error, locale)
        await socket.close(REFUSED, error.code)


async def _begin(runtime: Runtime, socket: WebSocket, response_id: str) -> Interview:
    await runtime.limiter.hit(CONNECTS, "interview", client_address(socket))
    try:
        wanted = UUID(response_id)
    except ValueError as error:
        raise ResponseNotFound from error
    workspace = await responses.find_workspace(runtime, wanted)
    return await interviews.begin(runtime, workspace, wanted)


async def _carry(runtime: Runtime, socket: WebSocket, talk: Interview) -> None:
    """Ask, listen and ask again, until it is over."""
    await _ask(runtime, socket, talk)
    while (over := interviews.ended(talk)) is None:
        step = talk.response.course.step
        try:
            said = await _listen(runtime, socket, talk)
            if said is not None:
                await _take(runtime, talk, said)
        except InterviewOver:
            await interviews.look(runtime, talk)
            continue
        except BesedkaError as error:
            await _complain(socket, error, talk.response.language)
            continue
        words = await interviews.go_on(runtime, talk, before=step)
        if words is not None:
            await _tell(socket, words)
    await socket.send_json({"type": "chat_ended", "approved": over.approved})
    await socket.close()


async def _ask(runtime: Runtime, socket: WebSocket, talk: Interview) -> None:
    words = await interviews.ask(runtime, talk)
    if words is not None:
        await _tell(socket, words)


async def _listen(runtime: Runtime, socket: WebSocket, talk: Interview) -> Said | None:
    """Return what the candidate says. While a person has the interview, pass on what they say meanwhile."""
    if talk.response.course.step is not Step.HUMAN:
        return _read(await _receive(socket))
    try:
        return _read(await asyncio.wait_for(_receive(socket), LOOKS_SECONDS))
    except TimeoutError:
        for words in await interviews.heard(runtime, talk):
            await _tell(socket, words)
        return None


async def _receive(socket: WebSocket) -> str:
    """Return the next frame; one of bytes is none that can be read."""
    event = await socket.receive()
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(event.get("code", GONE))
    return event.get("text") or ""


def _read(frame: str) -> Said:
    if len(frame) > LONGEST_FRAME:
        raise BadFrame
    try:
        return Said.model_validate_json(frame)
    except ValidationError as error:
        raise BadFrame from error


async def _take(runtime: Runtime, talk: Interview, said: Said) -> None:
    await runtime.limiter.hit(interviews.SAYS, "interview-says", str(talk.response.id))
    await interviews.take(runtime, talk, said.message, key=said.key or str(new_id()))


async def _tell(socket: WebSocket, words: str) -> None:
    await socket.send_json({"type": "bot_message", "message": words})


async def _complain(socket: WebSocket, error: BesedkaError, locale: Locale) -> None:
    await socket.send_json(
        {"type": "error", "code": error.code, "message": words_of(locale, error)}
    )
