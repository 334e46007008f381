"""One order out of several: reciprocal rank fusion (Cormack, Clarke, Büttcher 2009)."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

K = 60
T = TypeVar("T", bound=Hashable)


def fuse(rankings: Iterable[Sequence[T]]) -> list[T]:
    """Return all that any ranking has, by the sum of 1 / (K + rank); what is first in the first one wins a tie."""
    scores: defaultdict[T, float] = defaultdict(float)
    for ranking in rankings:
        for rank, each in enumerate(ranking, start=1):
            scores[each] += 1 / (K + rank)
    return sorted(scores, key=scores.__getitem__, reverse=True)
