"""The settings of an assistant, and the history of its instructions."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import locale_of, text
from besedka.core.routing import LateRoute
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant, GuidelineAction, Length, Tone
from besedka.kernel.llm import service as llm
from besedka.products.assistants import service
from besedka.products.assistants.forms import Wrong, as_lines, as_number, as_phrases, checked
from besedka.products.assistants.pages.common import PATH, Desk, Managed
from besedka.products.assistants.pages.history import draft_parts, versions
from besedka.products.assistants.schemas import AssistantUpdate
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}/settings", route_class=LateRoute)


SHOWN_VERSIONS = 30


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
    guideline_when: list[str] = []
    guideline_then: list[str] = []
    guideline_action: list[str] = []
    guideline_words: list[str] = []
    topics: str = ""
    phrases: str = ""
    no_prices: bool = False
    keep: str = ""
    """What the button says: save at once, or keep as a draft."""

    @property
    def rules(self) -> list[Mapping[str, str]]:
        """The rules as they were typed, those without a word left out."""
        rows = zip_longest(
            self.guideline_when, self.guideline_then, self.guideline_action, self.guideline_words,
            fillvalue="",
        )  # fmt: skip
        named = [dict(zip(("when", "then", "action", "words"), row, strict=True)) for row in rows]
        return [row for row in named if any(row[key].strip() for key in ("when", "then", "words"))]

    def read(self, locale: str) -> AssistantUpdate:
        """Return what is to change. Raises Wrong."""
        share = as_number(self.threshold)
        values: dict[str, object] = {
            **self.model_dump(include={"name", "instructions", "tone", "length", "model"}),
            "greeting": {"ru": self.greeting_ru, "en": self.greeting_en},
            "temperature": as_number(self.temperature) if self.temperature.strip() else None,
            "threshold": share / 100 if isinstance(share, float) else share,
            "handoff_keywords": as_lines(self.handoff_keywords),
            "guidelines": [{**row, "words": as_phrases(row["words"])} for row in self.rules],
            "guardrails": {
                "topics": as_lines(self.topics),
                "phrases": as_lines(self.phrases),
                "no_prices": self.no_prices,
            },
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
    """Show how an assistant speaks and when it calls a person: its draft, where one waits."""
    return await _settings(request, runtime, desk, values=_typed(answers.drafted(desk.who)))


@router.post("")
async def save(
    request: Request, runtime: CurrentRuntime, desk: Managed, locale: CurrentLocale,
    form: Annotated[SettingsForm, Form()],
) -> Response:  # fmt: skip
    """Change them at once, or keep the changes as a draft."""
    try:
        given = service.changes_of(form.read(locale))
    except Wrong as wrong:
        typed = form.model_dump() | {"rules": form.rules}
        return await _settings(request, runtime, desk, values=typed, errors=wrong.errors)
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        if form.keep == "draft":
            await answers.save_draft(conn, desk.who.id, given)
            return render.redirect(request, f"{desk.path}/tests", flash="assistants.draft_kept")
        if desk.who.draft is not None:
            await answers.discard_draft(conn, desk.who.id)
        await answers.update_assistant(conn, desk.who.id, given, author=desk.identity.actor_id)
    return render.redirect(request, f"{desk.path}/settings", flash="assistants.saved")


@router.post("/draft/{deed}")
async def settle_draft(
    request: Request, runtime: CurrentRuntime, desk: Managed, deed: Literal["publish", "discard"]
) -> Response:
    """Publish the draft, or forget it."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        if deed == "publish":
            await answers.publish_draft(conn, desk.who.id, author=desk.identity.actor_id)
        else:
            await answers.discard_draft(conn, desk.who.id)
    return render.redirect(request, f"{desk.path}/settings", flash=f"assistants.draft_{deed}ed")


@router.post("/versions/{prompt_id}/restore")
async def restore(
    request: Request, runtime: CurrentRuntime, desk: Managed, prompt_id: UUID
) -> Response:
    """Go back to an earlier version: it becomes the next one."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        await answers.roll_back(conn, desk.who.id, prompt_id, author=desk.identity.actor_id)
    return render.redirect(request, f"{desk.path}/settings", flash="assistants.restored")


async def _settings(
    request: Request, runtime: CurrentRuntime, desk: Desk, *, values: Mapping[str, object],
    errors: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        found = await answers.prompt_versions(conn, desk.who.id)
    locale = locale_of(request)
    provider = await llm.find_provider(runtime, desk.workspace)
    context = desk.shown() | {
        "values": values, "errors": errors or {}, "versions": versions(found[:SHOWN_VERSIONS + 1], locale)[:SHOWN_VERSIONS],
        "provider": provider, "tones": list(Tone), "lengths": list(Length), "actions": list(GuidelineAction),
        "draft": draft_parts(desk.who, locale),
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
        "rules": [
            {"when": each.when, "then": each.then, "action": each.action, "words": ", ".join(each.words)}
            for each in who.guidelines
        ],
        "topics": "\n".join(who.guardrails.topics), "phrases": "\n".join(who.guardrails.phrases),
        "no_prices": who.guardrails.no_prices,
    }  # fmt: skip
