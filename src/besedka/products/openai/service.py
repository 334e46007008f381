"""Answering a conversation that the caller keeps."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.i18n import Locale
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.service import OnText
from besedka.kernel.answers.types import Assistant, Citation, Draft, Turn
from besedka.kernel.llm import service as llm
from besedka.products.openai.errors import ModelNotFound, OptionUnsupported, QuestionMissing
from besedka.products.openai.schemas import (
    Annotation,
    ChatMessage,
    CompletionCreate,
    UrlCitation,
    Usage,
)

_MARK = re.compile(r"\[(\d{1,3})\]")
_TALK = ("user", "assistant")
NOTHING = Usage(prompt_tokens=0, completion_tokens=0, total_tokens=0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what was said before it."""

    who: Assistant
    text: str
    history: tuple[Turn, ...]


async def find_assistant(conn: TenantConn, model: str) -> Assistant:
    """Return the assistant with an id, or the one with a name in whatever case. Raises ModelNotFound."""
    found = answers.named(await answers.list_assistants(conn), model.strip())
    if found is None:
        raise ModelNotFound(model=model)
    return found


async def read_request(conn: TenantConn, body: CompletionCreate) -> Asked:
    """Return what is asked of whom. Raises ModelNotFound, OptionUnsupported, QuestionMissing."""
    _check_options(body)
    *before, last = body.messages
    if last.role != "user" or not last.text:
        raise QuestionMissing(param="messages")
    who = await find_assistant(conn, body.model)
    return Asked(who, last.text, tuple(_turns(before)))


def _check_options(body: CompletionCreate) -> None:
    wanted = {"n": (body.n or 1) > 1, "tools": bool(body.tools), "functions": bool(body.functions)}
    for name, given in wanted.items():
        if given:
            raise OptionUnsupported(param=name)


def _turns(messages: Iterable[ChatMessage]) -> Iterator[Turn]:
    for each in messages:
        if each.role in _TALK and each.text:
            yield Turn(by_assistant=each.role == "assistant", text=each.text)


async def answer(
    runtime: Runtime, identity: Identity, asked: Asked, *, locale: Locale, on_text: OnText | None = None
) -> Draft:  # fmt: skip
    """Return what the assistant says. Holds no connection while a model speaks."""
    return await answers.ask(
        runtime, identity.workspace_id, asked.who, asked.text,
        locale=locale, history=asked.history, on_text=on_text,
    )  # fmt: skip


async def usage_of(runtime: Runtime, identity: Identity, draft: Draft) -> Usage:
    """Return the tokens that the answer's model took."""
    if draft.llm_run_id is None:
        return NOTHING
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        run = await llm.find_run(conn, draft.llm_run_id)
    given, taken = _tokens(run, "input_tokens"), _tokens(run, "output_tokens")
    return Usage(prompt_tokens=given, completion_tokens=taken, total_tokens=given + taken)


def _tokens(run: Mapping[str, object] | None, name: str) -> int:
    found = (run or {}).get(name)
    return found if isinstance(found, int) else 0


def annotations(
    text: str, citations: Sequence[Citation], *, base: str, assistant: UUID
) -> list[Annotation]:
    """Return a citation for every mark `[n]` in the text; documents without an address of their own open in Besedka."""
    known = {each.n: each for each in citations}
    return [
        _annotation(mark, known[int(mark[1])], base=base, assistant=assistant)
        for mark in _MARK.finditer(text)
        if int(mark[1]) in known
    ]


def _annotation(
    mark: re.Match[str], citation: Citation, *, base: str, assistant: UUID
) -> Annotation:
    passage = f"{base}/dashboard/assistants/{assistant}/documents/{citation.source_id}#p-{citation.chunk_id}"
    return Annotation(
        url_citation=UrlCitation(
            start_index=mark.start(),
            end_index=mark.end(),
            title=" › ".join((citation.title, *citation.heading)),
            url=citation.url or passage,
        )
    )
