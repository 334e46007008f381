"""An assistant's place on sites: the line to paste, its looks; and a sample of a customer's site."""

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
from besedka.kernel.answers.types import ASSISTANTS_MANAGE
from besedka.products.widget import service
from besedka.products.widget.types import Look
from besedka.web import render

router = APIRouter()

SITE: Final = "/dashboard/assistants/{assistant_id}/site"

Manager = Annotated[Identity, Depends(require_on_page(ASSISTANTS_MANAGE))]


@router.get("/demo")
async def demo(request: Request, runtime: CurrentRuntime, key: str = "") -> Response:
    """Show a sample site with a widget: of a key, or the first of the workspace in the address, or of all."""
    place = await service.first_place(runtime, request.scope.get("besedka.workspace"), key)
    return await render.page(request, "widget/demo.html", place=place)


class SiteForm(BaseModel):
    """What is typed; sites one per line."""

    name: str = Field("", max_length=80)
    accent: str = Field("", pattern="^#[0-9a-fA-F]{6}$")
    sites: str = Field("", max_length=20_000)

    def read(self, locale: str) -> tuple[Look | None, dict[str, str]]:
        """Return how the widget is to look, or what is wrong."""
        lines = [line.strip() for line in self.sites.splitlines() if line.strip()]
        origins = [service.origin_of(line) for line in lines]
        wrong = [line for line, origin in zip(lines, origins, strict=True) if origin is None]
        if wrong:
            return None, {"sites": text(locale, "widget.site_wrong", site=wrong[0][:80])}
        if not self.name.strip():
            return None, {"name": text(locale, "validation.missing")}
        known = dict.fromkeys(origin for origin in origins if origin)
        return Look(self.name.strip(), self.accent.lower(), tuple(known)), {}


@router.get(SITE)
async def show_site(
    request: Request, assistant_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Show the line that puts an assistant on a site, and how it looks there."""
    return await _site(request, runtime, identity, assistant_id)


@router.post(SITE)
async def save_site(
    request: Request, assistant_id: UUID, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale,
    form: Annotated[SiteForm, Form()],
) -> Response:  # fmt: skip
    """Change its looks and the sites where it may stand."""
    look, errors = form.read(locale)
    if look is None:
        return await _site(
            request, runtime, identity, assistant_id, typed=form.model_dump(), errors=errors
        )
    await service.change_look(runtime, identity.workspace_id, ActorId(assistant_id), look)
    return render.redirect(
        request, f"/dashboard/assistants/{assistant_id}/site", flash="widget.saved"
    )


async def _site(
    request: Request, runtime: Runtime, identity: Identity, assistant_id: UUID, *,
    typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, ActorId(assistant_id))
    place = await service.place_of(runtime, identity.workspace_id, who)
    values = typed or {
        "name": place.name, "accent": place.accent, "sites": "\n".join(place.allowed_origins)
    }  # fmt: skip
    return await render.page(
        request, "widget/site.html", status=422 if errors else 200, who=who, place=place, values=values,
        errors=errors or {}, may_manage=True, base=runtime.settings.base_url,
    )  # fmt: skip
