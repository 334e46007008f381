"""An assistant's places on sites: the line to paste, looks and options; a sample of a customer's site; a page to talk on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentLocale, CurrentRuntime, get_runtime
from besedka.core.i18n import locale_of, text
from besedka.core.ids import ActorId
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import ASSISTANTS_MANAGE
from besedka.products.widget import service
from besedka.products.widget.checking import check_site, first_address
from besedka.products.widget.errors import WidgetNotFound
from besedka.products.widget.schemas import OptionsWrite
from besedka.products.widget.types import (
    LONGEST_CHOICE,
    LONGEST_CONSENT,
    LONGEST_GREETING,
    LONGEST_LAUNCHER,
    LONGEST_NAME,
    LONGEST_URL,
    MOST_CHOICES,
    Found,
    Look,
    Options,
    Place,
    Wish,
)
from besedka.web import render

router = APIRouter(route_class=LateRoute)

SITE: Final = "/dashboard/assistants/{assistant_id}/site"
LIMITS: Final = {
    "name": LONGEST_NAME, "greeting": LONGEST_GREETING, "launcher": LONGEST_LAUNCHER, "consent": LONGEST_CONSENT,
    "url": LONGEST_URL, "choice": LONGEST_CHOICE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a form led to, for the page that is shown again."""

    typed: Mapping[str, object] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""
    found: Found | None = None
    address: str = ""


Manager = Annotated[Identity, Depends(require_on_page(ASSISTANTS_MANAGE))]


async def _of_path(
    identity: Manager, runtime: CurrentRuntime, assistant_id: UUID, widget_id: UUID
) -> Place:
    """Return the widget of the path, which is this assistant's. Raises WidgetNotFound."""
    place = await service.get_place(runtime, identity.workspace_id, widget_id)
    if place.assistant_id != assistant_id:
        raise WidgetNotFound
    return place


OfPath = Annotated[Place, Depends(_of_path)]


@router.get("/demo")
async def demo(request: Request, runtime: CurrentRuntime, key: str = "") -> Response:
    """Show a sample site with a widget: of a key, or the first of the workspace in the address, or of all."""
    place = await service.first_place(runtime, request.scope.get("besedka.workspace"), key)
    return await render.page(request, "widget/demo.html", place=place)


@router.get("/talk/{key}")
async def talk(request: Request, key: str, runtime: CurrentRuntime) -> Response:
    """Show a page with nothing but a widget: where letters lead whose reader was on a page that nobody vouches for."""
    place = await service.first_place(runtime, None, key)
    if place is None:
        raise WidgetNotFound
    return await render.page(request, "widget/talk.html", place=place)


class LookForm(BaseModel):
    """The looks; sites one per line."""

    name: str = Field("", max_length=LONGEST_NAME)
    accent: str = Field("", pattern="^#[0-9a-fA-F]{6}$")
    sites: str = Field("", max_length=20_000)

    def look(self, locale: str) -> tuple[Look | None, dict[str, str]]:
        """Return how the widget is to look, or what is wrong."""
        lines = _lines(self.sites)
        origins = [service.origin_of(line) for line in lines]
        wrong = [line for line, origin in zip(lines, origins, strict=True) if origin is None]
        if wrong:
            return None, {"sites": text(locale, "widget.site_wrong", site=wrong[0][:80])}
        if not self.name.strip():
            return None, {"name": text(locale, "validation.missing")}
        known = dict.fromkeys(origin for origin in origins if origin)
        return Look(self.name.strip(), self.accent.lower(), tuple(known)), {}


def _lines(typed: str) -> list[str]:
    return [line.strip() for line in typed.splitlines() if line.strip()]


class WidgetForm(LookForm):
    """All of a widget's settings; choices one per line."""

    greeting_ru: str = Field("", max_length=LONGEST_GREETING)
    greeting_en: str = Field("", max_length=LONGEST_GREETING)
    launcher_ru: str = Field("", max_length=LONGEST_LAUNCHER)
    launcher_en: str = Field("", max_length=LONGEST_LAUNCHER)
    position: str = Field("end", pattern="^(end|start)$")
    language: str = Field("auto", pattern="^(auto|ru|en)$")
    ask_name: Wish = Wish.OFF
    ask_email: Wish = Wish.OFF
    ask_phone: Wish = Wish.OFF
    ask_choice: Wish = Wish.OFF
    choice_label: str = Field("", max_length=LONGEST_CHOICE)
    choices: str = Field("", max_length=MOST_CHOICES * (LONGEST_CHOICE + 2))
    consent_ru: str = Field("", max_length=LONGEST_CONSENT)
    consent_en: str = Field("", max_length=LONGEST_CONSENT)
    consent_url: str = Field("", max_length=LONGEST_URL)
    skip: bool = False
    queue: bool = False
    contact: bool = False
    transcript: bool = False
    rating: bool = False
    files: bool = False

    def read(self, locale: str) -> tuple[Look | None, Options | None, dict[str, str]]:
        """Return how the widget is to look and what it is to do, or what is wrong."""
        look, errors = self.look(locale)
        address = self.consent_url.strip()
        if address and not address.startswith(("https://", "http://")):
            errors["consent_url"] = text(locale, "widget.site_wrong", site=address[:80])
        choices = _lines(self.choices)
        if len(choices) > MOST_CHOICES or any(len(each) > LONGEST_CHOICE for each in choices):
            errors["choices"] = text(locale, "widget.choices_wrong", n=MOST_CHOICES)
        if self.ask_choice is not Wish.OFF and not (choices and self.choice_label.strip()):
            errors["choices"] = text(locale, "widget.choices_missing")
        if look is None or errors:
            return None, None, errors
        return look, self._options(choices, address).kept(), {}

    def _options(self, choices: list[str], address: str) -> OptionsWrite:
        return OptionsWrite.model_validate(
            {
                "greeting": {"ru": self.greeting_ru, "en": self.greeting_en},
                "launcher": {"ru": self.launcher_ru, "en": self.launcher_en},
                "position": self.position, "language": self.language,
                "form": {
                    "name": self.ask_name, "email": self.ask_email, "phone": self.ask_phone, "choice": self.ask_choice,
                    "choice_label": self.choice_label, "choices": choices, "consent_url": address, "skip": self.skip,
                    "consent": {"ru": self.consent_ru, "en": self.consent_en},
                },
                "queue": self.queue, "contact": self.contact, "transcript": self.transcript,
                "rating": self.rating, "files": self.files,
            }
        )  # fmt: skip


def _typed(place: Place) -> dict[str, object]:
    """Return a widget's settings as they stand in the form."""
    options, form = place.options, place.options.form
    return {
        "name": place.name, "accent": place.accent, "sites": "\n".join(place.allowed_origins),
        "greeting_ru": options.greeting.ru, "greeting_en": options.greeting.en,
        "launcher_ru": options.launcher.ru, "launcher_en": options.launcher.en,
        "position": options.position, "language": options.language,
        "ask_name": form.name, "ask_email": form.email, "ask_phone": form.phone, "ask_choice": form.choice,
        "choice_label": form.choice_label, "choices": "\n".join(form.choices),
        "consent_ru": form.consent.ru, "consent_en": form.consent.en, "consent_url": form.consent_url,
        "skip": form.skip, "queue": options.queue, "contact": options.contact, "transcript": options.transcript,
        "rating": options.rating, "files": options.files,
    }  # fmt: skip


@router.get(SITE)
async def show_site(request: Request, assistant_id: UUID, identity: Manager) -> Response:
    """Show an assistant's widgets, and the first of them."""
    return await _site(request, identity, assistant_id)


@router.post(SITE)
async def save_site(
    request: Request, assistant_id: UUID, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale,
    form: Annotated[LookForm, Form()],
) -> Response:  # fmt: skip
    """Change the looks of the first widget and the sites where it may stand."""
    look, errors = form.look(locale)
    if look is None:
        return await _site(
            request, identity, assistant_id, None, Outcome(form.model_dump(), errors)
        )
    await service.change_look(runtime, identity.workspace_id, ActorId(assistant_id), look)
    return _back(request, assistant_id, flash="widget.saved")


@router.post(SITE + "/new")
async def add_widget(
    request: Request, assistant_id: UUID, runtime: CurrentRuntime, identity: Manager,
    new_name: Annotated[str, Form(max_length=LONGEST_NAME)] = "",
) -> Response:  # fmt: skip
    """Make another widget."""
    if not new_name.strip():
        errors = {"new_name": text(locale_of(request), "validation.missing")}
        return await _site(request, identity, assistant_id, None, Outcome(errors=errors))
    made = await service.add_place(
        runtime, identity.workspace_id, ActorId(assistant_id), name=new_name.strip()
    )
    return _back(request, assistant_id, made.id, flash="widget.added")


@router.get(SITE + "/{widget_id}")
async def show_widget(
    request: Request, assistant_id: UUID, widget_id: UUID, identity: Manager
) -> Response:
    """Show one of an assistant's widgets."""
    return await _site(request, identity, assistant_id, widget_id)


@router.post(SITE + "/{widget_id}")
async def save_widget(
    request: Request, assistant_id: UUID, place: OfPath, runtime: CurrentRuntime, identity: Manager,
    locale: CurrentLocale, form: Annotated[WidgetForm, Form()],
) -> Response:  # fmt: skip
    """Change a widget."""
    look, options, errors = form.read(locale)
    if look is None or options is None:
        return await _site(
            request, identity, assistant_id, place.id, Outcome(form.model_dump(), errors)
        )
    await service.change_place(runtime, identity.workspace_id, place.id, look=look, options=options)
    return _back(request, assistant_id, place.id, flash="widget.saved")


@router.post(SITE + "/{widget_id}/delete")
async def delete_widget(
    request: Request,
    assistant_id: UUID,
    place: OfPath,
    runtime: CurrentRuntime,
    identity: Manager,
) -> Response:
    """Delete a widget."""
    await service.delete_place(runtime, identity.workspace_id, place.id, by=identity.actor_id)
    return _back(request, assistant_id, flash="widget.deleted")


@router.post(SITE + "/{widget_id}/secret")
async def rotate_secret(
    request: Request,
    assistant_id: UUID,
    place: OfPath,
    runtime: CurrentRuntime,
    identity: Manager,
) -> Response:
    """Make a new secret for signing visitors and show it, this once."""
    secret = await service.rotate_secret(
        runtime, identity.workspace_id, place.id, by=identity.actor_id
    )
    return await _site(request, identity, assistant_id, place.id, Outcome(secret=secret))


@router.post(SITE + "/{widget_id}/check")
async def check_page(
    request: Request, assistant_id: UUID, place: OfPath, runtime: CurrentRuntime, identity: Manager,
    url: Annotated[str, Form(max_length=2000)] = "",
) -> Response:  # fmt: skip
    """Look for the widget's line on a page, and say what was found."""
    checked = await check_site(request, runtime, identity, place, url)
    told = Outcome(errors=checked.errors, found=checked.found, address=url)
    return await _site(request, identity, assistant_id, place.id, told)


def _back(
    request: Request, assistant_id: UUID, widget_id: UUID | None = None, *, flash: str
) -> Response:
    end = f"/{widget_id}" if widget_id else ""
    return render.redirect(request, f"/dashboard/assistants/{assistant_id}/site{end}", flash=flash)


async def _site(
    request: Request, identity: Identity, assistant_id: UUID, widget_id: UUID | None = None,
    outcome: Outcome | None = None,
) -> Response:  # fmt: skip
    runtime, told = get_runtime(request), outcome or Outcome()
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, ActorId(assistant_id))
    places = await service.places_of(runtime, identity.workspace_id, who)
    place = next((each for each in places if widget_id in {None, each.id}), None)
    if place is None:
        raise WidgetNotFound
    return await render.page(
        request, "widget/site.html", status=422 if told.errors else 200, who=who, place=place, places=places,
        values={**_typed(place), **told.typed}, errors=told.errors, secret=told.secret, found=told.found,
        address=told.address or first_address(place), limits=LIMITS,
        wishes=list(Wish), may_manage=True, base=runtime.settings.base_url,
    )  # fmt: skip
