"""Words of the module as types."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.types import ConversationId

SHARES: Final = "desk.share"
"""The permission to make and change what all operators use: shared replies and macros."""
MOST_REPLIES = 500
"""Shared ready replies, and as many of one person's own."""
MOST_MACROS = 100
MOST_STEPS = 10
LONGEST_NAME = 40
LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Canned:
    """A ready reply, in one language or both; nobody owns a shared one."""

    id: UUID
    owner_id: ActorId | None
    name: str
    body_ru: str
    body_en: str

    @property
    def shared(self) -> bool:
        """Whether all operators have it."""
        return self.owner_id is None

    def body(self, locale: str) -> str:
        """Return the text in a language, or the one that there is."""
        wanted, other = (
            (self.body_ru, self.body_en) if locale == "ru" else (self.body_en, self.body_ru)
        )
        return wanted or other


@dataclass(frozen=True, slots=True)
class CannedChange:
    """What a ready reply is to say, and whether it is for all."""

    name: str
    body_ru: str
    body_en: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a macro: what is done, and with what."""

    do: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Macro:
    """A named list of steps."""

    id: UUID
    name: str
    steps: Sequence[Step]


class StepState(StrEnum):
    """What became of a step; after one that failed the others are not taken."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Taken:
    """A step and what became of it; `code` and `params` of the error say why it failed."""

    step: Step
    state: StepState
    code: str = ""
    reason: str = ""


class Wants(StrEnum):
    """What a kind of step is done with."""

    NOTHING = "nothing"
    CANNED = "canned"
    TEXT = "text"
    LABEL = "label"
    PERSON = "person"
    PRIORITY = "priority"
    TEAM = "team"
    SNOOZE = "snooze"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a macro runs: on which dialog, for whom, and under which key, so that words are said once."""

    workspace_id: WorkspaceId
    dialog_id: ConversationId
    identity: Identity
    key: str
