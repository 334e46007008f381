"""The settings of an assistant, and the history of its instructions."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import text
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant, Length, Tone
from besedka.kernel.llm import service as llm
from besedka.products.assistants import service
from besedka.products.assistants.forms import Wrong, as_lines, as_number, checked
from besedka.products.assistants.pages.common import PATH, Desk, Managed
from besedka.products.assistants.schemas import AssistantUpdate
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}/settings")


class SettingsForm(BaseModel):
    """The settings as they are typed; the threshold in percent."""

    name: str = ""
    greeting_ru: str = ""
    greeting_en: str = ""
    instructions: str = ""
    tone: str = ""
    length: str = ""
    model: str = ""
    temperature: str = ""
    threshold: str = ""
    handoff_keywords: str = ""

    def read(self, locale: str) -> AssistantUpdate:
        """Return what is to change. Raises Wrong."""
        share = as_number(self.threshold)
        values: dict[str, object] = {
            **self.model_dump(include={"name", "instructions", "tone", "length", "model"}),
            "greeting": {"ru": self.greeting_ru, "en": self.greeting_en},
            "temperature": as_number(self.temperature) if self.temperature.strip() else None,
            "threshold": share / 100 if isinstance(share, float) else share,
            "handoff_keywords": as_lines(self.handoff_keywords),
        }
        try:
            return checked(AssistantUpdate, values, locale=locale)
        except Wrong as wrong:
            if "threshold" not in wrong.errors:
                raise
            words = {"threshold": text(locale, "assistants.threshold_wrong")}
            raise Wrong({**wrong.errors, **words}) from None


@router.get("")
async def show(request: Request, runtime: CurrentRuntime, desk: Managed) -> Response:
    """Show how an assistant speaks and when it calls a person."""
    return await _settings(request, runtime, desk, values=_typed(desk.who))


@router.post("")
async def save(
    request: Request, runtime: CurrentRuntime, desk: Managed, locale: CurrentLocale,
    form: Annotated[SettingsForm, Form()],
) -> Response:  # fmt: skip
    """Change them."""
    try:
        given = form.read(locale)
    except Wrong as wrong:
        typed = form.model_dump()
        return await _settings(request, runtime, desk, values=typed, errors=wrong.errors)
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        await answers.update_assistant(
            conn, desk.who.id, service.changes_of(given), author=desk.identity.actor_id
        )
    return render.redirect(request, f"{desk.path}/settings", flash="assistants.saved")


async def _settings(
    request: Request, runtime: CurrentRuntime, desk: Desk, *, values: Mapping[str, object],
    errors: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        versions = await answers.prompt_versions(conn, desk.who.id)
    provider = await llm.find_provider(runtime, desk.workspace)
    context = desk.shown() | {
        "values": values, "errors": errors or {}, "versions": versions, "provider": provider,
        "tones": list(Tone), "lengths": list(Length),
    }  # fmt: skip
    return await render.page(
        request, "assistants/settings.html", status=422 if errors else 200, **context
    )


def _typed(who: Assistant) -> Mapping[str, object]:
    """Return the settings as the form shows them."""
    return {
        "name": who.name, "greeting_ru": who.greeting.get("ru", ""), "greeting_en": who.greeting.get("en", ""),
        "instructions": who.instructions, "tone": who.tone, "length": who.length, "model": who.model,
        "temperature": "" if who.temperature is None else f"{who.temperature:g}",
        "threshold": f"{who.threshold * 100:g}", "handoff_keywords": "\n".join(who.handoff_keywords),
    }  # fmt: skip
