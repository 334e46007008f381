"""Ready prompts: looking at them, and taking one."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import Locale
from besedka.core.routing import LateRoute
from besedka.kernel.answers import service as answers
from besedka.products.assistants import service
from besedka.products.assistants.pages.common import PATH, Managed
from besedka.products.assistants.presets import presets
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}/presets", route_class=LateRoute)


@router.get("")
async def show(
    request: Request, desk: Managed, locale: CurrentLocale, language: Locale | None = None
) -> Response:
    """Show the ready prompts in a language."""
    context = desk.shown() | {"presets": presets().values(), "language": language or locale}
    return await render.page(request, "assistants/presets.html", **context)


@router.post("")
async def take(
    request: Request, runtime: CurrentRuntime, desk: Managed, preset: Annotated[str, Form(max_length=40)],
    language: Annotated[Locale, Form()],
) -> Response:  # fmt: skip
    """Make one the assistant's: its next version."""
    changes = service.preset_changes(preset, language)
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        await answers.update_assistant(conn, desk.who.id, changes, author=desk.identity.actor_id)
    return render.redirect(request, f"{desk.path}/settings", flash="assistants.preset_taken")
