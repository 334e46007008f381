"""What times to meet take and give."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from besedka.core.schemas import Read, Write
from besedka.products.hiring.errors import BadSlot
from besedka.products.hiring.meeting import (
    LEAST_MINUTES,
    LONGEST_PLACE,
    MOST_MINUTES,
    MOST_OFFERED,
    Offer,
    Slot,
    SlotState,
)


class OfferBody(Write):
    """A time that is offered."""

    starts_at: AwareDatetime
    minutes: Annotated[int, Field(ge=LEAST_MINUTES, le=MOST_MINUTES)] = 30


class SlotsCreate(Write):
    """Times that are offered. `place`: an address, or where to call; `zone`: in which the letters spell them."""

    slots: Annotated[list[OfferBody], Field(min_length=1, max_length=MOST_OFFERED)]
    place: Annotated[str, StringConstraints(max_length=LONGEST_PLACE)] = ""
    zone: Annotated[str, StringConstraints(max_length=60)] = "UTC"

    def offers(self) -> list[Offer]:
        """Return the times. Raises BadSlot for one that no calendar has."""
        try:
            return [Offer(each.starts_at.astimezone(UTC), each.minutes) for each in self.slots]
        except OverflowError as error:
            raise BadSlot(field="starts_at") from error


class SlotRead(Read):
    """A time to meet."""

    id: UUID
    starts_at: datetime
    minutes: int
    zone: str
    place: str
    state: SlotState

    @classmethod
    def of(cls, slot: Slot) -> "SlotRead":
        """Show a time."""
        return cls.model_validate(slot)
