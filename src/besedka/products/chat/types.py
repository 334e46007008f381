"""Words of the module as types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from pydantic import JsonValue

from besedka.core.ids import ActorId
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.ledger.types import HoldId
from besedka.kernel.llm.types import Cost

LONGEST_INSTRUCTIONS = 8000


class RunState(StrEnum):
    """Where an answer is."""

    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


ENDED = frozenset({RunState.DONE, RunState.STOPPED, RunState.FAILED})


class End(StrEnum):
    """Why an answer ends: the model was done, it or we had no more room, its rules, its reader, or it broke off."""

    STOP = "stop"
    LENGTH = "length"
    FILTER = "content_filter"
    STOPPED = "stopped"
    CUT = "cut"


class Rating(IntEnum):
    """What its reader thinks of an answer."""

    BAD = -1
    GOOD = 1


@dataclass(frozen=True, slots=True)
class Setup:
    """How a chat is answered, and its last message on the branch that is shown (0: none yet)."""

    model: str = ""
    instructions: str = ""
    leaf_seq: int = 0
    about: str = ""
    """What is told of the person who asks, by their own leave."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a question."""

    id: UUID
    name: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A question or an answer at its place on a branch. `siblings` are its versions, itself among them."""

    seq: int
    parent_seq: int
    is_answer: bool
    id: UUID
    text: str
    files: Sequence[Attached] = ()
    meta: Mapping[str, JsonValue] = field(default_factory=dict)
    rating: Rating | None = None
    siblings: Sequence[int] = ()
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An answer that is made or was made. `partial` is what was said so far by the attempt."""

    id: UUID
    conversation_id: ConversationId
    question_seq: int
    answer_seq: int | None
    asker_id: ActorId
    model: str
    state: RunState
    attempts: int
    partial: str
    failure: str | None
    hold_id: HoldId | None
    max_tokens: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as its asker sends it. `edits` names the question that it stands in for."""

    content: str
    model: str = ""
    files: tuple[UUID, ...] = ()
    edits: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a question would take: tokens that are read, tokens of the longest answer, and what that costs at most.

    `cost` is None where the price is unknown; `charged` says whether it is taken from the balance, and `lacks` how much (in
    micro-units) is missing there.
    """

    model: str
    input_tokens: int
    most_tokens: int
    trimmed: int
    cost: Cost | None
    charged: bool
    lacks: int = 0
