"""The last two steps of setting an assistant up: how it looks, and the line to paste."""

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import text
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.service import Changes
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, Assistant
from besedka.products.widget import service
from besedka.products.widget.checking import Checked, check_site, first_address
from besedka.products.widget.types import Look, Place
from besedka.web import render

SETUP: Final = "/dashboard/assistants/{assistant_id}/setup"
router = APIRouter(prefix=SETUP)

Manager = Annotated[Identity, Depends(require_on_page(ASSISTANTS_MANAGE))]


class LookForm(BaseModel):
    """What is typed of an assistant's looks; visitors read the greeting of their language."""

    name: str = Field("", max_length=80)
    accent: str = Field("", pattern="^#[0-9a-fA-F]{6}$")
    greeting_ru: str = Field("", max_length=2_000)
    greeting_en: str = Field("", max_length=2_000)


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
    if not form.name.strip():
        errors = {"name": text(locale, "validation.missing")}
        return await _look(request, runtime, identity, who, typed=form.model_dump(), errors=errors)
    greeting = {"ru": form.greeting_ru.strip(), "en": form.greeting_en.strip()}
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changes = Changes(name=form.name.strip(), greeting=greeting)
        changed = await answers.update_assistant(conn, who, changes, author=identity.actor_id)
    place = await service.place_of(runtime, identity.workspace_id, changed)
    look = Look(changed.name, form.accent.lower(), tuple(place.allowed_origins))
    await service.change_look(runtime, identity.workspace_id, who, look)
    return render.redirect(request, f"/dashboard/assistants/{who}/setup/install")


async def _look(
    request: Request, runtime: Runtime, identity: Identity, who_id: ActorId, *,
    typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, who_id)
    place = await service.place_of(runtime, identity.workspace_id, who)
    values = typed or {
        "name": who.name, "accent": place.accent, "greeting_ru": who.greeting.get("ru", ""),
        "greeting_en": who.greeting.get("en", ""),
    }  # fmt: skip
    return await render.page(
        request, "widget/setup_look.html", status=422 if errors else 200, who=who, values=values,
        errors=errors or {},
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
