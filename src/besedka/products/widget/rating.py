"""The widget's public API of ratings."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from besedka.core.deps import ClientAddress, CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.core.schemas import Read, Write, problems
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.promises import service as promises
from besedka.kernel.promises.errors import NothingToRate
from besedka.kernel.promises.types import LONGEST_COMMENT, RatingState
from besedka.products.widget.api import WRITES, OpenPlace, Speaker, Visitor

router = APIRouter(prefix="/widget/{key}", tags=["widget"], route_class=LateRoute)


class RatingCreate(Write):
    """What a visitor thinks."""

    score: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT)] = ""


class WidgetRating(Read):
    """Whether to ask the visitor about the last resolution, by its number, and what they said."""

    resolution: int | None = None
    ask: bool = False
    may_rate: bool = False
    until: datetime | None = None
    score: int | None = None
    comment: str = ""

    @classmethod
    def of(cls, found: RatingState | None) -> "WidgetRating":
        """Build it."""
        if found is None:
            return cls()
        given = found.rating
        return cls(
            resolution=found.resolution, ask=found.ask, may_rate=found.may_rate, until=found.until,
            score=given.score if given else None, comment=given.comment if given else "",
        )  # fmt: skip


@router.get("/rating", summary="May the visitor rate", responses=problems(401, 403, 404, 422, 429))
async def read_rating(place: OpenPlace, visitor: Visitor, runtime: CurrentRuntime) -> WidgetRating:
    """Return whether to ask the visitor how the dialog went, and what they said."""
    if visitor.conversation_id is None:
        return WidgetRating()
    async with runtime.db.fast.acquire(place.workspace_id) as conn:
        found = await promises.rating_state(conn, ConversationId(visitor.conversation_id))
    return WidgetRating.of(found)


@router.post("/rating", summary="Rate", responses=problems(401, 403, 404, 409, 422, 429))
async def rate(
    body: RatingCreate, place: OpenPlace, visitor: Speaker, runtime: CurrentRuntime, address: ClientAddress
) -> WidgetRating:  # fmt: skip
    """Rate the last resolution, or change the rating within a day."""
    await runtime.limiter.hit(WRITES, "widget-write", address)
    if visitor.conversation_id is None:
        raise NothingToRate
    async with runtime.db.fast.transaction(place.workspace_id) as conn:
        found = await promises.rate(
            runtime, conn, ConversationId(visitor.conversation_id), score=body.score, comment=body.comment
        )  # fmt: skip
    return WidgetRating.of(found)
