"""The last two steps of setting an assistant up: how it looks, and the line to paste."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import Locale, text
from besedka.core.ids import ActorId
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.service import Changes
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, Assistant
from besedka.kernel.hours import service as hours
from besedka.kernel.promises.types import PROMISES_MANAGE
from besedka.products.widget import service
from besedka.products.widget.checking import Checked, check_site, first_address
from besedka.products.widget.service.staffing import Staffed, Staffing, set_staffing, staffing_of
from besedka.products.widget.types import Look, Place
from besedka.web import render

DEFAULT_ZONE: Final = "Europe/Moscow"
"""Where a browser does not say its own."""
SETUP: Final = "/dashboard/assistants/{assistant_id}/setup"
router = APIRouter(prefix=SETUP, route_class=LateRoute)

Manager = Annotated[Identity, Depends(require_on_page(ASSISTANTS_MANAGE))]


class LookForm(BaseModel):
    """What is typed of an assistant's looks; visitors read the greeting of their language."""

    name: str = Field("", max_length=80)
    accent: str = Field("", pattern="^#[0-9a-fA-F]{6}$")
    language: Literal["auto", "ru", "en"] = "auto"
    greeting_ru: str = Field("", max_length=2_000)
    greeting_en: str = Field("", max_length=2_000)
    hours: Staffed = Staffed.OWN
    zone: str = Field("", max_length=80)

    def wrong(self, locale: Locale) -> dict[str, str]:
        """Say what is wrong beside its field."""
        errors = {} if self.name.strip() else {"name": text(locale, "validation.missing")}
        if self.hours is Staffed.WORKDAYS and self.zone not in hours.zones():
            errors["zone"] = text(locale, "errors.unknown_zone", zone=self.zone)
        return errors

    def staffing(self, locale: Locale) -> Staffing:
        """Return when people are there; the name is for a schedule that is not there yet."""
        return Staffing(self.hours, self.zone or DEFAULT_ZONE, text(locale, "widget.hours_name"))


@router.get("/look")
async def show_look(
    request: Request, assistant_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Show how an assistant looks to visitors, and what it says first."""
    return await _look(request, runtime, identity, ActorId(assistant_id))


@router.post("/look")
async def save_look(
    request: Request, assistant_id: UUID, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale,
    form: Annotated[LookForm, Form()],
) -> Response:  # fmt: skip
    """Keep the looks, and go on to the line to paste."""
    who = ActorId(assistant_id)
    if errors := form.wrong(locale):
        typed = form.model_dump(mode="json")
        return await _look(request, runtime, identity, who, typed=typed, errors=errors)
    greeting = {"ru": form.greeting_ru.strip(), "en": form.greeting_en.strip()}
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changes = Changes(name=form.name.strip(), greeting=greeting)
        changed = await answers.update_assistant(conn, who, changes, author=identity.actor_id)
        if identity.may(PROMISES_MANAGE):
            await set_staffing(conn, form.staffing(locale), by=identity.actor_id)
    place = await service.place_of(runtime, identity.workspace_id, changed)
    look = Look(changed.name, form.accent.lower(), tuple(place.allowed_origins))
    options = place.options.model_copy(update={"language": form.language})
    await service.change_place(runtime, identity.workspace_id, place.id, look=look, options=options)
    return render.redirect(request, f"/dashboard/assistants/{who}/setup/install")


async def _look(
    request: Request, runtime: Runtime, identity: Identity, who_id: ActorId, *,
    typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, who_id)
        staffing = await staffing_of(conn)
    place = await service.place_of(runtime, identity.workspace_id, who)
    values = typed or {
        "name": who.name, "accent": place.accent, "language": place.options.language,
        "greeting_ru": who.greeting.get("ru", ""), "greeting_en": who.greeting.get("en", ""),
        "hours": staffing.staffed, "zone": staffing.zone or DEFAULT_ZONE,
    }  # fmt: skip
    return await render.page(
        request, "widget/setup_look.html", status=422 if errors else 200, who=who, values=values,
        errors=errors or {}, staffing=staffing, zones=hours.zones(), may_set_hours=identity.may(PROMISES_MANAGE),
    )  # fmt: skip


@router.get("/install")
async def show_install(
    request: Request, assistant_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Show the line that puts an assistant on a site."""
    who, place = await _of_path(runtime, identity, ActorId(assistant_id))
    return await _install(request, runtime, who, place, Checked(first_address(place)))


@router.post("/install/check")
async def check_install(
    request: Request, assistant_id: UUID, runtime: CurrentRuntime, identity: Manager,
    url: Annotated[str, Form(max_length=2000)] = "",
) -> Response:  # fmt: skip
    """Look for the line on a page, and say what was found."""
    who, place = await _of_path(runtime, identity, ActorId(assistant_id))
    checked = await check_site(request, runtime, identity, place, url)
    return await _install(request, runtime, who, place, checked)


async def _of_path(
    runtime: Runtime, identity: Identity, assistant: ActorId
) -> tuple[Assistant, Place]:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, assistant)
    return who, await service.place_of(runtime, identity.workspace_id, who)


async def _install(
    request: Request, runtime: Runtime, who: Assistant, place: Place, checked: Checked
) -> Response:
    return await render.page(
        request, "widget/setup_install.html", status=422 if checked.errors else 200, who=who, place=place,
        base=runtime.settings.base_url, found=checked.found, errors=checked.errors, address=checked.address,
    )  # fmt: skip
