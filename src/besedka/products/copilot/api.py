"""`/copilot`: summaries, suggested replies, other words and other languages, for people who answer visitors."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.errors import NotFound
from besedka.core.schemas import EVENT_STREAM, problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.types import STAFF_READS, STAFF_WRITES, ConversationId
from besedka.products.copilot import service
from besedka.products.copilot.schemas import (
    HelpRead,
    Rewrite,
    Suggest,
    SummaryRead,
    Translate,
    WrittenRead,
)
from besedka.products.copilot.service import OnText
from besedka.products.copilot.stream import Write, Writing
from besedka.products.copilot.types import LIMIT, Written

router = APIRouter(prefix="/copilot", tags=["copilot"], route_class=KeyedRoute)

Reader = Annotated[Identity, Depends(require(STAFF_READS))]


async def _asked(
    runtime: CurrentRuntime, identity: Annotated[Identity, Depends(require(STAFF_WRITES))]
) -> Identity:
    """Let somebody ask for help who may reply, as long as they don't ask too often."""
    await runtime.limiter.hit(LIMIT, "copilot", str(identity.actor_id))
    return identity


Asker = Annotated[Identity, Depends(_asked)]
_ERRORS = problems(401, 403, 404, 409, 422, 429, 502, 503)


@router.get("", summary="What help there is", responses=problems(401, 403, 404))
async def read_help(runtime: CurrentRuntime, identity: Reader) -> HelpRead:
    """Say whether there is a model."""
    return HelpRead(model=await service.has_model(runtime, identity.workspace_id))


@router.get(
    "/dialogs/{dialog_id}/summary",
    summary="The summary that is kept",
    responses=problems(401, 403, 404, 422),
)
async def read_summary(
    dialog_id: ConversationId, runtime: CurrentRuntime, identity: Reader
) -> SummaryRead:
    """Return a dialog's summary as it was made last; 404 while there is none."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.find_summary(conn, dialog_id)
    if found is None:
        raise NotFound
    return SummaryRead.model_validate(found)


@router.post("/dialogs/{dialog_id}/summary", summary="Sum a dialog up", responses=_ERRORS)
async def make_summary(
    dialog_id: ConversationId, runtime: CurrentRuntime, identity: Asker, locale: CurrentLocale
) -> SummaryRead:
    """Sum a dialog up in my language; one that knows of all messages is not made again."""
    made = await service.summarize(runtime, identity.workspace_id, dialog_id, locale=locale)
    return SummaryRead.model_validate(made)


@router.post(
    "/dialogs/{dialog_id}/suggestion",
    response_model=WrittenRead,
    summary="Suggest a reply",
    responses={**_ERRORS, **EVENT_STREAM},
)
async def suggest(
    dialog_id: ConversationId, body: Suggest, request: Request, runtime: CurrentRuntime, identity: Asker
) -> Response | WrittenRead:  # fmt: skip
    """Write a reply to the visitor's last words from the assistant's documents; nothing is sent.

    Without a model it is the best passage, word for word (`quoted`). Leaving a stream stops the model.
    """

    async def write(on_text: OnText) -> Written:
        return await service.suggest(runtime, identity.workspace_id, dialog_id, on_text=on_text)

    return await _written(runtime, request, write, stream=body.stream)


@router.post(
    "/dialogs/{dialog_id}/rewrite",
    response_model=WrittenRead,
    summary="Say a draft in other words",
    responses={**_ERRORS, **EVENT_STREAM},
)
async def rewrite(
    dialog_id: ConversationId, body: Rewrite, request: Request, runtime: CurrentRuntime, identity: Asker
) -> Response | WrittenRead:  # fmt: skip
    """Make a draft shorter, friendlier or more formal, or mend its mistakes."""

    async def write(on_text: OnText) -> Written:
        return await service.rewrite(
            runtime, identity.workspace_id, dialog_id, text=body.text, how=body.how, on_text=on_text
        )

    return await _written(runtime, request, write, stream=body.stream)


@router.post(
    "/dialogs/{dialog_id}/translate",
    response_model=WrittenRead,
    summary="Translate",
    responses={**_ERRORS, **EVENT_STREAM},
)
async def translate(
    dialog_id: ConversationId, body: Translate, request: Request, runtime: CurrentRuntime, identity: Asker,
    locale: CurrentLocale,
) -> Response | WrittenRead:  # fmt: skip
    """Translate a message into my language, or my draft into the visitor's."""

    async def write(on_text: OnText) -> Written:
        return await service.translate(
            runtime, identity.workspace_id, dialog_id, text=body.text, to=body.to, locale=locale,
            on_text=on_text,
        )  # fmt: skip

    return await _written(runtime, request, write, stream=body.stream)


async def _written(
    runtime: CurrentRuntime, request: Request, write: Write, *, stream: bool
) -> Response | WrittenRead:
    if stream:
        return Writing(runtime, request, write).response()
    return WrittenRead.model_validate(await write(_unheard))


def _unheard(_piece: str) -> None:
    """Take a piece of a text that is wanted whole."""
