"""Postings that a process remembers of collections that do not change, so that questions are scored without reading them again.

A collection's row is written with whatever changes in it, so the version of the rows (`Sums.stamp`) says whether what is
remembered still holds. While a collection changes from one question to the next, and for words that are in very many
passages, the database scores (`repository.search.best`), by the same formula and in the same two steps.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import TypeAlias

from besedka.core.db.connection import SystemConn
from besedka.core.ids import WorkspaceId
from besedka.kernel.knowledge.repository import search
from besedka.kernel.knowledge.repository.search import K1, B, Postings, Weighted
from besedka.kernel.knowledge.service.query import Query
from besedka.kernel.knowledge.types import ChunkId, CollectionId

MOST_PASSAGES = 5_000
"""Of one word. Reading more at once would hold others up."""
MOST_POSTINGS = 1_000_000
"""Of all shelves together: about 15 MB."""


@dataclass(frozen=True, slots=True)
class _Word:
    """In which passages a word is, by their places on the shelf in ascending order, and how often it occurs in each."""

    places: list[int]
    counts: bytes


_Term: TypeAlias = Sequence[tuple[float, _Word]]
"""The keys of a term with what they weigh, the weightiest last."""


@dataclass(slots=True)
class _Shelf:
    """What is remembered of some collections, as of a stamp."""

    stamp: str
    chunks: list[ChunkId] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    """What BM25 makes of the length of each,"""
    once: list[float] = field(default_factory=list)
    """and what a word that occurs once counts there."""
    places: dict[ChunkId, int] = field(default_factory=dict)
    words: dict[int, _Word] = field(default_factory=dict)
    size: int = 0

    def put(self, found: Iterable[Postings], *, mean: float) -> None:
        """Remember words."""
        for each in found:
            for chunk, length in zip(each.chunks, each.lengths, strict=True):
                if chunk not in self.places:
                    self.places[chunk] = len(self.chunks)
                    self.chunks.append(chunk)
                    share = K1 * (1 - B + B * length / mean)
                    self.shares.append(share)
                    self.once.append(1 / (1 + share))
            held = sorted(zip(map(self.places.__getitem__, each.chunks), each.counts, strict=True))
            self.words[each.key] = _Word([place for place, _ in held], bytes(n for _, n in held))
            self.size += len(held)


_shelves: OrderedDict[tuple[WorkspaceId, frozenset[CollectionId]], _Shelf] = OrderedDict()
"""By workspace and collections, those used last at the end."""


async def best(
    conn: SystemConn, workspace: WorkspaceId, query: Query, *, limit: int
) -> Mapping[ChunkId, float]:
    """Return the passages that score best by BM25, best first, as `repository.search.best` does."""
    shelf = _find(workspace, query)
    if shelf is None:
        return await search.best(
            conn, workspace, query.wanted, rare=query.rare, mean=query.sums.mean, limit=limit
        )
    unknown = {each.key for each in query.wanted} - shelf.words.keys()
    if unknown:
        found = await search.postings(conn, workspace, list(unknown))
        shelf.put(found, mean=query.sums.mean)
        _make_room()
    return _score(shelf, query, limit=limit)


def _find(workspace: WorkspaceId, query: Query) -> _Shelf | None:
    """Return the shelf of a query's collections, unless they have changed since the question before."""
    name = (workspace, query.collections)
    shelf = _shelves.get(name)
    if shelf is None or shelf.stamp != query.sums.stamp:
        _shelves[name] = _Shelf(query.sums.stamp)
        return None
    _shelves.move_to_end(name)
    is_common = any(each.passages > MOST_PASSAGES for each in query.wanted)
    return None if is_common else shelf


def _make_room() -> None:
    """Forget what was used longest ago."""
    while sum(shelf.size for shelf in _shelves.values()) > MOST_POSTINGS:
        _shelves.popitem(last=False)


def _score(shelf: _Shelf, query: Query, *, limit: int) -> Mapping[ChunkId, float]:
    """Order passages with any rare word as if everything occurred once, then count occurrences of the best."""
    words, chunks = shelf.words, shelf.chunks
    terms = [[(each.weight, words[each.key]) for each in term] for term in _by_term(query.wanted)]
    first = _once(terms, shelf)
    candidates: Iterable[int] = set().union(*(words[key].places for key in query.rare))
    known = list(map(first.__getitem__, candidates))
    if len(known) > limit:
        least = nlargest(limit, known)[-1]
        candidates = [place for place in candidates if first[place] >= least]
    promising = sorted(candidates, key=lambda place: (-first[place], chunks[place]))[:limit]
    scores = _counted(terms, shelf, promising)
    best_first = sorted(scores, key=lambda place: (-scores[place], chunks[place]))
    return {chunks[place]: scores[place] for place in best_first}


def _by_term(wanted: Sequence[Weighted]) -> list[list[Weighted]]:
    """Group keys by their terms, the weightiest of a term last."""
    terms: dict[int, list[Weighted]] = {}
    for each in wanted:
        terms.setdefault(each.term, []).append(each)
    return [sorted(term, key=lambda each: each.weight) for term in terms.values()]


def _once(terms: Iterable[_Term], shelf: _Shelf) -> list[float]:
    """Return what every passage of a shelf counts if each term occurs once: of its keys the best one."""
    once, first = shelf.once, [0.0] * len(shelf.chunks)
    counted_for = [-1] * len(first)
    for number, term in enumerate(terms):
        for weight, word in reversed(term):
            for place in word.places:
                if counted_for[place] != number:
                    counted_for[place] = number
                    first[place] += weight * once[place]
    return first


def _counted(terms: Iterable[_Term], shelf: _Shelf, promising: Iterable[int]) -> dict[int, float]:
    """Return what terms count in passages as often as they occur there."""
    scores, shares = dict.fromkeys(promising, 0.0), shelf.shares
    for term in terms:
        best: dict[int, float] = {}
        for weight, word in term:
            places, counts = word.places, word.counts
            last = len(places) - 1
            for place in scores:
                at = bisect_left(places, place)
                if at <= last and places[at] == place:
                    n = counts[at]
                    score = weight * n * (K1 + 1) / (n + shares[place])
                    best[place] = max(best.get(place, 0.0), score)
        for place, score in best.items():
            scores[place] += score
    return scores
