"""Words of the module as types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final
from uuid import UUID

from pydantic import JsonValue

from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.ledger.types import HoldId
from besedka.kernel.llm.types import Cost

LONGEST_INSTRUCTIONS = 8000
LONGEST_SUMMARY = 8000
PROMPTS_MANAGE: Final = "prompts.manage"
"""The permission to change and delete prompts that others shared."""
LONGEST_PROMPT = 8000
LONGEST_PROMPT_NAME = 80
MOST_PROMPTS = 300
"""Shared prompts of a workspace, and as many of one person's own."""
MOST_TAGS = 20
LONGEST_TAG = 60
SHARED = "/shared"
"""Where links to chats lead."""
MOST_SHARES = 200
"""Links of one person that have not expired."""
SHARE_DAYS = (1, 7, 30, 90)
"""How long a link may last."""
MOST_COMPARED = 4
"""Models that answer a question side by side."""


class RunState(StrEnum):
    """Where an answer is."""

    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


ENDED = frozenset({RunState.DONE, RunState.STOPPED, RunState.FAILED})


class End(StrEnum):
    """Why an answer ends: the model was done, it or we had no more room, the balance pays for no more, its rules, its reader, or it broke off."""

    STOP = "stop"
    LENGTH = "length"
    BALANCE = "balance"
    FILTER = "content_filter"
    STOPPED = "stopped"
    CUT = "cut"


class Rating(IntEnum):
    """What its reader thinks of an answer."""

    BAD = -1
    GOOD = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was said until a turn, in short. Without words it failed, or its reader does not want it used."""

    until_seq: int
    body: str
    model: str = ""
    told: Mapping[str, JsonValue] = field(default_factory=dict)
    is_edited: bool = False
    failure: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """How a chat is answered, and its last message on the branch that is shown (0: none yet)."""

    model: str = ""
    instructions: str = ""
    leaf_seq: int = 0
    about: str = ""
    """What is told of the person who asks, by their own leave."""
    summaries: tuple[Summary, ...] = ()
    """Of all branches, with words, the earliest first."""


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


@dataclass(frozen=True, slots=True)
class Talk:
    """What a question comes after: how the chat is answered, the message before and the branch up to it.

    `speaker` says the answer: the system, if it has spoken in the workspace before.
    """

    setup: Setup
    parent_seq: int
    before: tuple[Turn, ...]
    speaker: ActorId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An answer that is made or was made. `partial` is what was said so far by the attempt.

    `is_compared`: several models answer the question side by side, and this is the one of a `place`.
    """

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
    answer: Turn | None = None
    """What was answered, where that is at hand."""
    place: int = 0
    is_compared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A link to a branch as it was at a moment, for anybody who has it, until it expires."""

    id: UUID
    workspace_id: WorkspaceId
    conversation_id: ConversationId
    leaf_seq: int
    title: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Compared:
    """One of several answers to a question: its making, and itself once it is there."""

    run: Run
    turn: Turn | None


ASSISTANT: Final = "assistant:"
"""Before an assistant's id where a model can be named."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and whether they may ask the workspace's assistants."""

    id: ActorId
    has_assistants: bool


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What is asked for when a prompt is used; without a default something has to be said."""

    name: str
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Words that are kept to be asked again. A shared one stays when its author is gone."""

    id: UUID
    author_id: ActorId | None
    shared: bool
    name: str
    body: str
    tags: tuple[str, ...]
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptChange:
    """What a prompt is to be."""

    name: str
    body: str
    tags: tuple[str, ...] = ()
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsWanted:
    """Which prompts a list shows: with these words, this tag, all or only the shared or one's own; after the one named."""

    text: str = ""
    tag: str | None = None
    shared: bool | None = None
    after: UUID | None = None
    limit: int = 50


class ImportState(StrEnum):
    """Where an import is."""

    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Note:
    """Why a chat did not come in, or not whole: a code, and how many of its parts that is about."""

    title: str
    reason: str
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A file of chats from elsewhere: how far it is read, and what came of it."""

    id: UUID
    actor_id: ActorId
    file_id: UUID | None
    name: str
    state: ImportState
    done_bytes: int = 0
    all_bytes: int = 0
    made: int = 0
    known: int = 0
    skipped: int = 0
    notes: tuple[Note, ...] = ()
    failure: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A turn of a chat from elsewhere, after another one or (None) as a beginning."""

    id: str
    parent: str | None
    is_answer: bool
    text: str
    at: datetime | None = None
    meta: Mapping[str, JsonValue] = field(default_factory=dict)
    rating: Rating | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A chat from elsewhere: its turns with parents before children, and the last one that was shown there."""

    key: str
    title: str
    nodes: Sequence[Node]
    leaf: str
    tags: tuple[str, ...] = ()
    model: str = ""
    instructions: str = ""
    is_favorite: bool = False
    is_archived: bool = False
    notes: tuple[Note, ...] = ()
