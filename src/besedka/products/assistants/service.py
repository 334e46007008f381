"""Use cases of assistants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.i18n import Locale
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.service import Changes
from besedka.kernel.answers.types import Assistant, Draft, Guardrails, Guideline, Wanted
from besedka.kernel.conversations.types import UNSET
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.errors import PassageNotFound
from besedka.kernel.knowledge.types import Hit, Retrieval, Source
from besedka.kernel.llm import service as llm
from besedka.products.assistants.errors import PresetNotFound
from besedka.products.assistants.presets import presets
from besedka.products.assistants.schemas import (
    AssistantCreate,
    AssistantUpdate,
    GuidelineWrite,
)


@dataclass(frozen=True, slots=True)
class Trial:
    """A test question's answer, and what was found for it."""

    who: Assistant
    draft: Draft
    found: Retrieval
    call: Mapping[str, object] | None

    def number_of(self, hit: Hit) -> int | None:
        """Return the number under which the answer cites a passage."""
        numbers = (each.n for each in self.draft.citations if each.chunk_id == hit.chunk_id)
        return next(numbers, None)


@dataclass(frozen=True, slots=True)
class Reply:
    """All that is known of an answer that was given."""

    run: Mapping[str, object]
    passages: list[Hit]
    call: Mapping[str, object] | None


async def create(
    conn: TenantConn, given: AssistantCreate, *, author: ActorId, locale: Locale
) -> Assistant:
    """Make an assistant with what was given of its settings."""
    language = given.language or locale
    rest = changes_of(given.model_copy(update={"name": None}))
    if given.preset is not None:
        rest = _over(preset_changes(given.preset, language), rest)
    return await answers.create_assistant(
        conn, name=given.name, author=author, locale=language,
        instructions=rest.instructions or "", settings=replace(rest, instructions=None),
    )  # fmt: skip


def preset_changes(preset: str, language: Locale) -> Changes:
    """Return the settings of a ready prompt. Raises PresetNotFound."""
    found = presets().get(preset)
    if found is None:
        raise PresetNotFound
    worded = found.worded[language]
    return Changes(
        instructions=worded.instructions, tone=found.tone, length=found.length, guidelines=worded.guidelines,
        guardrails=worded.guardrails, handoff_keywords=worded.keywords,
    )  # fmt: skip


def _over(base: Changes, given: Changes) -> Changes:
    """Return settings with those that are given by name in their place."""
    named = {
        name: value
        for name in given.__slots__
        if (value := getattr(given, name)) is not None and value is not UNSET
    }
    return replace(base, **named)


def changes_of(given: AssistantUpdate) -> Changes:
    """Return what is to change; a temperature is cleared by giving none."""
    return Changes(
        name=given.name,
        greeting=given.greeting.model_dump() if given.greeting else None,
        instructions=given.instructions,
        tone=given.tone,
        length=given.length,
        model=given.model,
        temperature=given.temperature if "temperature" in given.model_fields_set else UNSET,
        threshold=given.threshold,
        handoff_keywords=given.handoff_keywords,
        guidelines=None if given.guidelines is None else tuple(map(_guideline, given.guidelines)),
        guardrails=None
        if given.guardrails is None
        else Guardrails(
            given.guardrails.topics, given.guardrails.phrases, given.guardrails.no_prices
        ),
    )


def _guideline(given: GuidelineWrite) -> Guideline:
    return Guideline(given.when, given.then, given.action, given.words)


async def try_question(
    runtime: Runtime, workspace: WorkspaceId, assistant_id: ActorId, question: str, *, locale: Locale
) -> Trial:  # fmt: skip
    """Return what an assistant would say to a stranger, and what it found. Raises AssistantNotFound."""
    async with runtime.db.fast.acquire(workspace) as conn:
        who = await answers.get_assistant(conn, assistant_id)
    made = await answers.try_out(runtime, workspace, who, question, locale=locale)
    call = await _call_of(runtime, workspace, made.draft.llm_run_id)
    return Trial(who, made.draft, made.found, call)


async def _call_of(
    runtime: Runtime, workspace: WorkspaceId, run_id: UUID | None
) -> Mapping[str, object] | None:
    if run_id is None:
        return None
    async with runtime.db.fast.acquire(workspace) as conn:
        return await llm.find_run(conn, run_id)


async def explain(conn: TenantConn, run_id: UUID) -> Reply:
    """Return why an answer is as it is: its passages, prompt and call. Raises NotFound."""
    run = await answers.explain(conn, run_id)
    wanted, call_id, scores = run["passages"], run["llm_run_id"], run["scores"]
    ids = [UUID(each) for each in wanted] if isinstance(wanted, list) else []
    known = dict(zip(ids, scores if isinstance(scores, list) else [], strict=False))
    found = [hit for each in ids if (hit := await _find_passage(conn, each))]
    return Reply(
        run,
        [replace(hit, score=known.get(hit.chunk_id, 0.0)) for hit in found],
        await llm.find_run(conn, call_id) if isinstance(call_id, UUID) else None,
    )


async def correct(
    conn: TenantConn, run_id: UUID, *, question: str, answer: str, author: ActorId
) -> Source:
    """Make a pair of what should have been said; without a question, of the visitor's. Raises NotFound, SourceEmpty."""
    asked = question.strip() or await answers.question_of(conn, run_id) or ""
    return await answers.correct(conn, run_id, question=asked, answer=answer, author=author)


async def _find_passage(conn: TenantConn, chunk_id: UUID) -> Hit | None:
    """Return a passage; None when its document was deleted or read anew since."""
    try:
        return await knowledge.get_passage(conn, chunk_id)
    except PassageNotFound:
        return None


async def find_titles(conn: TenantConn, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Return the names of those assistants that are there."""
    known = await answers.list_assistants(conn, Wanted.ALL)
    return {each.id: each.name for each in known if each.id in ids}
