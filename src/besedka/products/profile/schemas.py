"""What the API of the profile takes and gives."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from besedka.core.schemas import Read, Write
from besedka.products.profile.types import (
    LONGEST_MESSAGE,
    LONGEST_NAME,
    MOST_FACTS,
    USUAL_WEIGHT,
    Deed,
    Draft,
    Fact,
    FactId,
    Kind,
    Origin,
    State,
)

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Weight = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Weighed(Write):
    """A fact by its name. Without a weight it keeps the one it has; a new one weighs 0.5."""

    name: Name
    weight: Weight | None = None


Facts = Annotated[list[Name | Weighed], Field(max_length=MOST_FACTS, default_factory=list)]


class ProfileWrite(Write):
    """The profile as it shall be. A kind that is given holds exactly these facts then; one that is left out stays."""

    values: Facts
    beliefs: Facts
    interests: Facts
    skills: Facts
    desires: Facts
    intentions: Facts

    def wanted(self) -> dict[Kind, list[Draft]]:
        """Return the kinds that are given, with their facts."""
        return {
            kind: [_draft(kind, each) for each in getattr(self, kind)]
            for kind in Kind
            if kind.value in self.model_fields_set
        }


def _draft(kind: Kind, given: str | Weighed) -> Draft:
    if isinstance(given, str):
        return Draft(kind, given)
    return Draft(kind, given.name, given.weight)


class WeighedRead(Read):
    """A fact of the profile, as it was weighed."""

    name: str
    weight: float


class ProfileRead(Read):
    """The accepted facts by kinds, the weightiest first. What waits for a yes is under `/profile/facts`."""

    values: list[WeighedRead]
    beliefs: list[WeighedRead]
    interests: list[WeighedRead]
    skills: list[WeighedRead]
    desires: list[WeighedRead]
    intentions: list[WeighedRead]


def profile_of(facts: Sequence[Fact]) -> ProfileRead:
    """Return the accepted ones among facts, by kinds."""
    by_kind = {
        kind.value: [
            {"name": each.name, "weight": each.weight}
            for each in facts
            if each.kind is kind and each.state is State.ACCEPTED
        ]
        for kind in Kind
    }
    return ProfileRead.model_validate(by_kind)


class SourceRead(Read):
    """The words that a fact was read from, and what read them."""

    quote: str
    reader: Origin
    at: datetime


class FactRead(Read):
    """A fact or a proposal. `strength` is what is left of its weight since `confirmed_at`."""

    id: FactId
    kind: Kind
    name: str
    weight: float
    strength: float
    state: State
    origin: Origin
    confirmed_at: datetime
    created_at: datetime
    sources: list[SourceRead]


class FactCreate(Write):
    """A fact that one adds."""

    kind: Kind
    name: Name
    weight: Weight = USUAL_WEIGHT


class FactUpdate(Write):
    """What changes of a fact; an empty object stands by it as it is."""

    kind: Kind | None = None
    name: Name | None = None
    weight: Weight | None = None


class Analyze(Write):
    """A message to be read for what it says of its author."""

    message: Annotated[str, Field(min_length=1, max_length=LONGEST_MESSAGE)]


class AnalysisRead(Read):
    """What was found. `reader` is honest about who read: a `model`, or `rules`, and then `failure` says whether a model failed.

    `known` counts what the profile said already.
    """

    reader: Origin
    failure: str
    known: int
    facts: list[FactRead]


class ChoicesRead(Read):
    """`in_answers`: the profile shapes answers. `accepts_itself`: what an analysis finds enters without a yes."""

    in_answers: bool
    accepts_itself: bool


class ChoicesUpdate(Write):
    """The same, chosen."""

    in_answers: bool | None = None
    accepts_itself: bool | None = None


class PromptRead(Read):
    """The exact text that is added to a prompt, and the facts that it tells."""

    text: str
    in_answers: bool
    facts: list[FactRead]


class ChangeRead(Read):
    """What happened to a fact; `by` says whether it was the person, a model or rules."""

    id: UUID
    fact_id: FactId
    kind: Kind
    deed: Deed
    by: Origin
    name: str
    weight: float
    name_before: str | None
    weight_before: float | None
    at: datetime
