"""Postings that a process remembers of collections that do not change, so that questions are scored without reading them again.

A collection's row is written with whatever changes in it, so the version of the rows (`Sums.stamp`) says whether what is
remembered still holds. While a collection changes from one question to the next, and for words that are in very many
passages, the database scores (`repository.search.best`), by the same formula and in the same two steps.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from besedka.core.db.connection import SystemConn
from besedka.core.ids import WorkspaceId
from besedka.kernel.knowledge.repository import search
from besedka.kernel.knowledge.repository.search import K1, B, Postings, Weighted
from besedka.kernel.knowledge.service.query import Query
from besedka.kernel.knowledge.types import ChunkId, CollectionId

MOST_PASSAGES = 5_000
"""Of one word. Reading more at once would hold others up."""
MOST_POSTINGS = 1_000_000
"""Of all shelves together: about 20 MB."""
PLACE_BITS = 64
"""What a place takes in a list."""
ROUNDING = 1e-9
MOST_GROUPS = 256


@dataclass(slots=True)
class _Word:
    """In which passages a word is, by their places on the shelf in ascending order, and where it occurs more than once."""

    places: list[int]
    repeated: dict[int, int]
    """How often, by place."""
    _kept: int | None = None

    @property
    def bits(self) -> int:
        """The places as the bits of a number. It is kept where it takes no more memory than the places do."""
        if self._kept is not None:
            return self._kept
        bits = _bits(self.places)
        if self.places and len(self.places) * PLACE_BITS >= self.places[-1]:
            self._kept = bits
        return bits

    def has(self, place: int) -> bool:
        """Whether it is in a passage."""
        at = bisect_left(self.places, place)
        return at < len(self.places) and self.places[at] == place


_Term: TypeAlias = Sequence[tuple[float, _Word]]
"""The keys of a term with what they weigh, the weightiest first."""


@dataclass(slots=True)
class _Shelf:
    """What is remembered of some collections, as of a stamp."""

    stamp: str
    chunks: list[ChunkId] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    """What BM25 makes of the length of each,"""
    once: list[float] = field(default_factory=list)
    """and what a word that occurs once counts there."""
    least_once: float = 1.0
    most_once: float = 0.0
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
                    self.least_once = min(self.least_once, self.once[-1])
                    self.most_once = max(self.most_once, self.once[-1])
            held = sorted(zip(map(self.places.__getitem__, each.chunks), each.counts, strict=True))
            self.words[each.key] = _Word(
                [place for place, _ in held], {place: n for place, n in held if n > 1}
            )
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
    words = shelf.words
    terms = [[(each.weight, words[each.key]) for each in term] for term in _by_term(query.wanted)]
    among = 0
    for key in query.rare:
        among |= words[key].bits
    groups = _alike(terms, among, shelf=shelf, limit=limit)
    if groups is None:
        promising = sorted(_one_by_one(terms, among, shelf=shelf))[:limit]
    else:
        promising = _promising(groups, shelf, limit=limit)
    best_first = sorted(
        (-_counted(shelf, place, held), chunk) for _, chunk, place, held in promising
    )
    return {chunk: -score for score, chunk in best_first}


def _by_term(wanted: Sequence[Weighted]) -> list[list[Weighted]]:
    """Group keys by their terms, the weightiest of a term first."""
    terms: dict[int, list[Weighted]] = {}
    for each in wanted:
        terms.setdefault(each.term, []).append(each)
    return [sorted(term, key=lambda each: -each.weight) for term in terms.values()]


class _Group(NamedTuple):
    """Passages that have the same of the terms that were looked at, and what these weigh there together."""

    weight: float
    bits: int
    terms: tuple[_Term, ...]


def _alike(terms: Sequence[_Term], among: int, *, shelf: _Shelf, limit: int) -> list[_Group] | None:
    """Return the passages that may be among the best, in groups of those that have the same terms, the weightiest first.

    None for a long question, of whose many terms hardly two passages have the same.
    """
    groups = [_Group(0.0, among, ())]
    to_come = sum(term[0][0] for term in terms)
    for term in sorted(terms, key=lambda term: -term[0][0]):
        to_come -= term[0][0]
        groups = _worth(list(_split(groups, term)), shelf=shelf, limit=limit, to_come=to_come)
        if len(groups) > MOST_GROUPS:
            return None
    return groups


def _split(groups: Iterable[_Group], term: _Term) -> Iterable[_Group]:
    """Part groups by a term: of its keys, the weightiest in a passage counts."""
    keys = [(weight, word.bits) for weight, word in term]
    for group in groups:
        rest = group.bits
        for weight, bits in keys:
            if hit := rest & bits:
                yield _Group(group.weight + weight, hit, (*group.terms, term))
                rest ^= hit
        if rest:
            yield group._replace(bits=rest)


def _worth(groups: list[_Group], *, shelf: _Shelf, limit: int, to_come: float) -> list[_Group]:
    """Leave out groups that are not among the best, even if they have all terms that are still to come."""
    groups.sort(key=lambda group: -group.weight)
    counted = 0
    for group in groups:
        counted += group.bits.bit_count()
        if counted >= limit:
            least = group.weight * shelf.least_once / shelf.most_once - to_come - ROUNDING
            return [each for each in groups if each.weight >= least]
    return groups


_Promising: TypeAlias = tuple[float, ChunkId, int, tuple[_Term, ...]]
"""What a passage counts, with the sign turned; the passage, its place, and the terms that it has."""


def _promising(groups: Iterable[_Group], shelf: _Shelf, *, limit: int) -> list[_Promising]:
    """Return the best passages of groups that come with the weightiest first."""
    once, chunks = shelf.once, shelf.chunks
    found: list[_Promising] = []
    for group in groups:
        if len(found) == limit and group.weight * shelf.most_once < -found[-1][0] - ROUNDING:
            break
        weight, terms = -group.weight, group.terms
        found += [
            (weight * once[place], chunks[place], place, terms) for place in _places(group.bits)
        ]
        found.sort()
        del found[limit:]
    return found


def _one_by_one(terms: Iterable[_Term], among: int, *, shelf: _Shelf) -> Iterator[_Promising]:
    """Return what every passage counts if each of its terms occurs once: of a term's keys the best one."""
    weights = dict.fromkeys(_places(among), 0.0)
    held: dict[int, list[_Term]] = {place: [] for place in weights}
    for term in terms:
        left = set(weights)
        for weight, word in term:
            for place in left.intersection(word.places):
                weights[place] += weight
                held[place].append(term)
                left.discard(place)
    for place, weight in weights.items():
        yield -weight * shelf.once[place], shelf.chunks[place], place, tuple(held[place])


def _counted(shelf: _Shelf, place: int, terms: Iterable[_Term]) -> float:
    """Return what terms count in a passage, each as often as it occurs there."""
    score, once, share = 0.0, shelf.once[place] * (K1 + 1), shelf.shares[place]
    for term in terms:
        best = 0.0
        for weight, word in term:
            if len(term) == 1 or word.has(place):
                n = word.repeated.get(place)
                counts = weight * n * (K1 + 1) / (n + share) if n else weight * once
                best = max(best, counts)
        score += best
    return score


def _bits(places: Sequence[int]) -> int:
    """Return the number that has these bits."""
    held = bytearray((places[-1] >> 3) + 1 if places else 0)
    for place in places:
        held[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(held, "little")


def _places(bits: int) -> Iterator[int]:
    """Return which bits a number has, in ascending order."""
    signs = f"{bits:b}"[::-1]
    at = signs.find("1")
    while at >= 0:
        yield at
        at = signs.find("1", at + 1)
