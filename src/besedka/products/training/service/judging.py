"""Whether an answer is what a case expects. Facts are compared by the stems of their words, numbers by their digits."""

import re
from collections.abc import Sequence

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers.types import Draft, Mode
from besedka.kernel.knowledge import service as knowledge
from besedka.products.training.types import Case, Expect, Problem

REFUSED = "refused"
ANSWERED = "answered"
FACT = "fact"
SOURCE = "source"
MODEL = "model"

_GAP = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")
_REFUSALS = {Mode.UNKNOWN, Mode.REFUSED, Mode.HANDOFF}


async def judge(
    runtime: Runtime, workspace: WorkspaceId, case: Case, draft: Draft
) -> list[Problem]:
    """Return what is wrong with an answer; nothing when it is as expected."""
    is_refusal = draft.mode in _REFUSALS
    if case.expects is Expect.REFUSAL:
        return [] if is_refusal else [Problem(ANSWERED)]
    if is_refusal:
        return [Problem(REFUSED)]
    problems = [Problem(MODEL, draft.failure)] if draft.failure else []
    problems += [
        Problem(FACT, fact) for fact in await _missing(runtime, workspace, case.facts, draft.text)
    ]
    if case.source and not _cites(draft, case.source):
        problems.append(Problem(SOURCE, case.source))
    return problems


async def _missing(
    runtime: Runtime, workspace: WorkspaceId, facts: Sequence[str], said: str
) -> list[str]:
    """Return the facts that do not stand in an answer: those with a word that it does not have."""
    if not facts:
        return []
    texts = [_GAP.sub("", each) for each in (said, *facts)]
    async with runtime.db.fast.acquire(workspace) as conn:
        stems, *wanted = await knowledge.stems(conn, texts)
    folded = texts[0].casefold()
    return [
        fact
        for fact, text, each in zip(facts, texts[1:], wanted, strict=True)
        if not (set(each) <= set(stems) if each else text.casefold() in folded)
    ]


def _cites(draft: Draft, source: str) -> bool:
    wanted = source.casefold()
    return any(
        wanted in " ".join((each.title, *each.heading)).casefold() for each in draft.citations
    )
