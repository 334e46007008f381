"""What the widget's API takes and gives: the visitors', then the owners'."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, field_validator

from besedka.core.i18n import Locale
from besedka.core.schemas import Read, Write
from besedka.kernel.conversations.schemas import Files, Says
from besedka.kernel.conversations.types import LONGEST_KEY
from besedka.kernel.hours.types import Opening
from besedka.products.widget.types import (
    LONGEST_CHOICE,
    LONGEST_CONSENT,
    LONGEST_GREETING,
    LONGEST_LAUNCHER,
    LONGEST_NAME,
    LONGEST_URL,
    MOST_CHOICES,
    MOST_ORIGINS,
    Asked,
    Filled,
    Options,
    Place,
    Seen,
    Wish,
)

LONGEST_QUESTION = 8000
LONGEST_ANSWER = 200


class SessionCreate(Write):
    """A widget that opens: the token it kept, if any, the page it is on, and what a letter's link brought."""

    visitor: Annotated[str, Field(max_length=200)] | None = None
    locale: Locale | None = None
    page: Annotated[str, Field(max_length=2000)] = ""
    resume: Annotated[str, Field(max_length=200)] | None = None


class QuestionCreate(Write):
    """What a visitor wrote: words, files of their own, or both. `key` makes sending it again harmless."""

    key: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]
    attachments: Files = Field(default_factory=list)
    body: Annotated[str, Field(max_length=LONGEST_QUESTION, validate_default=True), Says] = ""


Answer = Annotated[str, Field(max_length=LONGEST_ANSWER)]


class FormCreate(Write):
    """The form before the first message; all empty to skip it. `trap` stays empty: people do not see it."""

    name: Answer = ""
    email: Answer = ""
    phone: Answer = ""
    choice: Answer = ""
    consent: bool = False
    trap: Answer = ""

    def filled(self) -> Filled:
        """Return it by field."""
        answers = {
            Asked.NAME: self.name, Asked.EMAIL: self.email, Asked.PHONE: self.phone, Asked.CHOICE: self.choice
        }  # fmt: skip
        return Filled(answers, self.consent, self.trap)


class ContactCreate(Write):
    """Where the answer is to go: an e-mail address or a telephone."""

    contact: Annotated[str, Field(min_length=3, max_length=LONGEST_ANSWER)]


class TranscriptCreate(Write):
    """Where the conversation is to go."""

    email: Annotated[str, Field(min_length=3, max_length=254)]


class IdentityCreate(Write):
    """Who the visitor is: a token that the site's server signed."""

    token: Annotated[str, Field(min_length=1, max_length=4000)]


class ProofCreate(Write):
    """The solution of a puzzle."""

    challenge: Annotated[str, Field(min_length=1, max_length=100)]
    solution: Annotated[str, Field(min_length=1, max_length=20)]


class AttributesCreate(Write):
    """What the page says of the visitor beside their identity; nobody verifies it."""

    attributes: dict[
        Annotated[str, Field(min_length=1, max_length=40)], Annotated[str, Field(max_length=200)]
    ] = Field(max_length=20)


class FieldRead(Read):
    """A field of the form."""

    key: Asked
    required: bool
    label: str = ""
    choices: list[str] = Field(default_factory=list)


class FormRead(Read):
    """The form before the first message."""

    fields: list[FieldRead]
    consent: str
    consent_url: str
    skip: bool


class HoursRead(Read):
    """Whether people work now; `until` when they go, `next` when they come."""

    open: bool
    until: datetime | None
    next: datetime | None

    @classmethod
    def of(cls, found: Opening) -> "HoursRead | None":
        """Build it; None for people who never go, as without a schedule."""
        if found.is_open and found.until is None:
            return None
        return cls(open=found.is_open, until=found.until, next=found.next)


class ConfigRead(Read):
    """How a widget looks and greets, and what it offers. `hours` is null where people never go."""

    name: str
    greeting: str
    accent: str
    locale: str
    launcher: str
    position: str
    form: FormRead | None
    queue: bool
    contact: bool
    transcript: bool
    rating: bool
    files: bool
    hours: HoursRead | None

    @classmethod
    def of(cls, place: Place, *, greeting: str, locale: str, opening: Opening) -> "ConfigRead":
        """Build what a browser needs of a widget."""
        options = place.options
        return cls(
            name=place.name, greeting=greeting, accent=place.accent, locale=locale,
            launcher=options.launcher.of(locale), position=options.position, form=_form(place, locale),
            queue=options.queue, contact=options.contact, transcript=options.transcript,
            rating=options.rating, files=options.files, hours=HoursRead.of(opening),
        )  # fmt: skip


def _form(place: Place, locale: str) -> FormRead | None:
    form = place.options.form
    if not form.is_on:
        return None
    fields = [
        FieldRead(
            key=key, required=wish == "required", label=form.choice_label if key is Asked.CHOICE else "",
            choices=list(form.choices) if key is Asked.CHOICE else [],
        )
        for key, wish in form.fields.items()
    ]  # fmt: skip
    return FormRead(
        fields=fields, consent=form.consent.of(locale), consent_url=form.consent_url, skip=form.skip
    )


class PersonRead(Read):
    """Who has the visitor's dialog."""

    id: UUID
    kind: str
    name: str


class SessionRead(Read):
    """Where a visitor was. `needs_form`: the form has to be filled in before the first message.

    `lasts`: for how many seconds more the site's token is good; null for whom no site vouches.
    """

    visitor: str
    contact: UUID
    chat: UUID | None
    state: str | None
    assignee: PersonRead | None
    ticket: str
    verified: bool
    lasts: int | None
    needs_form: bool
    config: ConfigRead
    messages: list[dict[str, object]]


class QueueRead(Read):
    """Where a visitor stands among those who wait: 1 is next, null for not waiting. `online`: somebody is there."""

    position: int | None
    online: bool
    promised: bool


class PassageRead(Read):
    """A cited passage."""

    title: str
    heading: list[str]
    text: str
    page: int | None
    url: str | None


class Called(Read):
    """A person was called, in this conversation."""

    chat: UUID
    state: str


class FileRead(Read):
    """A file that a visitor has uploaded and not sent yet."""

    id: UUID
    name: str
    kind: str
    media_type: str
    size: int


class GreetingWrite(Write):
    """A greeting instead of the assistant's."""

    ru: Annotated[str, Field(max_length=LONGEST_GREETING)] = ""
    en: Annotated[str, Field(max_length=LONGEST_GREETING)] = ""


class LauncherWrite(Write):
    """Words beside the button."""

    ru: Annotated[str, Field(max_length=LONGEST_LAUNCHER)] = ""
    en: Annotated[str, Field(max_length=LONGEST_LAUNCHER)] = ""


class ConsentWrite(Write):
    """What visitors agree to."""

    ru: Annotated[str, Field(max_length=LONGEST_CONSENT)] = ""
    en: Annotated[str, Field(max_length=LONGEST_CONSENT)] = ""


class FormWrite(Write):
    """The form before the first message."""

    name: Wish = Wish.OFF
    email: Wish = Wish.OFF
    phone: Wish = Wish.OFF
    choice: Wish = Wish.OFF
    choice_label: Annotated[str, Field(max_length=LONGEST_CHOICE)] = ""
    choices: list[Annotated[str, Field(min_length=1, max_length=LONGEST_CHOICE)]] = Field(
        default_factory=list, max_length=MOST_CHOICES
    )
    consent: ConsentWrite = ConsentWrite()
    consent_url: Annotated[str, Field(max_length=LONGEST_URL, pattern=r"^(https?://\S+)?$")] = ""
    skip: bool = False


class OptionsWrite(Write):
    """What a widget says and offers."""

    greeting: GreetingWrite = GreetingWrite()
    launcher: LauncherWrite = LauncherWrite()
    position: Literal["end", "start"] = "end"
    language: Literal["auto", "ru", "en"] = "auto"
    form: FormWrite = FormWrite()
    queue: bool = True
    contact: bool = True
    transcript: bool = True
    rating: bool = True
    files: bool = True

    def kept(self) -> Options:
        """Return them as they are stored."""
        return Options.model_validate(self.model_dump())


Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class WidgetCreate(Write):
    """Another widget of an assistant."""

    assistant_id: UUID
    name: Name


class WidgetUpdate(Write):
    """What is to change. `options` replaces all of them."""

    name: Name | None = None
    accent: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")] | None = None
    allowed_origins: (
        Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=MOST_ORIGINS)]
        | None
    ) = None
    options: OptionsWrite | None = None

    @field_validator("accent")
    @classmethod
    def _lower(cls, value: str | None) -> str | None:
        return value and value.lower()


class WidgetRead(Read):
    """A widget. `seen_origin`, `seen_at`: the site where it was used last."""

    id: UUID
    assistant_id: UUID
    public_key: str
    name: str
    accent: str
    allowed_origins: list[str]
    options: Options
    has_secret: bool
    seen_origin: str | None
    seen_at: datetime | None


class SecretRead(Read):
    """A new secret, which is not told again."""

    secret: str


class CheckCreate(Write):
    """A page to look at."""

    url: Annotated[str, Field(min_length=1, max_length=2000)]


class FoundRead(Read):
    """What a look at a page has found. `allowed`: the widget may be used there."""

    seen: Seen
    url: str
    allowed: bool
    status: int | None
