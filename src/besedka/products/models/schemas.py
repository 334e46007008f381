"""What comes in and goes out over `/model-servers`, `/model-access` and `/llm/key`, and the forms of the pages."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from besedka.core.errors import InvalidInput
from besedka.core.ids import ActorId
from besedka.core.schemas import Read, Write
from besedka.kernel.accounts.types import Role
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.types import Ability, WantedProvider, WireKind

MICRO = 1_000_000
MOST_MODELS = 500
MOST_PRICE = 10**13
Url = Annotated[str, Field(min_length=1, max_length=1000)]
Secret = Annotated[str, Field(max_length=4000)]
ModelId = Annotated[str, Field(min_length=1, max_length=200)]
Micro = Annotated[int, Field(ge=0, le=MOST_PRICE)]


class PriceWrite(Write):
    """Millionths of the currency per million tokens; 0 where nothing is to be paid."""

    currency: Literal["RUB", "USD"]
    input: Micro
    output: Micro


class ServedWrite(Write):
    """A model of a server. `id` is what people call it, `upstream` its name there, if that is another.

    null: what the server, or else the list of known models, tells. Without a price its cost is unknown.
    """

    id: ModelId
    upstream: Annotated[str, Field(max_length=200)] = ""
    context: int | None = Field(None, ge=1, le=100_000_000)
    abilities: list[Ability] | None = None
    price: PriceWrite | None = None

    def served(self) -> llm.ServedModel:
        """Return the model."""
        price = self.price
        return llm.ServedModel(
            self.id, self.upstream or self.id, self.context,
            None if self.abilities is None else frozenset(self.abilities),
            None if price is None else llm.Price(price.input, price.output, price.input, price.currency),
        )  # fmt: skip


class ServerWrite(Write):
    """A server of models. `api_key` null keeps the stored key while the address stays; an empty one says that none is needed."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    base_url: Url
    kind: WireKind | None = None
    api_key: Secret | None = None
    models: Annotated[list[ServedWrite], Field(min_length=1, max_length=MOST_MODELS)]


class LookWrite(Write):
    """Where to look for models; without an address the usual ports of this machine are looked at."""

    base_url: Annotated[str, Field(max_length=1000)] = ""
    kind: WireKind | None = None
    api_key: Secret = ""


class OrderWrite(Write):
    """Names of providers, the first one first; others come after them."""

    providers: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1000)]


class PriceRead(Read):
    """Millionths of the currency per million tokens."""

    currency: str
    input: int
    output: int


class ServedRead(Read):
    """A model of a server."""

    id: str
    upstream: str
    context: int | None
    abilities: list[Ability] | None
    price: PriceRead | None


class ServerRead(Read):
    """A server of models, without its key. `provider` is what its calls are recorded under."""

    id: UUID
    name: str
    provider: str
    kind: WireKind
    base_url: str
    has_key: bool
    models: list[ServedRead]


class FoundModelRead(Read):
    """A model that a server offers."""

    id: str
    context: int | None
    abilities: list[Ability] | None
    about: str


class FoundServerRead(Read):
    """A server that was found. `software` is its name where it gives itself away."""

    base_url: str
    kind: WireKind
    software: str
    models: list[FoundModelRead]


class FailureRead(Read):
    """What calls failed of, how often and when last."""

    code: str
    count: int
    last: datetime


class ModelHealthRead(Read):
    """How calls of a model went. Milliseconds to the first word: half of the calls were quicker than `p50`.

    `gate` is `closed` when calls go there, `open` when they are passed on for `waits` seconds, `half_open` when the next one tries.
    """

    model: str
    done: int
    failed: int
    p50: int | None
    p95: int | None
    done_at: datetime | None
    failures: list[FailureRead]
    gate: llm.Gate
    waits: int
    detail: str


class ProviderHealthRead(Read):
    """A provider of the installation, in the host's order."""

    name: str
    title: str
    kind: WireKind
    base_url: str
    is_server: bool
    has_key: bool
    models: list[ModelHealthRead]


class CallRead(Read):
    """How a call that was made to try went; `message` says what went wrong, `detail` is the provider's own sentence."""

    ok: bool
    milliseconds: int
    said: str
    code: str | None
    message: str
    detail: str


class LimitWrite(Write):
    """Who may use a model: everybody, or those with one of the roles and the members (by actor id); with neither, nobody."""

    model: ModelId
    everybody: bool = False
    roles: Annotated[list[Role], Field(max_length=len(Role))] = Field(default_factory=list)
    members: Annotated[list[UUID], Field(max_length=1000)] = Field(default_factory=list)

    def limited(self) -> llm.Limited:
        """Return the limit."""
        return llm.Limited(self.model, tuple(self.roles), tuple(map(ActorId, self.members)))


class LimitRead(Read):
    """A model that not everybody may use."""

    model: str
    roles: list[Role]
    members: list[UUID]


class KeyWrite(Write):
    """One's own provider. `api_key` null keeps the stored key while the address stays; without `kind` the address tells it."""

    kind: WireKind | None = None
    base_url: Url
    default_model: ModelId
    folder: Annotated[str, Field(max_length=100)] = ""
    api_key: Secret | None = None

    def wanted(self) -> WantedProvider:
        """Return the provider."""
        return WantedProvider(
            base_url=self.base_url, default_model=self.default_model, api_key=self.api_key, kind=self.kind,
            folder=self.folder,
        )  # fmt: skip


class KeyRead(Read):
    """One's own provider, without the key. `pays` says whose key pays one's chats by default, null when nobody's does."""

    is_set: bool
    pays: llm.Whose | None
    kind: WireKind | None = None
    base_url: str = ""
    default_model: str = ""
    folder: str = ""
    has_key: bool = False
    tested_at: datetime | None = None
    test_failure: str | None = None


def shown_server(server: llm.Server) -> ServerRead:
    """Return a server as it is shown."""
    return ServerRead(
        id=server.id, name=server.name, provider=server.provider, kind=server.kind, base_url=server.base_url,
        has_key=bool(server.api_key.get_secret_value()), models=[_shown_model(each) for each in server.models],
    )  # fmt: skip


def _shown_model(model: llm.ServedModel) -> ServedRead:
    price = None if model.price is None else PriceRead.model_validate(model.price)
    return ServedRead(
        id=model.id, upstream=model.upstream, context=model.context, price=price, abilities=_abilities(model.abilities)
    )  # fmt: skip


def shown_found(found: llm.FoundServer) -> FoundServerRead:
    """Return a server that was found as it is shown."""
    models = [
        FoundModelRead(
            id=each.id, context=each.context, abilities=_abilities(each.abilities), about=each.about
        )
        for each in found.models
    ]
    return FoundServerRead(
        base_url=found.base_url, kind=found.kind, software=found.software, models=models
    )


def _abilities(known: frozenset[Ability] | None) -> list[Ability] | None:
    return None if known is None else [each for each in Ability if each in known]


class LookForm(BaseModel):
    """Where to look, as it is typed."""

    base_url: Annotated[str, Field(max_length=1000)] = ""
    kind: WireKind | Literal[""] = ""
    api_key: Secret = ""


class ServerForm(BaseModel):
    """Models that are chosen from a server that was found. `sealed` is the key that was typed to look, for its typist alone."""

    server: UUID | Literal[""] = ""
    name: Annotated[str, Field(max_length=60)] = ""
    base_url: Url
    kind: WireKind | Literal[""] = ""
    sealed: Annotated[str, Field(max_length=10_000)] = ""
    models: Annotated[list[ModelId], Field(max_length=MOST_MODELS)] = []
    bare: bool = False
    price: Literal["free", "unknown", "set"] = "free"
    currency: Literal["RUB", "USD"] = "RUB"
    input: Annotated[str, Field(max_length=30)] = ""
    output: Annotated[str, Field(max_length=30)] = ""

    def chosen(self, found: Sequence[llm.FoundModel]) -> tuple[llm.ServedModel, ...]:
        """Return the models that were chosen, with what the server told of them. Raises InvalidInput."""
        price, known = self._price(), {each.id: each for each in found}
        models: dict[str, llm.ServedModel] = {}
        for upstream in self.models:
            each = known.get(upstream) or llm.FoundModel(upstream)
            name = upstream.rpartition("/")[2] if self.bare else upstream
            models[name] = llm.ServedModel(name, upstream, each.context, each.abilities, price)
        return tuple(models.values())

    def _price(self) -> llm.Price | None:
        match self.price:
            case "unknown":
                return None
            case "free":
                return llm.Price(0, 0, 0, self.currency)
            case "set":
                asked = _micro(self.input, "input")
                return llm.Price(asked, _micro(self.output, "output"), asked, self.currency)


def _micro(words: str, field: str) -> int:
    """Return an amount as people write it, in micro-units. Raises InvalidInput."""
    try:
        exact = Decimal("".join(words.split()).replace(",", ".")).scaleb(6)
    except InvalidOperation:
        raise InvalidInput(field=field) from None
    if not exact.is_finite() or not 0 <= exact <= MOST_PRICE:
        raise InvalidInput(field=field)
    return int(exact)


class MoveForm(BaseModel):
    """A provider that goes a place up or down."""

    provider: Annotated[str, Field(max_length=200)]
    way: Literal["up", "down"]


class LimitForm(BaseModel):
    """Who may use a model, as it is chosen."""

    model: ModelId
    who: Literal["everybody", "some", "nobody"]
    roles: Annotated[list[Role], Field(max_length=len(Role))] = []
    members: Annotated[list[UUID], Field(max_length=1000)] = []

    def limit(self) -> LimitWrite:
        """Return the limit."""
        some = self.who == "some"
        return LimitWrite(
            model=self.model, everybody=self.who == "everybody", roles=self.roles if some else [],
            members=self.members if some else [],
        )  # fmt: skip


class KeyForm(BaseModel):
    """One's own provider, as it is typed."""

    kind: WireKind | Literal[""] = ""
    base_url: Annotated[str, Field(max_length=1000)] = ""
    default_model: Annotated[str, Field(max_length=200)] = ""
    folder: Annotated[str, Field(max_length=100)] = ""
    api_key: Secret = ""

    def wanted(self) -> WantedProvider:
        """Return the provider; an empty key keeps the stored one. Raises InvalidInput."""
        for field in ("base_url", "default_model"):
            if not getattr(self, field).strip():
                raise InvalidInput(field=field)
        return WantedProvider(
            base_url=self.base_url.strip(), default_model=self.default_model.strip(),
            api_key=self.api_key.strip() or None, kind=self.kind or None, folder=self.folder.strip(),
        )  # fmt: skip

    @classmethod
    def of(cls, shown: KeyRead) -> Self:
        """Return what is stored, to be changed."""
        return cls(
            kind=shown.kind or "", base_url=shown.base_url, default_model=shown.default_model, folder=shown.folder
        )  # fmt: skip
