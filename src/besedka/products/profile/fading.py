"""How weights fade: by half in a span of the kind's own, from the last time that the person stood by the fact."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import exp2
from typing import Final

from besedka.products.profile.types import Kind

HALVES: Final[Mapping[Kind, timedelta]] = {
    Kind.VALUES: timedelta(days=720),
    Kind.BELIEFS: timedelta(days=540),
    Kind.SKILLS: timedelta(days=720),
    Kind.INTERESTS: timedelta(days=240),
    Kind.DESIRES: timedelta(days=120),
    Kind.INTENTIONS: timedelta(days=45),
}
"""After this time half of a weight is left: a plan for a month is old when a value is still young."""


def strength(weight: float, kind: Kind, *, since: datetime, at: datetime) -> float:
    """Return what is left of a weight at a moment: `weight · 2^(-age / half)`, never more than the weight."""
    age = max(at - since, timedelta())
    return round(weight * exp2(-(age / HALVES[kind])), 3)
