"""Guardrails of what a model says, checked sentence by sentence before anybody sees it.

Without guardrails that look at the words, pieces pass as they come; only links that no passage has are taken out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from besedka.core.i18n import text
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers.service.links import Links, addresses_in
from besedka.kernel.answers.service.rules import Phrase, phrases_of, stems_of
from besedka.kernel.answers.types import Assistant, Question
from besedka.kernel.knowledge.types import Hit

PHRASE = "phrase"
PRICE = "price"
LINK = "link"

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"»”)*_]*(?:\s*\[\d{1,3}\])*\s+|\n+")
_NUMBER = r"(?:\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+(?!\d)|\d+)(?:[.,]\d{1,2}(?!\d))?"
_AMOUNT = re.compile(
    rf"(?:[₽$€£¥]\s?({_NUMBER}))|(?:({_NUMBER})\s?(?:₽|\$|€|£|¥|%|руб|р\.|тыс|млн|процент|rub|rouble|ruble|dollar|usd|eur"
    r"|percent|pound))",
    re.IGNORECASE,
)
_ANY_NUMBER = re.compile(_NUMBER)
_BLANKS = re.compile(r"[\s\u00a0\u202f]")
_THOUSANDS = re.compile(r"[.,](?=\d{3}(?!\d))")


def amounts_in(words: str) -> list[str]:
    """Return the amounts of money and percentages that a text names, each in one spelling."""
    return [_number(found[0] or found[1]) for found in _AMOUNT.findall(words)]


def numbers_in(texts: Sequence[str]) -> frozenset[str]:
    """Return the numbers of texts, each in one spelling."""
    return frozenset(_number(found) for each in texts for found in _ANY_NUMBER.findall(each))


def _number(spelt: str) -> str:
    return _THOUSANDS.sub("", _BLANKS.sub("", spelt)).replace(",", ".").strip(".")


@dataclass(slots=True)
class Shield:
    """What a model's stream passes through on its way out."""

    runtime: Runtime
    workspace: WorkspaceId
    links: Links
    phrases: Sequence[Phrase] = ()
    amounts: frozenset[str] | None = None
    """Those that may be named; None: any."""
    caught: set[str] = field(default_factory=set)
    _held: str = ""

    @property
    def guarded(self) -> tuple[str, ...]:
        """What was taken out."""
        return tuple(sorted(self.caught | ({LINK} if self.links.count else set())))

    @property
    def is_strict(self) -> bool:
        """Whether whole sentences are looked at."""
        return bool(self.phrases) or self.amounts is not None

    async def feed(self, piece: str) -> str:
        """Take the next words and return what may be shown of them."""
        words = self.links.feed(piece)
        if not self.is_strict:
            return words
        self._held += words
        ends = list(_SENTENCE_END.finditer(self._held))
        if not ends:
            return ""
        whole, self._held = self._held[: ends[-1].end()], self._held[ends[-1].end() :]
        return await self._sift(whole)

    async def finish(self) -> str:
        """Return what was held back at the end, as far as it may be shown."""
        rest, self._held = self._held + self.links.finish(), ""
        return await self._sift(rest) if self.is_strict else rest

    async def _sift(self, words: str) -> str:
        """Leave out the sentences that say what they must not."""
        parts, start = [], 0
        for end in (*(match.end() for match in _SENTENCE_END.finditer(words)), len(words)):
            parts.append(words[start:end])
            start = end
        stems = await stems_of(self.runtime, self.workspace, parts) if self.phrases else None
        kept = [
            part
            for at, part in enumerate(parts)
            if not self._is_refused(part, stems[at] if stems else ())
        ]
        return "".join(kept)

    def _is_refused(self, part: str, stems: Sequence[str]) -> bool:
        if any(each.stands_in(part, stems) for each in self.phrases):
            self.caught.add(PHRASE)
            return True
        if self.amounts is not None and not self.amounts.issuperset(amounts_in(part)):
            self.caught.add(PRICE)
            return True
        return False


async def raise_shield(
    runtime: Runtime, workspace: WorkspaceId, who: Assistant, question: Question, hits: Sequence[Hit]
) -> Shield:  # fmt: skip
    """Return what an answer of a model to a question has to pass."""
    rails = who.guardrails
    texts = [each.text for each in hits]
    allowed = addresses_in(texts) | {each.url for each in hits if each.url}
    return Shield(
        runtime,
        workspace,
        Links(allowed, text(question.locale, "answers.link_removed")),
        phrases=await phrases_of(runtime, workspace, rails.phrases),
        amounts=numbers_in([question.text, *texts]) if rails.no_prices else None,
    )
