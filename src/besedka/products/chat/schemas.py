"""What goes out over `/llm`."""

from besedka.core.schemas import Read
from besedka.kernel.llm.service import UsableModel
from besedka.kernel.llm.types import Ability, WireKind


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

    `provider` is the protocol that it is spoken to in, `own` says whether the workspace's own key pays. `context` is
    in tokens.
    """

    id: str
    name: str
    provider: WireKind
    own: bool
    default: bool
    context: int | None
    price: PriceRead | None
    abilities: list[Ability] | None


def shown(model: UsableModel) -> UsableRead:
    """Return a model as it is shown."""
    abilities = None if model.abilities is None else [a for a in Ability if a in model.abilities]
    return UsableRead(
        id=model.id, name=model.name, provider=model.kind, own=model.own, default=model.default,
        context=model.context, abilities=abilities,
        price=None if model.price is None else PriceRead.model_validate(model.price),
    )  # fmt: skip
