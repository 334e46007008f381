"""What the inbox's forms send: every field may be missing or empty, as browsers send them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from besedka.core.errors import InvalidInput
from besedka.core.ids import ActorId
from besedka.kernel.conversations.schemas import Colour
from besedka.kernel.conversations.types import (
    LONGEST_BODY,
    LONGEST_LABEL,
    ConversationId,
    Priority,
    Snooze,
)
from besedka.products.inbox import service
from besedka.products.inbox.types import COLOURS, LONGEST_VIEW, MOST_BULK, BulkAction


class ActForm(BaseModel):
    """The fields of all that can be done with a dialog."""

    epoch: int | None = Field(None, ge=0, lt=2**31)
    when: str = Field("", max_length=40)
    date: str = Field("", max_length=40)
    zone: str = Field("", max_length=60)
    target: str = Field("", max_length=60)
    note: str = Field("", max_length=LONGEST_BODY)
    priority: Priority = Priority.NORMAL
    labels: list[UUID] = Field(default_factory=list, max_length=200)
    new_label: str = Field("", max_length=LONGEST_LABEL)
    new_colour: Colour = COLOURS[0]
    back: str = Field("", max_length=500)

    def until(self, now: datetime) -> datetime:
        """Return until when a dialog is put off. Raises InvalidInput."""
        return until_of(self.when, date=self.date, zone=self.zone, now=now)

    def transfer(self) -> service.Transfer:
        """Return whom a dialog is handed to. Raises InvalidInput."""
        kind, _, name = self.target.partition(":")
        if kind == "queue":
            return service.Transfer(note=self.note.strip(), epoch=self.epoch)
        found = id_of(name, field="target")
        if kind == "team":
            return service.Transfer(team=found, note=self.note.strip(), epoch=self.epoch)
        return service.Transfer(to=ActorId(found), note=self.note.strip(), epoch=self.epoch)


class ManyForm(BaseModel):
    """An action on the chosen dialogs, or on all that the list's filters choose (`every`)."""

    ids: list[ConversationId] = Field(default_factory=list, max_length=MOST_BULK)
    every: bool = False
    query: str = Field("", max_length=1000)
    what: str = Field("", max_length=80)
    zone: str = Field("", max_length=60)

    def bulk(self, now: datetime) -> service.Bulk:
        """Return what is done with them. Raises InvalidInput."""
        name, _, value = self.what.partition(":")
        try:
            action = BulkAction.ASSIGN if name in {"person", "team"} else BulkAction(name)
            priority = Priority(value) if action is BulkAction.PRIORITY else None
        except ValueError as error:
            raise InvalidInput(field="what") from error
        snoozes = action is BulkAction.SNOOZE
        return service.Bulk(
            action=action, priority=priority,
            assignee=ActorId(id_of(value, field="what")) if name == "person" else None,
            team=id_of(value, field="what") if name == "team" else None,
            label=id_of(value, field="what") if name in {"label", "unlabel"} else None,
            until=until_of(value, zone=self.zone, now=now) if snoozes else None,
        )  # fmt: skip


class ViewForm(BaseModel):
    """The name of a view of the list as it is shown."""

    name: str = Field("", max_length=LONGEST_VIEW)
    is_shared: bool = False
    query: str = Field("", max_length=1000)


def until_of(when: str, *, now: datetime, date: str = "", zone: str = "") -> datetime:
    """Return the moment of a choice, or of a date and time in the person's zone. Raises InvalidInput."""
    if not when and date:
        try:
            moment = datetime.fromisoformat(date)
        except ValueError as error:
            raise InvalidInput(field="date") from error
        return moment.replace(tzinfo=service.zone_of(zone))
    try:
        return service.moment_of(Snooze(when), zone=zone, now=now)
    except ValueError as error:
        raise InvalidInput(field="when") from error


def id_of(value: str, *, field: str) -> UUID:
    """Return an id that a form sent. Raises InvalidInput."""
    try:
        return UUID(value)
    except ValueError as error:
        raise InvalidInput(field=field) from error
