"""The figures behind a search: BM25 as it is written down, terms and budget."""

import math

import pytest

from besedka.kernel.knowledge.repository import search
from besedka.kernel.knowledge.repository.search import K1, B
from besedka.kernel.knowledge.service import query as queries
from besedka.kernel.knowledge.service.query import Planner, idf
from tests.kernel.knowledge.conftest import Shelf

# Title words count too, so the titles have none of the words that are asked for.
TEXTS = (
    "Чайник чайник чайник утюг.",
    "Утюг гладит рубашки, платья, скатерти, занавески, наволочки.",
    "Пылесос.",
)


async def test_scores_are_bm25_over_the_counted_words(shelf: Shelf) -> None:
    for number, text in enumerate(TEXTS):
        await shelf.add(text, title=str(number))
    async with shelf.runtime.db.system.acquire() as conn:
        query = await Planner(conn, shelf.workspace.id, [shelf.collection]).plan("чайник утюг")
        scores = await search.best(
            conn, shelf.workspace.id, query.wanted, rare=query.rare, mean=query.sums.mean, limit=50
        )
    assert (query.sums.chunks, query.sums.words) == (3, 12)
    first = _bm25(found_in=1, count=3, length=4) + _bm25(found_in=2, count=1, length=4)
    second = _bm25(found_in=2, count=1, length=7)
    assert sorted(scores.values(), reverse=True) == pytest.approx([first, second])


def _bm25(*, found_in: int, count: int, length: int) -> float:
    """One term's part of a score, with 3 passages of 4 words on the average."""
    saturation = count * (K1 + 1) / (count + K1 * (1 - B + B * length / 4))
    return idf(3, found_in) * saturation


def test_rare_words_tell_more_and_every_word_something() -> None:
    weights = [idf(1000, found) for found in (0.5, 1, 10, 500, 1000)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] > 0
    assert idf(1000, 0.5) == pytest.approx(math.log(1001))


async def test_common_words_alone_bring_no_passages_beyond_the_budget(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "BUDGET", 3)
    for number in range(6):
        await shelf.add(f"Обычный товар номер {number}.")
    await shelf.add("Особенный товар.")
    async with shelf.runtime.db.system.acquire() as conn:
        query = await Planner(conn, shelf.workspace.id, [shelf.collection]).plan("особенный товар")
    assert len(query.wanted) > len(query.rare) == 1
    assert len((await shelf.ask("особенный товар")).hits) == 1
    assert len((await shelf.ask("товар")).hits) == 7


async def test_title_that_repeats_the_text_counts_no_word_twice(shelf: Shelf) -> None:
    await shelf.add("Чайник греет воду.")
    await shelf.add("Чайник греет воду.", title="Чайник")
    untitled, titled = sorted((await shelf.ask("чайник")).hits, key=lambda hit: hit.title)[::-1]
    assert untitled.title == "Чайник греет воду."
    assert untitled.score < titled.score
