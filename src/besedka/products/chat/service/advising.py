"""Assistants that answer in chats: from their documents, with citations, to people who may ask them."""

from collections.abc import Callable, Sequence
from typing import Final

from pydantic import JsonValue

from besedka.core.i18n import DEFAULT_LOCALE
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Draft
from besedka.kernel.answers.types import Turn as Spoken
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.types import Usage
from besedka.products.chat.service import money
from besedka.products.chat.service.choosing import ASSISTANT_READS, ASSISTANT_WRITES, Adviser
from besedka.products.chat.service.mentions import without_mention
from besedka.products.chat.types import Estimate, Turn

HISTORY: Final = 12
"""Turns before the question that an assistant hears of."""


def quote(runtime: Runtime, adviser: Adviser) -> money.Quote | None:
    """Return what its answer may cost, None when nobody pays for it here. Raises PriceUnknown."""
    writer = adviser.writer
    if writer is None or not money.is_charged(runtime, writer.model):
        return None
    return money.quote(writer.model, input_tokens=ASSISTANT_READS, max_tokens=ASSISTANT_WRITES)


def estimate(runtime: Runtime, adviser: Adviser) -> Estimate:
    """Return what an assistant's answer would take at most."""
    writer = adviser.writer
    if writer is None:
        return Estimate(
            model=adviser.id, input_tokens=0, most_tokens=0, trimmed=0, cost=None, charged=False
        )
    most = Usage(input=ASSISTANT_READS, output=ASSISTANT_WRITES)
    return Estimate(
        model=adviser.id, input_tokens=ASSISTANT_READS, most_tokens=ASSISTANT_WRITES, trimmed=0,
        cost=money.cost_of(writer.model, most), charged=money.is_charged(runtime, writer.model),
    )  # fmt: skip


async def consult(
    runtime: Runtime, workspace: WorkspaceId, adviser: Adviser, turns: Sequence[Turn], *,
    say: Callable[[str], None],
) -> Draft:  # fmt: skip
    """Say what an assistant answers to the last turn; what a model writes is said as it comes."""
    *before, last = turns
    shown: list[str] = []

    def on_text(_: int, piece: str) -> None:
        shown.append(piece)
        say(piece)

    history = tuple(
        Spoken(by_assistant=turn.is_answer, text=turn.text) for turn in before if turn.text
    )
    draft = await answers.ask(
        runtime, workspace, adviser.who, without_mention(last.text, adviser.names), locale=DEFAULT_LOCALE,
        history=history[-HISTORY:], on_text=on_text,
    )  # fmt: skip
    said = "".join(shown).strip()
    if said != draft.text:
        # The quotation that stands in for a model that broke off follows what it had said.
        say(f"\n\n{draft.text}" if said else draft.text)
    return draft


async def usage_of(
    runtime: Runtime, workspace: WorkspaceId, adviser: Adviser, draft: Draft | None, *, said: str
) -> Usage | None:
    """Return the tokens that an answer took; a guess where it was stopped, None where no model wrote."""
    if adviser.writer is None:
        return None
    if draft is None:
        written = llm.likely(runtime, adviser.writer.id, said)
        return Usage(input=ASSISTANT_READS // 2, output=written, estimated=True) if said else None
    if draft.llm_run_id is None:
        return None
    async with runtime.db.fast.acquire(workspace) as conn:
        run = await llm.find_run(conn, draft.llm_run_id) or {}
    read, said_tokens, cached = (
        run.get(f"{name}_tokens") for name in ("input", "output", "cached")
    )
    if not isinstance(read, int) or not isinstance(said_tokens, int):
        return None
    return Usage(
        input=read, output=said_tokens, cached_input=cached if isinstance(cached, int) else 0,
        estimated=bool(run.get("usage_estimated")),
    )  # fmt: skip


def meta(
    adviser: Adviser, draft: Draft | None, *, usage: Usage | None, turns: Sequence[Turn]
) -> dict[str, JsonValue]:
    """Return what is told of an assistant's answer: its sources, and files that it does not read."""
    writer = None if adviser.writer is None else adviser.writer.model
    return {
        "model": adviser.who.name, "assistant": str(adviser.who.id),
        "mode": None if draft is None else draft.mode, "failure": None if draft is None else draft.failure or None,
        "citations": [] if draft is None else [each.as_json() for each in draft.citations],
        **money.told(writer, usage), "unread": [file.name for file in turns[-1].files],
    }  # fmt: skip
