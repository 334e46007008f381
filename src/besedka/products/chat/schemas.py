"""What comes in and goes out over `/llm`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue

from besedka.core.schemas import Read, Write
from besedka.kernel.conversations.schemas import Body, Files
from besedka.kernel.conversations.types import LONGEST_KEY
from besedka.kernel.llm.service import UsableModel, Whose
from besedka.kernel.llm.types import Ability, WireKind
from besedka.products.chat.types import (
    LONGEST_INSTRUCTIONS,
    Asked,
    Estimate,
    Rating,
    Run,
    Setup,
    Turn,
)

ModelName = Annotated[str, Field(max_length=200)]
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


class TurnRead(Read):
    """A question or an answer on the branch that is shown.

    `siblings` are the places of its versions, its own among them. The rest is told of answers: `about` is what the
    model was told of the person who asked, by their leave, `trimmed` is how many earlier messages had no room in the
    model's context, `unread` names files that the model could not read, `finish` is `stop`, `length`, `content_filter`,
    `stopped` or `cut`. `provider` is who answered, `instead_of` who were asked before and did not answer.
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
    provider: str | None
    instead_of: list[str]
    about: str
    trimmed: int
    unread: list[str]


class AnsweredRead(Read):
    """What came of a question; without a message when it was stopped before the first word."""

    run: UUID
    question_seq: int
    state: str
    message: TurnRead | None


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
    """A chat to take away: how it is answered, and the branch that is shown."""

    title: str
    model: str
    instructions: str
    messages: list[TurnRead]


def shown_estimate(found: Estimate) -> EstimateRead:
    """Return an estimate as it is shown."""
    cost = found.cost
    return EstimateRead(
        model=found.model, input_tokens=found.input_tokens, most_tokens=found.most_tokens, trimmed=found.trimmed,
        cost=None if cost is None else CostRead(micro=cost.micro, currency=cost.currency), charged=found.charged,
        lacks=found.lacks,
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
            **{name: meta.get(name) for name in ("run", "model", "finish", "failure", "usage", "cost", "provider")},
            "instead_of": meta.get("instead_of", []),
            "about": meta.get("about", ""), "trimmed": meta.get("trimmed", 0), "unread": meta.get("unread", []),
        }
    )  # fmt: skip


def shown_answer(run: Run, turn: Turn | None) -> AnsweredRead:
    """Return what came of a run as it is shown."""
    return AnsweredRead(
        run=run.id, question_seq=run.question_seq, state=run.state, message=None if turn is None else shown_turn(turn)
    )  # fmt: skip
