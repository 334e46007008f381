"""Guidelines and guardrails that a question meets before anything is searched for, with or without a model.

A phrase is compared by the stems of its words, so "скидки" is found in "есть ли у вас скидка". A phrase without a word
that says something (such as "C++" or "не") is compared letter by letter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers.types import Assistant, Guideline, GuidelineAction
from besedka.kernel.knowledge import service as knowledge


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase, ready to be found."""

    text: str
    stems: tuple[str, ...]

    def is_about(self, text: str, stems: Sequence[str]) -> bool:
        """Whether a text has all words of the phrase, wherever they stand."""
        if not self.stems:
            return self.text.casefold() in text.casefold()
        return set(self.stems) <= set(stems)

    def stands_in(self, text: str, stems: Sequence[str]) -> bool:
        """Whether a text has the words of the phrase one after another."""
        if not self.stems:
            return self.text.casefold() in text.casefold()
        size = len(self.stems)
        return any(
            tuple(stems[at : at + size]) == self.stems for at in range(len(stems) - size + 1)
        )


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say to a question: a refused topic, or a guideline that answers it."""

    topic: str = ""
    guideline: Guideline | None = None


async def stems_of(
    runtime: Runtime, workspace: WorkspaceId, texts: Sequence[str]
) -> list[tuple[str, ...]]:
    """Return the stems of texts; takes a connection for as long as that lasts."""
    if not texts:
        return []
    async with runtime.db.fast.acquire(workspace) as conn:
        return await knowledge.stems(conn, texts)


async def phrases_of(
    runtime: Runtime, workspace: WorkspaceId, texts: Sequence[str]
) -> list[Phrase]:
    """Return phrases, ready to be found."""
    stems = await stems_of(runtime, workspace, texts)
    return [Phrase(text, each) for text, each in zip(texts, stems, strict=True)]


async def rule(runtime: Runtime, workspace: WorkspaceId, who: Assistant, question: str) -> Ruling:
    """Return what an assistant's rules say to a question; nothing is asked of the database without rules."""
    acting = [each for each in who.guidelines if each.action is not GuidelineAction.ADVISE]
    pairs = [(guideline, words) for guideline in acting for words in guideline.words]
    if not pairs and not who.guardrails.topics:
        return Ruling()
    wanted = [*who.guardrails.topics, *(words for _, words in pairs)]
    asked, *stems = await stems_of(runtime, workspace, [question, *wanted])
    phrases = [Phrase(text, each) for text, each in zip(wanted, stems, strict=True)]
    hits = [each.is_about(question, asked) for each in phrases]
    topics = len(who.guardrails.topics)
    refused = next((wanted[at] for at in range(topics) if hits[at]), "")
    met = next((pair[0] for pair, hit in zip(pairs, hits[topics:], strict=True) if hit), None)
    return Ruling(topic=refused, guideline=met)
