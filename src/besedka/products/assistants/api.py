"""`/assistants`: the workspace's assistants, test questions, and why an answer is as it is."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from besedka.core import markup
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import Locale
from besedka.core.ids import ActorId
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.errors import AssistantArchived
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, ASSISTANTS_READ, Wanted
from besedka.kernel.knowledge.types import Hit
from besedka.products.assistants import service
from besedka.products.assistants.presets import Preset, presets
from besedka.products.assistants.schemas import (
    AnswerRead,
    AskCreate,
    AssistantCreate,
    AssistantRead,
    AssistantUpdate,
    CallRead,
    ChatCreate,
    CitationRead,
    CorrectionCreate,
    CorrectionRead,
    GuardrailsRead,
    GuidelineRead,
    PassageRead,
    PastQuestionRead,
    PresetRead,
    PresetUse,
    PromptRead,
    ReplyRead,
    ThresholdRead,
)
from besedka.products.assistants.service import Trial
from besedka.products.assistants.thresholds import SHOWN, suggested

router = APIRouter(tags=["assistants"], route_class=KeyedRoute)

Reader = Annotated[Identity, Depends(require(ASSISTANTS_READ))]
Manager = Annotated[Identity, Depends(require(ASSISTANTS_MANAGE))]


@router.get("/assistants", summary="Assistants of the workspace")
async def list_assistants(
    runtime: CurrentRuntime, identity: Reader, state: Wanted = Wanted.ACTIVE
) -> list[AssistantRead]:
    """List the assistants, the oldest first, those that were archived only when asked; a workspace has at most 200."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await answers.list_assistants(conn, state)
    return [AssistantRead.model_validate(each) for each in found]


@router.post("/assistants", status_code=201, summary="Make an assistant")
async def create_assistant(
    body: AssistantCreate, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale
) -> AssistantRead:
    """Make an assistant; what is left out gets a sensible value. It has a collection of documents of its own."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.create(conn, body, author=identity.actor_id, locale=locale)
    return AssistantRead.model_validate(made)


@router.get("/assistants/presets", summary="Ready prompts")
async def list_presets(
    _identity: Reader, locale: CurrentLocale, language: Locale | None = None
) -> list[PresetRead]:
    """List the ready prompts by trade, in a language: the reader's, when none is named."""
    wanted = language or locale
    return [_preset(each, wanted) for each in presets().values()]


@router.post("/assistants/{assistant_id}/preset", summary="Take a ready prompt")
async def use_preset(
    assistant_id: UUID, body: PresetUse, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale
) -> AssistantRead:  # fmt: skip
    """Make a ready prompt's settings the assistant's: its next version."""
    changes = service.preset_changes(body.preset, body.language or locale)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await answers.update_assistant(
            conn, ActorId(assistant_id), changes, author=identity.actor_id
        )
    return AssistantRead.model_validate(changed)


@router.post("/assistants/runs/{run_id}/correction", status_code=201, summary="Correct an answer")
async def correct_reply(
    run_id: UUID, body: CorrectionCreate, runtime: CurrentRuntime, identity: Manager
) -> CorrectionRead:
    """Make a question–answer pair of what should have been said; it is preferred from now on."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        source = await service.correct(
            conn, run_id, question=body.question, answer=body.answer, author=identity.actor_id
        )
    return CorrectionRead(source_id=source.id)


@router.get("/assistants/runs/{run_id}", summary="Why this answer")
async def explain_reply(run_id: UUID, runtime: CurrentRuntime, identity: Reader) -> ReplyRead:
    """Show what an answer was made from: passages, prompt version, model, cost. `meta.run` of a message is its id."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        reply = await service.explain(conn, run_id)
    shown = [_passage(hit, None) for hit in reply.passages]
    call = None if reply.call is None else CallRead.model_validate(reply.call)
    return ReplyRead.model_validate({**reply.run, "passages": shown, "call": call})


@router.get("/assistants/{assistant_id}", summary="One assistant")
async def read_assistant(
    assistant_id: UUID, runtime: CurrentRuntime, identity: Reader
) -> AssistantRead:
    """Show an assistant."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return AssistantRead.model_validate(
            await answers.get_assistant(conn, ActorId(assistant_id))
        )


@router.patch("/assistants/{assistant_id}", summary="Change an assistant")
async def update_assistant(
    assistant_id: UUID, body: AssistantUpdate, runtime: CurrentRuntime, identity: Manager
) -> AssistantRead:
    """Change what is given. New instructions become the next version of the prompt; a null temperature clears it."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await answers.update_assistant(
            conn, ActorId(assistant_id), service.changes_of(body), author=identity.actor_id
        )
    return AssistantRead.model_validate(changed)


@router.get("/assistants/{assistant_id}/prompts", summary="History of the instructions")
async def list_prompts(
    assistant_id: UUID, runtime: CurrentRuntime, identity: Reader
) -> list[PromptRead]:
    """List the latest 100 versions of an assistant's instructions, the newest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, ActorId(assistant_id))
        found = await answers.prompt_versions(conn, who.id)
    return [PromptRead.model_validate(each) for each in found]


@router.post(
    "/assistants/{assistant_id}/prompts/{prompt_id}/restore", summary="Go back to a version"
)
async def restore_prompt(
    assistant_id: UUID, prompt_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> AssistantRead:
    """Make the settings of an earlier version those of the next one."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await answers.roll_back(
            conn, ActorId(assistant_id), prompt_id, author=identity.actor_id
        )
    return AssistantRead.model_validate(changed)


@router.put("/assistants/{assistant_id}/draft", summary="Keep changes as a draft")
async def save_draft(
    assistant_id: UUID, body: AssistantUpdate, runtime: CurrentRuntime, identity: Manager
) -> AssistantRead:
    """Keep changes of what the assistant says beside the settings in use, to be tested before they are published."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await answers.save_draft(conn, ActorId(assistant_id), service.changes_of(body))
    return AssistantRead.model_validate(changed)


@router.post(
    "/assistants/{assistant_id}/draft/publish", summary="Publish the draft", responses=problems(409)
)
async def publish_draft(
    assistant_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> AssistantRead:
    """Make the draft the settings in use: the next version."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await answers.publish_draft(conn, ActorId(assistant_id), author=identity.actor_id)
    return AssistantRead.model_validate(changed)


@router.delete(
    "/assistants/{assistant_id}/draft", summary="Discard the draft", responses=problems(409)
)
async def discard_draft(
    assistant_id: UUID, runtime: CurrentRuntime, identity: Manager
) -> AssistantRead:
    """Forget the changes that wait to be published."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return AssistantRead.model_validate(
            await answers.discard_draft(conn, ActorId(assistant_id))
        )


@router.get("/assistants/{assistant_id}/threshold", summary="The threshold on past questions")
async def weigh_threshold(
    assistant_id: UUID, runtime: CurrentRuntime, identity: Reader
) -> ThresholdRead:
    """Show the last 100 questions with their confidence, and the threshold that parts them best."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, ActorId(assistant_id))
        past = await answers.past_questions(conn, who.id, limit=SHOWN)
    found = [PastQuestionRead.model_validate({**each, "run_id": each["id"]}) for each in past]
    best = suggested([each.confidence for each in found])
    return ThresholdRead(threshold=who.threshold, suggested=best, questions=found)


@router.post("/assistants/{assistant_id}/ask", summary="Ask a test question")
async def ask(
    assistant_id: UUID, body: AskCreate, runtime: CurrentRuntime, identity: Reader, locale: CurrentLocale
) -> AnswerRead:  # fmt: skip
    """Show what the assistant would say, and what it found. No dialog is made."""
    trial = await service.try_question(
        runtime, identity.workspace_id, ActorId(assistant_id), body.question,
        locale=body.locale or locale,
    )  # fmt: skip
    return _answer(trial)


@router.post("/ai-chat", summary="Ask an assistant", responses=problems(409))
async def chat(
    body: ChatCreate, runtime: CurrentRuntime, identity: Reader, locale: CurrentLocale
) -> AnswerRead:
    """The same with the assistant in the body; one that was archived is refused."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        if (await answers.get_assistant(conn, ActorId(body.assistant_id))).is_away:
            raise AssistantArchived
    trial = await service.try_question(
        runtime, identity.workspace_id, ActorId(body.assistant_id), body.message,
        locale=body.locale or locale,
    )  # fmt: skip
    return _answer(trial)


def _preset(preset: Preset, language: Locale) -> PresetRead:
    worded = preset.worded[language]
    return PresetRead(
        id=preset.id, name=worded.name, about=worded.about, instructions=worded.instructions, tone=preset.tone,
        length=preset.length, guidelines=[GuidelineRead.model_validate(each) for each in worded.guidelines],
        guardrails=GuardrailsRead.model_validate(worded.guardrails), handoff_keywords=list(worded.keywords),
    )  # fmt: skip


def _answer(trial: Trial) -> AnswerRead:
    draft = trial.draft
    return AnswerRead(
        answer=draft.text, html=markup.to_html(draft.text), mode=draft.mode, confidence=draft.confidence,
        threshold=trial.who.threshold, locale=draft.locale, failure=draft.failure,
        corrected=dict(trial.found.corrected),
        citations=[CitationRead.model_validate(each) for each in draft.citations],
        passages=[_passage(hit, trial.number_of(hit)) for hit in trial.found.hits],
        call=None if trial.call is None else CallRead.model_validate(trial.call),
    )  # fmt: skip


def _passage(hit: Hit, cited: int | None) -> PassageRead:
    return PassageRead(
        chunk_id=hit.chunk_id, source_id=hit.source_id, title=hit.title, heading=list(hit.heading),
        text=hit.text, quote=hit.quote, score=hit.score, page=hit.page, url=hit.url, cited=cited,
    )  # fmt: skip
