"""What comes in and goes out over `/llm`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from besedka.core.pagination import MAX_LIMIT
from besedka.core.schemas import Read, Write
from besedka.kernel.conversations.schemas import Body, Files
from besedka.kernel.conversations.types import LONGEST_KEY
from besedka.kernel.llm.service import UsableModel, Whose
from besedka.kernel.llm.types import Ability, WireKind
from besedka.products.chat.types import (
    LONGEST_INSTRUCTIONS,
    LONGEST_PROMPT,
    LONGEST_PROMPT_NAME,
    LONGEST_SUMMARY,
    LONGEST_TAG,
    MOST_COMPARED,
    MOST_TAGS,
    SHARE_DAYS,
    Asked,
    Compared,
    Estimate,
    ImportState,
    Prompt,
    PromptChange,
    PromptsWanted,
    Rating,
    Run,
    Setup,
    Share,
    Summary,
    Turn,
)

ModelName = Annotated[str, Field(max_length=200)]
Tag = Annotated[str, Field(max_length=LONGEST_TAG)]
PromptName = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PROMPT_NAME)]
PromptBody = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PROMPT)]
_TOLD = (
    "run",
    "model",
    "finish",
    "failure",
    "usage",
    "cost",
    "seconds",
    "provider",
    "assistant",
    "mode",
)
_WORDS = {Rating.GOOD: "good", Rating.BAD: "bad"}


class LongPriceRead(Read):
    """What a call costs whose input has more than `above` tokens."""

    above: int
    input: int
    output: int
    cached_input: int


class PriceRead(Read):
    """Millionths of the currency per million tokens; `cached_input` is input that the provider had kept."""

    currency: str
    input: int
    output: int
    cached_input: int
    long: LongPriceRead | None


class UsableRead(Read):
    """A model that can be asked.

    `provider` is the protocol that it is spoken to in. `key` says whose key pays: the caller's (`person`), the `workspace`'s or
    the `installation`'s; `own` that it is not the installation's, so that nothing is charged. `context` is in tokens.
    """

    id: str
    name: str
    provider: WireKind
    own: bool
    key: Whose
    default: bool
    context: int | None
    price: PriceRead | None
    abilities: list[Ability] | None


def shown(model: UsableModel) -> UsableRead:
    """Return a model as it is shown."""
    abilities = None if model.abilities is None else [a for a in Ability if a in model.abilities]
    return UsableRead(
        id=model.id, name=model.name, provider=model.kind, own=model.own, key=model.provider.whose,
        default=model.default,
        context=model.context, abilities=abilities,
        price=None if model.price is None else PriceRead.model_validate(model.price),
    )  # fmt: skip


class QuestionCreate(Write):
    """A question: words, files, or both.

    Without `model` the chat's own answers. `edits` is the place of an earlier question that it stands in for: a new branch.
    The same `key` with the same again gives the first question's answer.
    """

    attachments: Files = Field(default_factory=list)
    content: Body = ""
    model: ModelName = ""
    edits: int | None = Field(None, ge=1)
    key: str = Field("", max_length=LONGEST_KEY)

    def asked(self) -> Asked:
        """Return it as the service takes it."""
        return Asked(
            content=self.content, model=self.model, files=tuple(self.attachments), edits=self.edits,
            key=self.key,
        )  # fmt: skip


class Comparison(QuestionCreate):
    """A question for several models, which answer it side by side; "" stands for the chat's own."""

    model: Literal[""] = ""
    models: Annotated[list[ModelName], Field(min_length=2, max_length=MOST_COMPARED)]


class Again(Write):
    """One more answer, by another model if one is named."""

    model: ModelName = ""
    stream: bool = False


class SetupUpdate(Write):
    """What changes of how a chat is answered; "" stands for the default model, or for no instructions."""

    model: ModelName | None = None
    instructions: str | None = Field(None, max_length=LONGEST_INSTRUCTIONS)


class SetupRead(Read):
    """How a chat is answered."""

    model: str
    instructions: str


class BranchChoice(Write):
    """A message whose newest branch is to be shown."""

    seq: int = Field(ge=1)


class RatingUpdate(Write):
    """What the reader thinks of an answer; null takes it back."""

    rating: Literal["good", "bad"] | None

    def rated(self) -> Rating | None:
        """Return it as the service takes it."""
        return next((rating for rating, word in _WORDS.items() if word == self.rating), None)


class FileRead(Read):
    """A file of a question."""

    id: UUID
    name: str
    media_type: str


class TokensRead(Read):
    """Tokens that an answer took; `estimated` when the provider did not count them."""

    input: int
    output: int
    cached_input: int
    estimated: bool


class CostRead(Read):
    """What an answer cost, in millionths of the currency."""

    micro: int
    currency: str


class AssistantListed(Read):
    """An assistant that can be asked; its `id` stands where a model is named."""

    id: str
    name: str


class SourceRead(Read):
    """What an assistant's answer stands on: `[n]` in its words, and the passage of a document."""

    n: int
    source: UUID
    chunk: UUID
    title: str
    heading: list[str]
    quote: str
    page: int | None
    url: str


class TurnRead(Read):
    """A question or an answer on the branch that is shown.

    `siblings` are the places of its versions, its own among them. The rest is told of answers: `about` is what the
    model was told of the person who asked, by their leave, `trimmed` is how many earlier messages had no room in the
    model's context, `summed_up` how many of them a summary stood for, `unread` names files that the model could not read,
    `finish` is `stop`, `length`, `balance` (which paid for no more), `content_filter`, `stopped` or `cut`, `seconds` is how long it
    took. `provider` is who answered, `instead_of` who were asked before and did not answer. An `assistant`'s answer has `citations`
    and a `mode`: `model`, `extractive`, `unknown` and others.
    """

    id: UUID
    seq: int
    parent_seq: int
    role: Literal["user", "assistant"]
    content: str
    attachments: list[FileRead]
    siblings: list[int]
    rating: Literal["good", "bad"] | None
    created_at: datetime | None
    run: UUID | None
    model: str | None
    finish: str | None
    failure: str | None
    usage: TokensRead | None
    cost: CostRead | None
    seconds: float | None
    provider: str | None
    instead_of: list[str]
    about: str
    trimmed: int
    summed_up: int = 0
    unread: list[str]
    assistant: UUID | None = None
    mode: str | None = None
    citations: list[SourceRead] = Field(default_factory=list)


class AnsweredRead(Read):
    """What came of a question; without a message when it was stopped before the first word."""

    run: UUID
    question_seq: int
    state: str
    message: TurnRead | None


class SideRead(Read):
    """One of the answers to a question: how far it is, and itself once it is there."""

    run: UUID
    model: str
    state: str
    failure: str | None
    message: TurnRead | None


class ComparedRead(Read):
    """The answers to a question, side by side."""

    question_seq: int
    answers: list[SideRead]


class ShareCreate(Write):
    """How long a link is to open the chat."""

    days: int = Field(7, ge=1, le=max(SHARE_DAYS))


class ShareRead(Read):
    """A link of mine to a chat as it was at `created_at`; what it opens is not told again."""

    id: UUID
    chat: UUID
    title: str
    created_at: datetime
    expires_at: datetime


class ShareMade(ShareRead):
    """A new link: `url` is told this once."""

    url: str


class EstimateRead(Read):
    """What a question would take.

    `input_tokens` are read, an answer has `most_tokens` at most, `trimmed` earlier messages have no room. `cost` is the most
    that it comes to, null where the price is unknown; `charged` says whether it is taken from the balance, and `lacks` how
    much is missing there (in millionths): such a question is refused, as is one of an unknown price while balances are charged.
    """

    model: str
    input_tokens: int
    most_tokens: int
    trimmed: int
    cost: CostRead | None
    charged: bool
    lacks: int


class ExportRead(Read):
    """A chat to take away: how it is answered, and the branch that is shown. `POST /llm/imports` takes it in again."""

    title: str
    tags: list[str] = Field(default_factory=list)
    model: str
    instructions: str
    messages: list[TurnRead]


class NoteRead(Read):
    """Why a chat did not come in, or not whole.

    `reason` is `unknown`, `empty` or `too_many` (messages) of a chat that was left out; `files`, `tools`, `shortened` (messages)
    of one that came in without `count` of them.
    """

    title: str
    reason: str
    count: int


class ImportRead(Read):
    """An import: `queued`, `working`, `done` or `failed`; bytes that were read, chats that were `made`, those that were there
    already (`known`), those that were `skipped`, and the first 200 notes.
    """

    id: UUID
    name: str
    state: ImportState
    done_bytes: int
    all_bytes: int
    made: int
    known: int
    skipped: int
    notes: list[NoteRead]
    failure: str | None
    created_at: datetime | None


class SummaryUpdate(Write):
    """What a summary is to say; "" has it not used."""

    body: str = Field(max_length=LONGEST_SUMMARY)


class SummaryRead(Read):
    """What was said until a message, in short: models that have no room for all of it read this in its place.

    Without a `body` it is not used: it was emptied, or could not be made (`failure`). `edited` says that somebody
    changed it; the rest is told of the one that `model` made.
    """

    until_seq: int
    body: str
    model: str
    edited: bool
    failure: str | None
    usage: TokensRead | None
    cost: CostRead | None
    created_at: datetime | None


class PromptsQuery(Write):
    """Which prompts a list shows."""

    q: str = Field("", max_length=200, description="Words of names, bodies and tags.")
    tag: Tag | None = None
    shared: bool | None = Field(None, description="Only the shared ones, or only my own.")
    after: UUID | None = Field(None, description="The last id of the page before.")
    limit: int = Field(50, ge=1, le=MAX_LIMIT, description="Rows of a page, at most 200.")

    def wanted(self) -> PromptsWanted:
        """Return it as the service takes it, with one more to see whether there is more."""
        return PromptsWanted(
            text=self.q, tag=self.tag, shared=self.shared, after=self.after, limit=self.limit + 1
        )


class PromptCreate(Write):
    """A prompt. `{{name}}` and `{{name=default}}` in it are asked for when it is used; a shared one is everybody's."""

    name: PromptName
    body: PromptBody
    tags: Annotated[list[Tag], Field(max_length=MOST_TAGS)] = Field(default_factory=list)
    shared: bool = False

    def change(self) -> PromptChange:
        """Return it as the service takes it."""
        return PromptChange(
            name=self.name, body=self.body, tags=tuple(self.tags), shared=self.shared
        )


class PromptUpdate(Write):
    """What changes of a prompt; what is left out stays."""

    name: PromptName | None = None
    body: PromptBody | None = None
    tags: Annotated[list[Tag], Field(max_length=MOST_TAGS)] | None = None
    shared: bool | None = None

    def change(self, found: Prompt) -> PromptChange:
        """Return what a prompt is to be."""
        return PromptChange(
            name=self.name or found.name, body=self.body or found.body,
            tags=found.tags if self.tags is None else tuple(self.tags),
            shared=found.shared if self.shared is None else self.shared,
        )  # fmt: skip


class VariableRead(Read):
    """What is asked for when a prompt is used; a `default` of null means that something has to be said."""

    name: str
    default: str | None


class PromptListed(Read):
    """A prompt in a list: `line` is how it begins."""

    id: UUID
    name: str
    line: str
    tags: list[str]
    shared: bool
    may_change: bool
    variables: list[VariableRead]


class PromptRead(PromptListed):
    """A prompt. Others' shared ones are for administrators to change."""

    body: str
    updated_at: datetime


class Values(Write):
    """What the variables of a prompt stand for."""

    values: dict[
        Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=LONGEST_PROMPT)]
    ] = Field(default_factory=dict, max_length=60)


class FilledRead(Read):
    """A prompt's words with its variables filled."""

    text: str


def shown_estimate(found: Estimate) -> EstimateRead:
    """Return an estimate as it is shown."""
    cost = found.cost
    return EstimateRead(
        model=found.model, input_tokens=found.input_tokens, most_tokens=found.most_tokens, trimmed=found.trimmed,
        cost=None if cost is None else CostRead(micro=cost.micro, currency=cost.currency), charged=found.charged,
        lacks=found.lacks,
    )  # fmt: skip


def shown_summary(summary: Summary) -> SummaryRead:
    """Return a summary as it is shown."""
    return SummaryRead.model_validate(
        {
            "until_seq": summary.until_seq, "body": summary.body, "model": summary.model, "edited": summary.is_edited,
            "failure": summary.failure, "created_at": summary.created_at,
            **{name: summary.told.get(name) for name in ("usage", "cost")},
        }
    )  # fmt: skip


def shown_setup(setup: Setup) -> SetupRead:
    """Return how a chat is answered as it is shown."""
    return SetupRead(model=setup.model, instructions=setup.instructions)


def shown_turn(turn: Turn) -> TurnRead:
    """Return a turn as it is shown."""
    meta: Mapping[str, JsonValue] = turn.meta if turn.is_answer else {}
    return TurnRead.model_validate(
        {
            "id": turn.id, "seq": turn.seq, "parent_seq": turn.parent_seq, "content": turn.text,
            "role": "assistant" if turn.is_answer else "user",
            "attachments": [
                {"id": each.id, "name": each.name, "media_type": each.media_type} for each in turn.files
            ],
            "siblings": turn.siblings, "rating": None if turn.rating is None else _WORDS[turn.rating],
            "created_at": turn.created_at,
            **{name: meta.get(name) for name in _TOLD},
            "instead_of": meta.get("instead_of", []), "about": meta.get("about", ""), "trimmed": meta.get("trimmed", 0),
            "summed_up": meta.get("summed_up", 0), "unread": meta.get("unread", []), "citations": meta.get("citations", []),
        }
    )  # fmt: skip


def shown_answer(run: Run, turn: Turn | None) -> AnsweredRead:
    """Return what came of a run as it is shown."""
    return AnsweredRead(
        run=run.id, question_seq=run.question_seq, state=run.state, message=None if turn is None else shown_turn(turn)
    )  # fmt: skip


def shown_side_by_side(question_seq: int, found: Sequence[Compared]) -> ComparedRead:
    """Return the answers to a question as they are shown."""
    return ComparedRead(
        question_seq=question_seq,
        answers=[
            SideRead(
                run=each.run.id, model=each.run.model, state=each.run.state, failure=each.run.failure,
                message=None if each.turn is None else shown_turn(each.turn),
            )
            for each in found
        ],
    )  # fmt: skip


def shown_share(share: Share) -> ShareRead:
    """Return a link as it is shown."""
    return ShareRead(
        id=share.id, chat=share.conversation_id, title=share.title, created_at=share.created_at,
        expires_at=share.expires_at,
    )  # fmt: skip
