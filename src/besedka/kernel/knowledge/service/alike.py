"""Which texts say nearly the same: sketches of their shingles (Broder 1997), compared where they meet. Pure.

A shingle is a run of four words. A sketch holds the 24 smallest numbers of a text's shingles; how many of the 24 smallest
of both are in both estimates which share of their shingles two texts have in common.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Generic, TypeVar

from besedka.kernel.knowledge.service.words import words

WORDS = 4
SKETCH = 24
MEETING = 6
"""Texts are compared when one of so many smallest numbers is the same."""
ALIKE = 80
FEWEST_WORDS = 6
"""Shorter texts are headings and scraps: that they are the same says nothing."""
MOST_MET = 20

K = TypeVar("K")
Sketch = tuple[int, ...]


def sketch_of(text: str) -> Sketch:
    """Return the sketch of a text, empty for one that is too short to be compared. It holds in this process only."""
    said = words(text)
    if len(said) < FEWEST_WORDS:
        return ()
    shingles = {hash(tuple(said[at : at + WORDS])) for at in range(len(said) - WORDS + 1)}
    return tuple(nsmallest(SKETCH, shingles))


def likeness(left: Sketch, right: Sketch) -> int:
    """Return which share of their shingles two texts have in common, in percent."""
    smallest = set(nsmallest(SKETCH, {*left, *right}))
    return round(100 * len(smallest.intersection(left, right)) / len(smallest))


@dataclass(slots=True)
class Twins(Generic[K]):
    """Texts that were seen, and which of them are alike."""

    sketches: dict[K, Sketch] = field(default_factory=dict)
    meeting: defaultdict[int, list[K]] = field(default_factory=lambda: defaultdict(list))

    def add(self, key: K, text: str) -> tuple[K, int] | None:
        """See a text; returns the most similar of those before it with the likeness, if it is similar enough."""
        sketch = sketch_of(text)
        if not sketch:
            return None
        met = dict.fromkeys(self._met(sketch))
        ranked = [(likeness(sketch, self.sketches[other]), other) for other in met]
        best = max(ranked, key=lambda each: each[0], default=None)
        if best is not None and best[0] >= ALIKE:
            return best[1], best[0]
        self.sketches[key] = sketch
        for number in sketch[:MEETING]:
            self.meeting[number].append(key)
        return None

    def _met(self, sketch: Sketch) -> Iterator[K]:
        for number in sketch[:MEETING]:
            yield from self.meeting.get(number, ())[:MOST_MET]
