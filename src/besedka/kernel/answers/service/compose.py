"""Making a draft: find passages, let a model write from them when there is one, quote them when there is none."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from besedka.core.i18n import text
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers.service import prompt
from besedka.kernel.answers.service.citations import PERSON, UNKNOWN, Marks, new_nonce
from besedka.kernel.answers.service.smalltalk import SmallTalk, bare, small_talk
from besedka.kernel.answers.types import (
    Assistant,
    Citation,
    Draft,
    HandoffReason,
    Length,
    Mode,
    Question,
)
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.types import Hit, Retrieval
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import LlmError, UnknownFailure
from besedka.kernel.llm.types import ChatRequest, TextDelta

log = structlog.get_logger(__name__)

PASSAGES = 6
MORE_SOURCES = 2
MORE_SCORE_SHARE = 0.7
QUOTE_CHARACTERS = 600
MAX_TOKENS = {Length.SHORT: 400, Length.MEDIUM: 900, Length.LONG: 2000}
PURPOSE = "answer"

AT_ONCE = 8


@dataclass(slots=True)
class Places:
    """How many searches for an answer run at once in a process; the rest wait in order."""

    semaphore: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))


OnText = Callable[[int, str], None]
"""Called with the place and the words of each shown piece."""
OnFound = Callable[[Retrieval], None]
"""Called with what was found for the question, if it was searched for."""


async def compose(
    runtime: Runtime,
    workspace: WorkspaceId,
    who: Assistant,
    question: Question,
    *,
    on_text: OnText | None = None,
    on_found: OnFound | None = None,
) -> Draft:
    """Return what an assistant says to a question. Holds no connection while a model speaks."""
    talk = small_talk(question.text)
    if talk is not None:
        return _chat(who, question, talk)
    async with runtime.get(Places).semaphore:
        found = await knowledge.retrieve(
            runtime, workspace, [who.collection_id], bare(question.text), limit=PASSAGES
        )
    if on_found is not None:
        on_found(found)
    provider = await llm.find_provider(runtime, workspace)
    if provider is None:
        return _extract(who, question, found)
    try:
        return await _write(runtime, workspace, who, question, found, provider, on_text)
    except LlmError as error:
        log.warning("model did not answer", kind=error.kind, assistant=str(who.id))
        return _without_model(_extract(who, question, found), error)


def _chat(who: Assistant, question: Question, talk: SmallTalk) -> Draft:
    """Answer words that ask nothing: sure, and without a search or a model."""
    said = text(question.locale, f"answers.small_talk_{talk}", name=who.name)
    return Draft(text=said, mode=Mode.SMALL_TALK, confidence=1.0, locale=question.locale)


def _without_model(draft: Draft, error: LlmError) -> Draft:
    """The extractive answer stands in; when there is none, a person is called."""
    handoff = HandoffReason.FAILURE if draft.mode is Mode.UNKNOWN else None
    return Draft(
        text=draft.text, mode=draft.mode, confidence=draft.confidence, locale=draft.locale,
        citations=draft.citations, passages=draft.passages, handoff=handoff, failure=str(error.kind),
    )  # fmt: skip


async def _write(
    runtime: Runtime, workspace: WorkspaceId, who: Assistant, question: Question, found: Retrieval,
    provider: llm.Provider, on_text: OnText | None,
) -> Draft:  # fmt: skip
    nonce = new_nonce()
    marks = Marks(nonce, len(found.hits))
    request = ChatRequest(
        model=who.model or provider.default_model,
        messages=prompt.build(who, question, hits=found.hits, nonce=nonce),
        temperature=who.temperature,
        max_tokens=MAX_TOKENS[who.length],
    )
    shown: list[str] = []
    at = 0

    def show(piece: str) -> None:
        nonlocal at
        if piece:
            shown.append(piece)
            if on_text is not None:
                on_text(at, piece)
            at += len(piece)

    async with llm.open_chat(runtime, workspace, provider, request, purpose=PURPOSE) as call:
        async for delta in call:
            if isinstance(delta, TextDelta):
                show(marks.feed(delta.text))
    show(marks.finish())
    said = "".join(shown).strip()
    if not said and not marks.actions:
        raise UnknownFailure("the model said nothing")
    return _written(said, marks, question, found, call)


def _written(
    said: str, marks: Marks, question: Question, found: Retrieval, call: llm.ChatCall
) -> Draft:
    unknown = UNKNOWN in marks.actions or not said
    return Draft(
        text=said or text(question.locale, "answers.unknown"),
        mode=Mode.UNKNOWN if unknown else Mode.MODEL,
        confidence=found.confidence,
        locale=question.locale,
        citations=tuple(
            _citation(number, found.hits[place]) for number, place in enumerate(marks.used, 1)
        ),
        passages=tuple(hit.chunk_id for hit in found.hits),
        llm_run_id=call.run_id,
        handoff=HandoffReason.MODEL if PERSON in marks.actions else None,
    )


def _extract(who: Assistant, question: Question, found: Retrieval) -> Draft:
    """Quote the best passage and name others that are nearly as good."""
    passages = tuple(hit.chunk_id for hit in found.hits)
    if not found.hits or found.confidence < who.threshold:
        return Draft(
            text=text(question.locale, "answers.unknown"), mode=Mode.UNKNOWN, confidence=found.confidence,
            locale=question.locale, passages=passages,
        )  # fmt: skip
    cited = _worth_citing(found.hits)
    citations = tuple(_citation(number, hit) for number, hit in enumerate(cited, 1))
    return Draft(
        text=_quotation(question, citations), mode=Mode.EXTRACTIVE, confidence=found.confidence,
        locale=question.locale, citations=citations, passages=passages,
    )  # fmt: skip


def _worth_citing(hits: Sequence[Hit]) -> list[Hit]:
    """The best passage, and the best ones of other sources that score nearly as much."""
    best = hits[0]
    cited, seen = [best], {best.source_id}
    for hit in hits[1:]:
        if hit.score < best.score * MORE_SCORE_SHARE or len(cited) > MORE_SOURCES:
            break
        if hit.source_id not in seen:
            cited.append(hit)
            seen.add(hit.source_id)
    return cited


def _quotation(question: Question, citations: Sequence[Citation]) -> str:
    best, *others = citations
    quoted = "\n".join(f"> {line}" for line in best.quote.splitlines())
    said = f"{text(question.locale, 'answers.lead_in')}\n\n{quoted} [1]"
    if not others:
        return said
    names = ", ".join(f"{_escape(c.title)} [{c.n}]" for c in others)
    return f"{said}\n\n{text(question.locale, 'answers.more')} {names}"


def _escape(title: str) -> str:
    """Keep a document's title from acting as Markdown."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|<>~" else c for c in title)


def _citation(number: int, hit: Hit) -> Citation:
    return Citation(
        n=number, source_id=hit.source_id, chunk_id=hit.chunk_id, title=hit.title, heading=tuple(hit.heading),
        quote=hit.quote[:QUOTE_CHARACTERS], page=hit.page, url=hit.url or "",
    )  # fmt: skip
