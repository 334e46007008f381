"""The list of assistants, a new one, and the settings of one."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import text
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, Assistant, Length, Tone
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.llm import service as llm
from besedka.products.assistants import service
from besedka.products.assistants.forms import Wrong, as_lines, as_number, checked
from besedka.products.assistants.pages.common import PATH, Managed, Manager, Reader, Words
from besedka.products.assistants.schemas import AssistantCreate, AssistantUpdate
from besedka.web import render

router = APIRouter(prefix=PATH)


@router.get("")
async def show_list(request: Request, runtime: CurrentRuntime, identity: Reader) -> Response:
    """Show the workspace's assistants."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await answers.list_assistants(conn)
        passages = {each.id: each.chunks for each in await knowledge.list_collections(conn)}
    return await render.page(
        request, "assistants/list.html", assistants=found, passages=passages,
        may_manage=identity.may(ASSISTANTS_MANAGE),
    )  # fmt: skip


@router.get("/new")
async def show_new(request: Request, identity: Manager, locale: CurrentLocale) -> Response:
    """Ask for the name of a new assistant."""
    return await _new(request, {"language": locale})


@router.post("")
async def create(
    request: Request, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale,
    name: Words = "", language: Words = "",
) -> Response:  # fmt: skip
    """Make an assistant and go on to its documents."""
    values = {"name": name, "language": language or locale}
    try:
        given = checked(AssistantCreate, values, locale)
    except Wrong as wrong:
        return await _new(request, values, wrong.errors)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.create(conn, given, author=identity.actor_id, locale=locale)
    return render.redirect(request, f"{PATH}/{made.id}", flash="assistants.created")


async def _new(
    request: Request, values: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> Response:
    status = 422 if errors else 200
    return await render.page(
        request, "assistants/new.html", status=status, values=values, errors=errors or {}
    )


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
            return checked(AssistantUpdate, values, locale)
        except Wrong as wrong:
            if "threshold" not in wrong.errors:
                raise
            words = {"threshold": text(locale, "assistants.threshold_wrong")}
            raise Wrong({**wrong.errors, **words}) from None


@router.get("/{assistant_id}/settings")
async def show_settings(
    request: Request, runtime: CurrentRuntime, identity: Manager, who: Managed
) -> Response:
    """Show how an assistant speaks and when it calls a person."""
    return await _settings(request, runtime, identity, who, values=_typed(who))


@router.post("/{assistant_id}/settings")
async def save_settings(
    request: Request, runtime: CurrentRuntime, identity: Manager, who: Managed, locale: CurrentLocale,
    form: Annotated[SettingsForm, Form()],
) -> Response:  # fmt: skip
    """Change them."""
    try:
        given = form.read(locale)
    except Wrong as wrong:
        return await _settings(
            request, runtime, identity, who, values=form.model_dump(), errors=wrong.errors
        )
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await answers.update_assistant(
            conn, who.id, service.changes_of(given), author=identity.actor_id
        )
    return render.redirect(request, f"{PATH}/{who.id}/settings", flash="assistants.saved")


async def _settings(
    request: Request, runtime: CurrentRuntime, identity: Identity, who: Assistant, *,
    values: Mapping[str, object], errors: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        versions = await answers.prompt_versions(conn, who.id)
    provider = await llm.find_provider(runtime, identity.workspace_id)
    return await render.page(
        request, "assistants/settings.html", status=422 if errors else 200, who=who, values=values,
        errors=errors or {}, versions=versions, provider=provider, tones=list(Tone), lengths=list(Length),
        may_manage=True,
    )  # fmt: skip


def _typed(who: Assistant) -> Mapping[str, object]:
    """Return the settings as the form shows them."""
    return {
        "name": who.name, "greeting_ru": who.greeting.get("ru", ""), "greeting_en": who.greeting.get("en", ""),
        "instructions": who.instructions, "tone": who.tone, "length": who.length, "model": who.model,
        "temperature": "" if who.temperature is None else f"{who.temperature:g}",
        "threshold": f"{who.threshold * 100:g}", "handoff_keywords": "\n".join(who.handoff_keywords),
    }  # fmt: skip
