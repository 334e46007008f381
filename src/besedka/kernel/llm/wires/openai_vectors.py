"""Reading embeddings and rankings: what a stranger's server gives is checked before it is believed."""

import math
from collections.abc import Sequence
from typing import cast

from besedka.kernel.llm.errors import UnknownFailure
from besedka.kernel.llm.types import Embedded, Ranked, Ranking, Usage, Vector
from besedka.kernel.llm.wires.shape import items, mapping, whole


def read_embeddings(document: object, texts: Sequence[str], *, guess: int) -> Embedded:
    """Return a vector of unit length for each text, in their order. Raises UnknownFailure."""
    rows = [mapping(row) for row in items(mapping(document).get("data"))]
    placed = {
        _place(row.get("index"), place): row.get("embedding") for place, row in enumerate(rows)
    }
    vectors = [_vector(placed.get(place)) for place in range(len(texts))]
    if len({len(vector) for vector in vectors}) != 1:
        raise UnknownFailure("the vectors are of different lengths")
    return Embedded(tuple(vectors), _usage(document, guess))


def read_ranking(document: object, *, documents: int, guess: int) -> Ranking:
    """Return the places of documents with their scores, best first. Raises UnknownFailure."""
    rows = document if isinstance(document, list) else items(mapping(document).get("results"))
    found: dict[int, float] = {}
    for row in map(mapping, rows):
        place = whole(row.get("index"))
        score = row.get("relevance_score", row.get("score"))
        if place is None or place >= documents or not _is_number(score):
            raise UnknownFailure("the ranking cannot be read")
        found.setdefault(place, float(cast(float, score)))
    if not found:
        raise UnknownFailure("there is no ranking")
    order = sorted((Ranked(*pair) for pair in found.items()), key=lambda each: -each.score)
    return Ranking(tuple(order), _usage(document, guess))


def _place(given: object, place: int) -> int:
    found = whole(given)
    return place if found is None else found


def _vector(given: object) -> Vector:
    if not isinstance(given, list) or not given or not all(map(_is_number, given)):
        raise UnknownFailure("a vector is missing or has other things than numbers")
    length = math.sqrt(sum(number * number for number in given))
    if not length or not math.isfinite(length):
        raise UnknownFailure("a vector has no direction")
    return tuple(number / length for number in given)


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)


def _usage(document: object, guess: int) -> Usage:
    said = mapping(mapping(document).get("usage"))
    read = whole(said.get("prompt_tokens"))
    read = whole(said.get("total_tokens")) if read is None else read
    return Usage(input=guess if read is None else read, output=0, estimated=read is None)
