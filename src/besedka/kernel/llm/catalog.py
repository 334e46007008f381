"""Models that are known: what they cost, how much they take, what they can do. The list is a file, a host may add one.

An entry of the host's counts at every address; ours tell prices only where the provider itself is asked.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from besedka.core.config import BadSettings
from besedka.kernel.llm.prices import LongPrice, Price
from besedka.kernel.llm.types import Ability, WireKind

OWN: Final = Path(__file__).with_name("models.toml")

_LARGEST: Final = 10**15
# Dated and moving names of one model: -2025-11-13, -20251113, -latest, /latest, -001, -preview-09-2025.
_FORM: Final = re.compile(
    r"(?:[-@](?:20\d{2}-?\d{2}-?\d{2}|latest|\d{3})|/(?:latest|rc|deprecated))"
)
_BEGINNINGS: Final[Mapping[str, WireKind]] = {
    "claude": WireKind.ANTHROPIC, "gemini": WireKind.GEMINI, "gemma": WireKind.GEMINI,
    "yandexgpt": WireKind.YANDEX, "aliceai": WireKind.YANDEX, "gpt://": WireKind.YANDEX,
    "gpt-": WireKind.OPENAI,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model of the list. `by_host` says that the host's own file has it; None stands for what is not known."""

    id: str
    kind: WireKind
    name: str
    context: int | None
    price: Price | None
    abilities: frozenset[Ability] | None
    by_host: bool = False


class Catalog:
    """The list, by protocol and id."""

    def __init__(self, models: Iterable[KnownModel]) -> None:
        self._models = {(model.kind, model.id): model for model in models}

    def find(self, kind: WireKind, model: str) -> KnownModel | None:
        """Return a model by its id, or by a dated form of it."""
        name = _bare(model)
        known = self._models.get((kind, name))
        return known or self._models.get((kind, _FORM.sub("", name)))

    def of(self, kind: WireKind) -> Sequence[KnownModel]:
        """Return the models of a protocol, the host's first, then in the order of the list."""
        found = [model for (each, _), model in self._models.items() if each is kind]
        return sorted(found, key=lambda model: not model.by_host)

    def kind_of(self, model: str) -> WireKind | None:
        """Return which protocol a model is spoken to in, by the list or by what its name begins with."""
        name = _bare(model)
        listed = next((kind for kind in WireKind if self.find(kind, name) is not None), None)
        begun = (kind for start, kind in _BEGINNINGS.items() if model.startswith(start))
        return listed or next(begun, None)


def load_catalog(given: Path | None = None) -> Catalog:
    """Read the list, and the host's file over it. Raises BadSettings, which names the file and the entry."""
    return Catalog([*_ours(), *(_read(given, by_host=True) if given else ())])


@cache
def _ours() -> tuple[KnownModel, ...]:
    """Return the models of the package's own list."""
    return tuple(_read(OWN, by_host=False))


class _Entry(BaseModel):
    """An entry of the file."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=200)
    provider: WireKind
    name: str = Field("", max_length=200)
    context: int | None = Field(None, ge=1)
    currency: str = Field("USD", pattern="^[A-Z]{3}$")
    input: int | None = Field(None, ge=0, le=_LARGEST)
    output: int | None = Field(None, ge=0, le=_LARGEST)
    cached: int | None = Field(None, ge=0, le=_LARGEST)
    long_from: int | None = Field(None, ge=1)
    long_input: int = Field(0, ge=0, le=_LARGEST)
    long_output: int = Field(0, ge=0, le=_LARGEST)
    long_cached: int | None = Field(None, ge=0, le=_LARGEST)
    abilities: frozenset[Ability] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.input is None) is not (self.output is None):
            raise ValueError("a price has both `input` and `output`")
        if self.long_from is not None and not (self.long_input and self.long_output):
            raise ValueError("`long_from` needs `long_input` and `long_output`")
        return self

    def known(self, *, by_host: bool) -> KnownModel:
        """Return the model."""
        return KnownModel(
            id=self.id, kind=self.provider, name=self.name or self.id, context=self.context,
            price=self._price(), abilities=self.abilities, by_host=by_host,
        )  # fmt: skip

    def _price(self) -> Price | None:
        if self.input is None or self.output is None:
            return None
        cached = self.input if self.cached is None else self.cached
        return Price(self.input, self.output, cached, self.currency, self._long())

    def _long(self) -> LongPrice | None:
        if self.long_from is None:
            return None
        cached = self.long_input if self.long_cached is None else self.long_cached
        return LongPrice(self.long_from, self.long_input, self.long_output, cached)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    models: list[_Entry] = Field(default_factory=list, max_length=10_000)


def _read(path: Path, *, by_host: bool) -> list[KnownModel]:
    try:
        read = _File.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"BESEDKA_MODELS_FILE {path}: {error}") from None
    except ValidationError as error:
        found = error.errors()[0]
        place = ".".join(str(part) for part in found["loc"])
        raise BadSettings(f"BESEDKA_MODELS_FILE {path}: {place}: {found['msg']}") from None
    return [entry.known(by_host=by_host) for entry in read.models]


def _bare(model: str) -> str:
    """Return the name of a model without what providers put before it."""
    name = model.removeprefix("models/")
    return name.split("/", 3)[-1] if name.startswith("gpt://") else name
