"""Bodies and forms of ready replies and macros."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from besedka.core.schemas import Read, Write
from besedka.products.desk.types import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_STEPS,
    CannedChange,
    Step,
    StepState,
)

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)
]
Body = Annotated[str, Field(max_length=LONGEST_TEXT)]


class CannedWrite(Write):
    """A ready reply: a short name, and a text in one language or both.

    It may name `{{contact.name}}`, `{{operator.name}}`, `{{assistant.name}}` and `{{dialog.id}}`.
    """

    name: Name
    body_ru: Body = ""
    body_en: Body = ""
    shared: bool = False

    def change(self) -> CannedChange:
        """What is to be saved."""
        return CannedChange(self.name, self.body_ru, self.body_en, self.shared)


class CannedRead(Read):
    """A ready reply; `shared` ones are everybody's."""

    id: UUID
    name: str
    body_ru: str
    body_en: str
    shared: bool


class FilledRead(Read):
    """A ready reply's words for one dialog."""

    body: str


class CannedTable(Write):
    """Ready replies as CSV with the columns name, ru, en. Those of the same name say this from now on."""

    table: Annotated[str, Field(max_length=1_000_000)]
    shared: bool = False


class ImportedRead(Read):
    """How many ready replies a table had."""

    count: int


class StepWrite(Write):
    """A step: `reply` (value: a ready reply), `note` (a text), `label`, `unlabel` (a label), `take`, `assign` (an actor), `team` (a team).

    Also `priority` (`low` to `urgent`), `snooze` (`hour`, `tomorrow`, `next_week`), `return` and `resolve`.
    """

    do: Annotated[str, Field(min_length=1, max_length=40)]
    value: Body = ""


class MacroWrite(Write):
    """A macro: a name and its steps in their order."""

    name: Name
    steps: Annotated[list[StepWrite], Field(min_length=1, max_length=MOST_STEPS)]

    def given(self) -> list[Step]:
        """The steps."""
        return [Step(each.do, each.value) for each in self.steps]


class StepRead(Read):
    """A step of a macro."""

    do: str
    value: str


class MacroRead(Read):
    """A macro."""

    id: UUID
    name: str
    steps: list[StepRead]


class TakenRead(StepRead):
    """What became of a step; `code` and `reason` say why it failed."""

    state: StepState
    code: str
    reason: str


class ReportRead(Read):
    """What a macro did: up to a step that failed, and nothing after it."""

    name: str
    steps: list[TakenRead]
