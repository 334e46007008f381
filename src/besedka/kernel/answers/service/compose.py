"""Making a draft: find passages, let a model write from them when there is one, quote them when there is none."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import structlog

from besedka.core.i18n import text
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers.service import prompt
from besedka.kernel.answers.service.citations import PERSON, UNKNOWN, Marks, new_nonce
from besedka.kernel.answers.service.condense import search_words
from besedka.kernel.answers.service.precedence import Due
from besedka.kernel.answers.service.rules import Ruling, phrases_of, rule, stems_of
from besedka.kernel.answers.service.shield import PHRASE, raise_shield
from besedka.kernel.answers.service.smalltalk import SmallTalk, small_talk
from besedka.kernel.answers.types import (
    Assistant,
    Citation,
    Draft,
    GuidelineAction,
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


@dataclass(frozen=True, slots=True)
class Consulted:
    """A draft with all that it was made from."""

    draft: Draft
    found: Retrieval = field(default_factory=Retrieval)
    searched: str = ""
    """What was searched for: the question, or what it means after those before it."""


async def compose(
    runtime: Runtime,
    workspace: WorkspaceId,
    who: Assistant,
    question: Question,
    *,
    on_text: OnText | None = None,
    due: Due | None = None,
) -> Draft:
    """Return what an assistant says to a question. Holds no connection while a model speaks.

    Others give way until the answer's first word, unless that is a model's.
    """
    return (await consult(runtime, workspace, who, question, on_text=on_text, due=due)).draft


async def consult(
    runtime: Runtime, workspace: WorkspaceId, who: Assistant, question: Question, *,
    on_text: OnText | None = None, also: Sequence[UUID] = (), due: Due | None = None,
) -> Consulted:  # fmt: skip
    """Return what an assistant says to a question, and what it found; `also` are more collections to look into."""
    talk = small_talk(question.text)
    if talk is not None:
        return Consulted(_chat(who, question, talk))
    ruling = await rule(runtime, workspace, who, question.text)
    if ruling.topic or ruling.guideline:
        return Consulted(_ruled(question, ruling))
    provider, failure = await _provider(runtime, workspace, who.model)
    if provider is not None and due is not None:
        due.end()
    wanted = await search_words(runtime, workspace, who, question, provider)
    async with runtime.get(Places).semaphore:
        found = await knowledge.retrieve(
            runtime, workspace, [*who.collection_ids, *also], wanted.text, limit=PASSAGES, provider=provider,
            subject=wanted.subject,
        )  # fmt: skip
    draft = await _draft(runtime, workspace, who, question, found, provider or failure, on_text)
    return Consulted(
        replace(draft, scores=tuple(hit.score for hit in found.hits)), found, wanted.text
    )


async def _draft(
    runtime: Runtime, workspace: WorkspaceId, who: Assistant, question: Question, found: Retrieval,
    provider: llm.Provider | LlmError | None, on_text: OnText | None,
) -> Draft:  # fmt: skip
    """Let a model write where there is one; the quotation stands in for one that does not answer."""
    failure = provider if isinstance(provider, LlmError) else None
    if isinstance(provider, llm.Provider):
        try:
            return await _write(runtime, workspace, who, question, found, provider, on_text)
        except LlmError as error:
            failure = error
    quoted = await _extract(runtime, workspace, who, question, found)
    if failure is None:
        return quoted
    log.warning("model did not answer", kind=failure.kind, assistant=str(who.id))
    return _without_model(quoted, failure)


async def _provider(
    runtime: Runtime, workspace: WorkspaceId, model: str
) -> tuple[llm.Provider | None, LlmError | None]:
    """Return the workspace's provider, looked up once for an answer, or why there should be one and is not."""
    try:
        return await llm.find_provider(runtime, workspace, model=model), None
    except LlmError as error:
        return None, error


def _chat(who: Assistant, question: Question, talk: SmallTalk) -> Draft:
    """Answer words that ask nothing: sure, and without a search or a model."""
    said = text(question.locale, f"answers.small_talk_{talk}", name=who.name)
    return Draft(text=said, mode=Mode.SMALL_TALK, confidence=1.0, locale=question.locale)


def _ruled(question: Question, ruling: Ruling) -> Draft:
    """Say what the owner's rules have for a question: a refusal, their own words, or a person."""
    if ruling.guideline is None:
        said = text(question.locale, "answers.refused")
        return Draft(
            text=said, mode=Mode.REFUSED, confidence=1.0, locale=question.locale, guarded=("topic",)
        )
    met = ruling.guideline
    calls = met.action is GuidelineAction.PERSON
    return Draft(
        text=met.then or text(question.locale, "answers.handoff_keyword"),
        mode=Mode.GUIDED if met.then else Mode.UNKNOWN, confidence=1.0, locale=question.locale,
        handoff=HandoffReason.KEYWORD if calls else None,
    )  # fmt: skip


def _without_model(draft: Draft, error: LlmError) -> Draft:
    """The extractive answer stands in; when there is none, a person is called."""
    handoff = HandoffReason.FAILURE if draft.mode is Mode.UNKNOWN else None
    return replace(draft, handoff=handoff, failure=str(error.kind))


async def _write(
    runtime: Runtime, workspace: WorkspaceId, who: Assistant, question: Question, found: Retrieval,
    provider: llm.Provider, on_text: OnText | None,
) -> Draft:  # fmt: skip
    nonce = new_nonce()
    marks = Marks(nonce, len(found.hits))
    shield = await raise_shield(runtime, workspace, who, question, found.hits)
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

    async with llm.open_chat(
        runtime, workspace, provider, request, purpose=PURPOSE, assistant=who.id
    ) as call:
        async for delta in call:
            if isinstance(delta, TextDelta):
                show(await shield.feed(marks.feed(delta.text)))
    show(await shield.feed(marks.finish()))
    show(await shield.finish())
    if shield.caught:
        show(_separated(text(question.locale, "answers.guarded"), after=shown))
    said = "".join(shown).strip()
    if not said and not marks.actions:
        raise UnknownFailure("the model said nothing")
    return replace(_written(said, marks, question, found, call), guarded=shield.guarded)


def _separated(notice: str, *, after: Sequence[str]) -> str:
    """Return a notice as its own paragraph after what was shown."""
    return f"\n\n{notice}" if "".join(after).strip() else notice


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


async def _extract(
    runtime: Runtime, workspace: WorkspaceId, who: Assistant, question: Question, found: Retrieval
) -> Draft:
    """Quote the best passage and name others that are nearly as good; what guardrails forbid is not quoted."""
    passages = tuple(hit.chunk_id for hit in found.hits)
    sure = bool(found.hits) and found.confidence >= who.threshold
    hits = await _quotable(runtime, workspace, who, found.hits) if sure else ()
    if not hits:
        return Draft(
            text=text(question.locale, "answers.unknown"), mode=Mode.UNKNOWN, confidence=found.confidence,
            locale=question.locale, passages=passages, guarded=(PHRASE,) if sure else (),
        )  # fmt: skip
    cited = _worth_citing(hits)
    citations = tuple(_citation(number, hit) for number, hit in enumerate(cited, 1))
    return Draft(
        text=_quotation(question, citations), mode=Mode.EXTRACTIVE, confidence=found.confidence,
        locale=question.locale, citations=citations, passages=passages,
        guarded=() if len(hits) == len(found.hits) else (PHRASE,),
    )  # fmt: skip


async def _quotable(
    runtime: Runtime, workspace: WorkspaceId, who: Assistant, hits: Sequence[Hit]
) -> Sequence[Hit]:
    """Return the passages whose quotation has no forbidden phrase."""
    if not who.guardrails.phrases:
        return hits
    phrases = await phrases_of(runtime, workspace, who.guardrails.phrases)
    quotes = [hit.quote or hit.text for hit in hits]
    stems = await stems_of(runtime, workspace, quotes)
    return [
        hit
        for hit, quote, said in zip(hits, quotes, stems, strict=True)
        if not any(each.stands_in(quote, said) for each in phrases)
    ]


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
