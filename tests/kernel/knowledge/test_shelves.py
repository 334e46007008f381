"""What a process remembers of a collection: the same scores as the database gives, and forgotten with any change."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.repository import search
from besedka.kernel.knowledge.service import shelves
from besedka.kernel.knowledge.service.query import Planner, Query
from besedka.kernel.knowledge.types import ChunkId
from tests.kernel.knowledge.conftest import Shelf
from tests.plugins.queries import recorded

WORDS = [
    "чайник",
    "утюг",
    "пылесос",
    "миксер",
    "тостер",
    "фен",
    "весы",
    "плита",
    "холодильник",
    "вентилятор",
]
QUESTION = "чайник утюг чайная плита фен"


async def fill(shelf: Shelf) -> None:
    """Add texts in which words occur more or less often, and words of their families."""
    for number in range(60):
        said = [word for at, word in enumerate(WORDS) if number % (at + 2) == 0]
        more = ["чайный", "чайник чайник"][number % 2] if number % 5 == 0 else ""
        await shelf.add(
            f"{' '.join(said)} {more} слово{number} " * (number % 3 + 1), title=f"№ {number}"
        )


async def plan(shelf: Shelf, question: str) -> Query:
    """Return what is searched for."""
    async with shelf.runtime.db.system.acquire() as conn:
        return await Planner(conn, shelf.workspace.id, [shelf.collection]).plan(question)


async def by_database(shelf: Shelf, query: Query, limit: int) -> Mapping[ChunkId, float]:
    """Let the database score."""
    async with shelf.runtime.db.system.acquire() as conn:
        return await search.best(
            conn,
            shelf.workspace.id,
            query.wanted,
            rare=query.rare,
            mean=query.sums.mean,
            limit=limit,
        )


async def remembered(shelf: Shelf, query: Query, limit: int) -> Mapping[ChunkId, float]:
    """Score by what is remembered, where anything is."""
    async with shelf.runtime.db.system.acquire() as conn:
        return await shelves.best(conn, shelf.workspace.id, query, limit=limit)


def rounded(scores: Iterable[tuple[ChunkId, float]]) -> list[tuple[float, ChunkId]]:
    """Return scores in order, those that are equal by their passages."""
    return sorted((round(-score, 9), chunk) for chunk, score in scores)


@pytest.mark.parametrize("limit", [5, 50])
@pytest.mark.parametrize(("most_rare", "most_groups"), [(0, 256), (1, 256), (0, 2)])
async def test_scores_are_those_of_the_database(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, limit: int, most_rare: int, most_groups: int
) -> None:
    monkeypatch.setattr(shelves, "MOST_GROUPS", most_groups)
    await fill(shelf)
    query = await plan(shelf, QUESTION)
    query = replace(query, rare=query.rare[: most_rare or None])
    first = await remembered(shelf, query, limit)
    again = await remembered(shelf, query, limit)
    async with recorded(shelf.runtime.db.system) as asked:
        third = await remembered(shelf, query, limit)
    assert not asked
    expected = await by_database(shelf, query, limit)
    assert len(expected) == min(limit, len(expected)) > 4
    for scores in (first, again, third):
        assert rounded(scores.items()) == rounded(expected.items())
    assert list(again) == list(third)


async def test_every_change_of_the_collection_is_seen_at_once(shelf: Shelf) -> None:
    await shelf.add("Чайник стоит сто рублей.", title="Первый")
    other = await shelf.add("Утюг стоит двести рублей.", title="Второй")
    for _ in range(3):
        assert len((await shelf.ask("чайник")).hits) == 1
        assert not (await shelf.ask("кофеварка")).hits
    await shelf.add("Кофеварка и чайник.", title="Третий")
    assert len((await shelf.ask("чайник")).hits) == 2
    assert [hit.title for hit in (await shelf.ask("кофеварка")).hits] == ["Третий"]
    for _ in range(2):
        (hit,) = (await shelf.ask("утюг")).hits
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await knowledge.edit_passage(conn, hit.chunk_id, "Миксер стоит двести рублей.")
    assert not (await shelf.ask("утюг")).hits
    assert [hit.source_id for hit in (await shelf.ask("миксер")).hits] == [other.id]
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await knowledge.switch_passage(conn, hit.chunk_id, off=True)
    assert not (await shelf.ask("миксер")).hits


async def test_room_is_made_for_what_is_asked_now(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(shelf)
    query = await plan(shelf, QUESTION)
    monkeypatch.setattr(shelves, "MOST_POSTINGS", 10)
    expected = rounded((await by_database(shelf, query, 50)).items())
    for _ in range(4):
        assert rounded((await remembered(shelf, query, 50)).items()) == expected
    assert sum(each.size for each in shelves._shelves.values()) <= 10


async def test_words_that_are_nearly_everywhere_are_left_to_the_database(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(shelf)
    query = await plan(shelf, QUESTION)
    monkeypatch.setattr(shelves, "MOST_PASSAGES", 3)
    for _ in range(3):
        scores = await remembered(shelf, query, 50)
    assert rounded(scores.items()) == rounded((await by_database(shelf, query, 50)).items())
    assert not shelves._shelves[shelf.workspace.id, query.collections].size
