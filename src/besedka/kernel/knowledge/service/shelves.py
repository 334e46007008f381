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
    words, chunks, rare = shelf.words, shelf.chunks, set(query.rare)
    candidates = {place for key in rare for place in words[key].places}
    terms = _by_term(query.wanted)
    first: dict[int, float] = {}
    known = first.get
    for term in terms:
        for place, score in _once(term, shelf):
            first[place] = known(place, 0.0) + score
    if len(candidates) > limit:
        least = nlargest(limit, map(first.__getitem__, candidates))[-1]
        candidates = {place for place in candidates if first[place] >= least}
    promising = sorted(candidates, key=lambda place: (-first[place], chunks[place]))[:limit]
    scores = {place: sum(_counted(term, shelf, place) for term in terms) for place in promising}
    best_first = sorted(scores, key=lambda place: (-scores[place], chunks[place]))
    return {chunks[place]: scores[place] for place in best_first}


def _by_term(wanted: Sequence[Weighted]) -> list[list[Weighted]]:
    terms: dict[int, list[Weighted]] = {}
    for each in wanted:
        terms.setdefault(each.term, []).append(each)
    return list(terms.values())


def _once(term: Sequence[Weighted], shelf: _Shelf) -> Iterable[tuple[int, float]]:
    """Return what a term counts in its passages if it occurs once: of its keys the best one."""
    once = shelf.once
    if len(term) == 1:
        weight = term[0].weight
        return [(place, weight * once[place]) for place in shelf.words[term[0].key].places]
    best: dict[int, float] = {}
    for each in sorted(term, key=lambda each: each.weight):
        weight = each.weight
        best |= {place: weight * once[place] for place in shelf.words[each.key].places}
    return best.items()


def _counted(term: Sequence[Weighted], shelf: _Shelf, place: int) -> float:
    """Return what a term counts in a passage as often as it occurs there."""
    best, share = 0.0, shelf.shares[place]
    for each in term:
        word = shelf.words[each.key]
        at = bisect_left(word.places, place)
        if at < len(word.places) and word.places[at] == place:
            n = word.counts[at]
            best = max(best, each.weight * n * (K1 + 1) / (n + share))
    return best
