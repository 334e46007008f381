"""Words of the module as types."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from besedka.core.ids import ActorId, WorkspaceId

LONGEST_NAME = 80
LONGEST_GREETING = 1000
LONGEST_LAUNCHER = 40
LONGEST_CONSENT = 500
LONGEST_URL = 500
MOST_CHOICES = 20
LONGEST_CHOICE = 80
MOST_ORIGINS = 200


class Asked(StrEnum):
    """A field of the form before the first message."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    CHOICE = "choice"


class Wish(StrEnum):
    """Whether a field is asked for, and whether an answer is needed."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class _Kept(BaseModel):
    """A part of the stored options; what a newer version has added is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Spoken(_Kept):
    """Words in both languages; empty where the owner wrote none."""

    ru: str = ""
    en: str = ""

    def of(self, locale: str) -> str:
        """Return the words of a language, those of the other one where it has none."""
        return (self.ru or self.en) if locale == "ru" else (self.en or self.ru)


class PreChat(_Kept):
    """The form before the first message. It is on when something is asked for or has to be agreed to."""

    name: Wish = Wish.OFF
    email: Wish = Wish.OFF
    phone: Wish = Wish.OFF
    choice: Wish = Wish.OFF
    choice_label: str = ""
    choices: tuple[str, ...] = ()
    consent: Spoken = Spoken()
    consent_url: str = ""
    skip: bool = False

    @property
    def fields(self) -> dict[Asked, Wish]:
        """What is asked for, in the order in which it is shown."""
        wishes = {Asked.NAME: self.name, Asked.EMAIL: self.email, Asked.PHONE: self.phone}
        if self.choices:
            wishes[Asked.CHOICE] = self.choice
        return {key: wish for key, wish in wishes.items() if wish is not Wish.OFF}

    @property
    def is_on(self) -> bool:
        """Whether visitors see it."""
        return bool(self.fields or self.consent.of("en"))


class Options(_Kept):
    """What an owner chooses of a widget beside its name, colour and sites."""

    greeting: Spoken = Spoken()
    launcher: Spoken = Spoken()
    position: Literal["end", "start"] = "end"
    language: Literal["auto", "ru", "en"] = "auto"
    form: PreChat = PreChat()
    queue: bool = True
    contact: bool = True
    transcript: bool = True
    rating: bool = True
    files: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """A widget as visitors' requests need it, found by its public key. `identity_secret` is sealed."""

    workspace_id: WorkspaceId
    id: UUID
    assistant_id: ActorId
    name: str
    accent: str
    allowed_origins: tuple[str, ...]
    public_key: str
    options: Options
    identity_secret: bytes | None = None
    seen_origin: str | None = None
    seen_at: datetime | None = None

    @property
    def has_secret(self) -> bool:
        """Whether pages may say who their visitor is."""
        return self.identity_secret is not None


@dataclass(frozen=True, slots=True)
class Look:
    """What an owner chooses of a widget. An empty list of origins allows every site."""

    name: str
    accent: str
    allowed_origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A visitor who showed a token. `filled` when the form is behind them, `verified` while a site vouches for them."""

    id: UUID
    contact_id: ActorId
    conversation_id: UUID | None
    filled: bool = False
    verified: bool = False
    verified_until: datetime | None = None
    proved: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a visitor wrote: words, files of their own, or both. The same key again is the same message."""

    key: str
    body: str
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Claims:
    """What a site says of its visitor, signed with the widget's secret."""

    subject: str
    until: datetime
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """What a visitor wrote into the form before the first message; `trap` is a field that people do not see."""

    answers: dict[Asked, str] = field(default_factory=dict)
    consent: bool = False
    trap: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """Where a visitor stands among those who wait for a person: 1 is next, None for not waiting."""

    position: int | None
    online: bool
    promised: bool


class Seen(StrEnum):
    """What a look at a page has found of a widget's line."""

    FOUND = "found"
    OTHER_KEY = "other_key"
    MISSING = "missing"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at a page has found; `allowed` when the widget may work on that site."""

    seen: Seen
    url: str
    allowed: bool = False
    status: int | None = None
