"""What is searched for when somebody asks: the lexemes of the question, their kin, and corrected words."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from besedka.core.db.connection import SystemConn
from besedka.core.ids import WorkspaceId
from besedka.kernel.knowledge.repository import search
from besedka.kernel.knowledge.repository.search import Spelt, Sums, Weighted
from besedka.kernel.knowledge.service import lexicon
from besedka.kernel.knowledge.service.beginnings import lexemes_with
from besedka.kernel.knowledge.service.frequencies import frequencies
from besedka.kernel.knowledge.service.keys import number_of, salt_of
from besedka.kernel.knowledge.service.words import distance, grams, halves, likeness, words
from besedka.kernel.knowledge.types import CollectionId

QUESTION_CHARACTERS = 4000
MOST_TERMS = 32
BUDGET = 3000
FEWEST = 30

# Words of one family ("Варшава", "варшавский") keep different lexemes.
KIN_WEIGHT = 0.4
KIN_LIKENESS = 0.5
KIN_LETTERS = 4
KIN_ENDING = 2
KIN_WORDS = 40
MOST_KIN = 6

CORRECTED_WEIGHT = (0.8, 0.8, 0.4)
"""By the number of wrong letters."""
LEXEME_ALONE_WEIGHT = 0.4
CORRECTED_LETTERS = 4
LONG_LETTERS = 8  # in shorter words two wrong letters make another word
CORRECTIONS = 3
CANDIDATES = 8  # some may be of deleted sources, until they are swept up
# Those of the dictionaries' stop words that questions have, long enough to be misspelt.
STOP_WORDS = (
    "больше", "более", "будет", "была", "были", "было", "быть", "всегда", "всего", "даже", "другой",
    "если", "есть", "здесь", "зачем", "иногда", "когда", "конечно", "куда", "лучше", "меня", "между",
    "можно", "надо", "нельзя", "нибудь", "никогда", "один", "опять", "перед", "после", "потом",
    "потому", "почти", "разве", "сейчас", "себя", "совсем", "такой", "тебя", "тогда", "того", "тоже",
    "только", "хорошо", "через", "чего", "чтобы", "чуть", "этого", "этот", "какая", "какой", "about",
    "after", "again", "because", "before", "being", "below", "between", "both", "does", "doing", "down",
    "during", "each", "from", "further", "have", "having", "here", "into", "just", "more", "most",
    "only", "other", "over", "same", "should", "some", "such", "than", "that", "their", "them", "then",
    "there", "these", "they", "this", "those", "through", "under", "until", "very", "what", "when",
    "where", "which", "while", "whom", "will", "with", "your",
)  # fmt: skip
# They ask, and say nothing of what is asked about; the dictionaries have only some of their forms as stop words.
QUESTION_WORDS = frozenset(
    ("какая", "какие", "каких", "каким", "какими", "какое", "какого", "какой", "какому", "каком", "какую", "каков",
     "какова", "каково", "каковы", "почему", "whose")
)  # fmt: skip


@dataclass(slots=True)
class Term:
    """A word of the question. `weights` are the lexemes that count as it, its own with 1."""

    word: str
    lexeme: str
    weights: dict[str, float]

    @property
    def correctable(self) -> bool:
        """Whether a misspelling be told from another word: numbers and short words cannot."""
        return len(self.word) >= CORRECTED_LETTERS and self.word.isalpha()

    @property
    def tolerance(self) -> int:
        """How many letters may be wrong."""
        return 2 if len(self.word) >= LONG_LETTERS else 1


@dataclass(frozen=True)
class Query:
    """A question, ready to be searched for. `idf` has all lexemes of all terms that occur anywhere."""

    collections: frozenset[CollectionId]
    terms: Sequence[Term]
    sums: Sums
    idf: Mapping[str, float]
    wanted: Sequence[Weighted]
    rare: Sequence[int]
    corrected: Mapping[str, str]

    @property
    def total(self) -> float:
        """What a passage with every word of the question once score.

        A word that no passage has counts as if half a passage had it: a little more than the rarest there is.
        """
        unknown = idf(self.sums.chunks, 0.5)
        return sum(self.idf.get(term.lexeme, unknown) for term in self.terms)

    def coverage(self, lexemes: frozenset[str]) -> float:
        """Return the weight of those terms that some lexemes cover."""
        known = self._covered.get(lexemes)
        if known is None:
            known = self._covered[lexemes] = self._cover(lexemes)
        return known

    def _cover(self, lexemes: frozenset[str]) -> float:
        total = 0.0
        for term in self._worth if lexemes else ():
            best = 0.0
            for lexeme, worth in term:
                if worth > best and lexeme in lexemes:
                    best = worth
            total += best
        return total

    @cached_property
    def _covered(self) -> dict[frozenset[str], float]:
        """What was asked for before: the sentences of passages have the same few words of a question."""
        return {}

    def about(self, subject: str) -> "Query":
        """Return the same with those terms alone that stand in some words."""
        said = set(words(subject))
        return replace(self, terms=[term for term in self.terms if term.word in said])

    @cached_property
    def _worth(self) -> list[list[tuple[str, float]]]:
        """What each lexeme of each term counts; asked for at every sentence that is read."""
        return [
            [(each, weight * self.idf[each]) for each, weight in term.weights.items() if each in self.idf]
            for term in self.terms
        ]  # fmt: skip


def idf(passages: int, with_it: float) -> float:
    """Return how much a lexeme tells: ln(1 + (N - df + 0.5) / (df + 0.5)).

    A handful of passages says little about which words are common: fewer than FEWEST count as FEWEST, or the one
    passage that answers would look no better than chance.
    """
    known = max(passages, FEWEST)
    return math.log(1 + (max(known - with_it, 0) + 0.5) / (with_it + 0.5))


class Planner:
    """Makes queries over some collections of a workspace."""

    def __init__(
        self, conn: SystemConn, workspace: WorkspaceId, collections: Sequence[CollectionId]
    ) -> None:
        self._conn, self._workspace, self._collections = conn, workspace, collections
        self._salts = [salt_of(collection) for collection in collections]
        self._stamp = ""
        self._passages: dict[int, int] = {}
        self._corrected: dict[str, str] = {}

    async def plan(self, question: str, known: Sums | None = None) -> Query:
        """Return what to search for; what is `known` of the collections is not looked up."""
        sums = known or await search.sums(self._conn, self._workspace, self._collections)
        self._stamp = sums.stamp
        terms = await self._terms(question)
        await self._add_kin(terms)
        await self._count(_all_lexemes(terms))
        terms = [term for term in terms if self._occurs(term.lexeme) or await self._correct(term)]
        weights = {
            lexeme: idf(sums.chunks, found)
            for lexeme in _all_lexemes(terms)
            if (found := self._frequency(lexeme))
        }
        wanted = list(self._wanted(terms, weights))
        return Query(
            frozenset(self._collections), terms, sums, weights, wanted, self._rare(wanted), self._corrected
        )  # fmt: skip

    async def _terms(self, question: str) -> list[Term]:
        said = dict.fromkeys(words(question[:QUESTION_CHARACTERS]))
        asked = [word for word in said if word not in QUESTION_WORDS]
        terms: dict[str, Term] = {}
        for word, (lexeme, _) in (await lexicon.learn(self._conn, asked)).items():
            if lexeme and lexeme not in terms:
                terms[lexeme] = Term(word, lexeme, {lexeme: 1.0})
        return list(islice(terms.values(), MOST_TERMS))

    async def _add_kin(self, terms: Sequence[Term]) -> None:
        by_beginning: dict[str, list[Term]] = {}
        for term in terms:
            if len(term.lexeme) >= KIN_LETTERS and term.lexeme.isalpha():
                by_beginning.setdefault(_beginning(term.lexeme), []).append(term)
        near = await lexemes_with(
            self._conn, self._workspace, self._collections, by_beginning, stamp=self._stamp, limit=KIN_WORDS
        )  # fmt: skip
        for beginning, group in by_beginning.items():
            for term in group:
                term.weights |= _kin(term.lexeme, near[beginning])

    async def _correct(self, term: Term) -> bool:
        """Put likely spellings in the place of a word that no passage has; False leaves the word out.

        A misspelt stop word says as little as the right one.
        """
        if not term.correctable:
            return True
        near = (await self._near(term))[:CANDIDATES]
        await self._count(found.lexeme for _, found in near)
        chosen = [each for each in near if self._occurs(each[1].lexeme)][:CORRECTIONS]
        if not chosen and _is_misspelt_stop_word(term.word):
            return False
        for far, found in chosen:
            term.weights[found.lexeme] = _corrected_weight(term, found, far)
        if chosen:
            self._corrected[term.word] = chosen[0][1].spelling
        return True

    async def _near(self, term: Term) -> list[tuple[int, Spelt]]:
        """Return lexemes that the term may be meant to be, the likeliest first, each after its distance."""
        letters = len(term.lexeme)
        beginning, ending = halves(term.lexeme)
        near = await search.spelt_alike(
            self._conn, self._workspace, self._collections, beginning=beginning, ending=ending,
            lengths=range(letters - term.tolerance, letters + term.tolerance + 1),
        )  # fmt: skip
        ranked = sorted((*_unlikeness(term, each), each.lexeme, each) for each in near)
        return [(far, each) for far, *_, each in ranked if far <= term.tolerance]

    async def _count(self, lexemes: Iterable[str]) -> None:
        keys = {number_of(lexeme) ^ salt for lexeme in lexemes for salt in self._salts}
        unknown = keys - self._passages.keys()
        if unknown:
            self._passages |= await frequencies(
                self._conn, self._workspace, unknown, stamp=self._stamp
            )

    def _frequency(self, lexeme: str) -> int:
        return sum(self._passages[number_of(lexeme) ^ salt] for salt in self._salts)

    def _occurs(self, lexeme: str) -> bool:
        return self._frequency(lexeme) > 0

    def _wanted(self, terms: Sequence[Term], weights: Mapping[str, float]) -> Iterable[Weighted]:
        for place, term in enumerate(terms):
            for lexeme, weight in term.weights.items():
                for salt in self._salts:
                    key = number_of(lexeme) ^ salt
                    if passages := self._passages[key]:
                        yield Weighted(key, place, weight * weights[lexeme], passages)

    def _rare(self, wanted: Iterable[Weighted]) -> list[int]:
        """Choose the keys through which passages are found: the rarest, while they bring at most BUDGET."""
        chosen: list[int] = []
        passages = 0
        for key in sorted({each.key for each in wanted}, key=self._passages.__getitem__):
            passages += self._passages[key]
            if chosen and passages > BUDGET:
                break
            chosen.append(key)
        return chosen


def _all_lexemes(terms: Iterable[Term]) -> set[str]:
    return {lexeme for term in terms for lexeme in term.weights}


def _beginning(lexeme: str) -> str:
    return lexeme[: max(KIN_LETTERS, len(lexeme) - KIN_ENDING)]


def _kin(lexeme: str, near: Iterable[str]) -> dict[str, float]:
    own = grams(lexeme)
    alike = {other: likeness(own, grams(other)) for other in near if other != lexeme}
    best = sorted(
        (word for word in alike if alike[word] >= KIN_LIKENESS), key=lambda w: (-alike[w], w)
    )
    return dict.fromkeys(best[:MOST_KIN], KIN_WEIGHT)


def _unlikeness(term: Term, found: Spelt) -> tuple[int, float]:
    """Order candidates: by the distance of the words or of their lexemes, then by common grams."""
    far = _far(term, found)
    if min(len(term.lexeme), len(found.lexeme)) >= CORRECTED_LETTERS:
        far = min(far, distance(term.lexeme, found.lexeme, most=term.tolerance))
    return far, -likeness(grams(term.word), grams(found.spelling))


def _far(term: Term, found: Spelt) -> int:
    """Return how many letters of the whole word are wrong."""
    return distance(term.word, found.spelling, most=term.tolerance)


def _corrected_weight(term: Term, found: Spelt, far: int) -> float:
    """Return what a spelling counts: little when endings differ too, which alone must not carry an answer."""
    weight = CORRECTED_WEIGHT[far]
    return weight if _far(term, found) <= term.tolerance else min(weight, LEXEME_ALONE_WEIGHT)


def _is_misspelt_stop_word(word: str) -> bool:
    return any(distance(word, stop, most=1) <= 1 for stop in STOP_WORDS)
