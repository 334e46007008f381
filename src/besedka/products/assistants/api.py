"""`/assistants`: the workspace's assistants, test questions, and why an answer is as it is."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from besedka.core import markup
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.ids import ActorId
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, ASSISTANTS_READ
from besedka.kernel.knowledge.types import Hit
from besedka.products.assistants import service
from besedka.products.assistants.schemas import (
    AnswerRead,
    AskCreate,
    AssistantCreate,
    AssistantRead,
    AssistantUpdate,
    CallRead,
    ChatCreate,
    CitationRead,
    PassageRead,
    PromptRead,
    ReplyRead,
)
from besedka.products.assistants.service import Trial

router = APIRouter(tags=["assistants"], route_class=KeyedRoute)

Reader = Annotated[Identity, Depends(require(ASSISTANTS_READ))]
Manager = Annotated[Identity, Depends(require(ASSISTANTS_MANAGE))]


@router.get("/assistants", summary="Assistants of the workspace")
async def list_assistants(runtime: CurrentRuntime, identity: Reader) -> list[AssistantRead]:
    """List the assistants, the oldest first; a workspace has at most 200."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await answers.list_assistants(conn)
    return [AssistantRead.model_validate(each) for each in found]


@router.post("/assistants", status_code=201, summary="Make an assistant")
async def create_assistant(
    body: AssistantCreate, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale
) -> AssistantRead:
    """Make an assistant; what is left out gets a sensible value. It has a collection of documents of its own."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.create(conn, body, author=identity.actor_id, locale=locale)
    return AssistantRead.model_validate(made)


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


@router.post("/ai-chat", summary="Ask an assistant")
async def chat(
    body: ChatCreate, runtime: CurrentRuntime, identity: Reader, locale: CurrentLocale
) -> AnswerRead:
    """The same with the assistant in the body."""
    trial = await service.try_question(
        runtime, identity.workspace_id, ActorId(body.assistant_id), body.message,
        locale=body.locale or locale,
    )  # fmt: skip
    return _answer(trial)


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
