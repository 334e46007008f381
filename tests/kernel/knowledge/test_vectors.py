"""Searching by meaning, and a reranker: additions that must never be in the way."""

from collections.abc import AsyncIterator, Sequence

import pytest

from besedka.core.clock import monotonic
from besedka.kernel.knowledge import jobs, service
from besedka.kernel.knowledge.repository.vectors import Offered, VectorRepository
from besedka.kernel.knowledge.service.fusion import fuse
from besedka.kernel.knowledge.service.vectors import Vectors, judge
from besedka.kernel.llm import service as llm
from tests.fakes.llm import Fail, FakeLlm, meaning
from tests.kernel.knowledge.conftest import Shelf, make_shelf

SYNONYMS = {"машин": "автомобил", "паркинг": "стоянк"}
CARS = "Автомобиль можно оставить на стоянке за углом."
TEA = "Чай подают в саду с четырёх часов."


def by_meaning(text: str) -> Sequence[float]:
    """Return a vector in which synonyms are one word."""
    folded = text.lower()
    for word, other in SYNONYMS.items():
        folded = folded.replace(word, other)
    return meaning(folded)


@pytest.fixture
async def model() -> AsyncIterator[FakeLlm]:
    """A provider that knows synonyms."""
    async with FakeLlm() as server:
        server.embed = by_meaning
        yield server


async def connect(shelf: Shelf, model: FakeLlm, *, embed: str = "small", rerank: str = "") -> None:
    """Give the shelf's workspace the provider."""
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await llm.save_provider(
            shelf.runtime, conn, base_url=model.base_url, default_model="m", api_key="k",
            embedding_model=embed, rerank_model=rerank,
        )  # fmt: skip
        await conn.execute("DELETE FROM job WHERE name = 'knowledge.embed'")


async def embed(shelf: Shelf) -> None:
    """Run the job, once and without the one after it."""
    await jobs.embed(shelf.attempt(), again=False)


async def stored(shelf: Shelf) -> list[str]:
    """Return the models of the vectors that there are."""
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        rows = await conn.fetch("SELECT model FROM besedka_vectors.chunk_vector")
    return [row["model"] for row in rows]


@pytest.fixture
async def shelf(shelf: Shelf, model: FakeLlm) -> Shelf:
    """A shelf with two texts and their vectors."""
    shelf.runtime.get(Vectors).question_seconds = 5.0
    await shelf.add(CARS)
    await shelf.add(TEA)
    await connect(shelf, model)
    await embed(shelf)
    return shelf


async def test_passage_is_found_by_meaning_and_its_call_is_recorded(
    shelf: Shelf, model: FakeLlm
) -> None:
    found = await shelf.ask("паркинг для машины")
    assert found.hits[0].text == CARS
    assert found.confidence < 0.45  # two passages are too few to tell near from far
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        runs = await conn.fetch(
            "SELECT model, state, input_tokens FROM llm_run WHERE purpose = 'embed'"
        )
    assert [tuple(run.values()) for run in runs] == [("small", "done", 14), ("small", "done", 7)]
    assert model.embeddings[0].body["input"] == [f"{CARS}\n\n{CARS}", f"{TEA}\n\n{TEA}"]


async def test_what_is_clearly_near_is_answered_though_no_word_is_the_same(shelf: Shelf) -> None:
    for number in range(40):
        await shelf.add(f"Глава {number}. Лес, река, поле, птица номер {number} и зверь.")
    await embed(shelf)
    assert (await shelf.ask("машину на паркинг")).confidence >= 0.45
    assert (await shelf.ask("квантовая хромодинамика")).confidence < 0.45


async def test_index_finds_what_comparing_all_finds(shelf: Shelf) -> None:
    exact = await shelf.ask("паркинг для машины")
    shelf.runtime.get(Vectors).exact_most = 1
    await shelf.add("Ещё один текст о погоде.")
    await embed(shelf)
    async with shelf.runtime.db.system.acquire() as conn:
        assert await conn.fetchval("SELECT to_regclass('besedka_vectors.ix_chunk_vector_256')")
    by_index = await shelf.ask("паркинг для машины")
    assert by_index.hits[0].chunk_id == exact.hits[0].chunk_id


async def test_provider_that_is_slow_or_away_delays_nothing(shelf: Shelf, model: FakeLlm) -> None:
    shelf.runtime.get(Vectors).question_seconds = 0.2
    model.embed_pause = 30.0
    begins = monotonic()
    found = await shelf.ask("чай в саду")
    assert monotonic() - begins < 3
    assert found.hits[0].text == TEA
    model.embed_pause = 0.0
    model.then(Fail(401))
    assert (await shelf.ask("чай в саду")).hits[0].text == TEA


async def test_vectors_go_with_their_passages_and_follow_the_model(
    shelf: Shelf, model: FakeLlm
) -> None:
    source = await shelf.add("Третий текст.")
    await embed(shelf)
    assert await stored(shelf) == ["small"] * 3
    await shelf.delete(source)
    assert await stored(shelf) == ["small"] * 2
    await shelf.restore(source)
    await embed(shelf)
    passage = (await shelf.passages(source))[0]
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await service.edit_passage(conn, passage.id, "Новый текст.")
        assert len(await conn.fetch("SELECT FROM besedka_vectors.chunk_vector")) == 2
        await service.switch_passage(conn, passage.id, off=True)
    await embed(shelf)
    assert await stored(shelf) == ["small"] * 2
    await shelf.destroy(source)
    model.embed = lambda text: [*by_meaning(text), 1.0]
    await connect(shelf, model, embed="large")
    found = (await shelf.ask("паркинг")).hits
    assert (
        found == () or await stored(shelf) == ["large"] * 2
    )  # the application's own job may be as quick
    await embed(shelf)
    assert await stored(shelf) == ["large"] * 2
    assert (await shelf.ask("паркинг")).hits
    await connect(shelf, model, embed="")
    await embed(shelf)
    assert await stored(shelf) == []


async def test_new_passage_asks_for_its_vector(shelf: Shelf) -> None:
    await shelf.add("Новый текст.")
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM job WHERE name = 'knowledge.embed'")


async def test_vectors_of_another_workspace_are_out_of_reach(shelf: Shelf, model: FakeLlm) -> None:
    other = await make_shelf(shelf.runtime)
    await connect(other, model)
    assert (await other.ask("паркинг для машины")).hits == ()
    async with other.runtime.db.fast.acquire(other.workspace.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM besedka_vectors.chunk_vector") == 0
        done = await conn.execute("UPDATE besedka_vectors.chunk_vector SET model = 'x'")
        assert done == "UPDATE 0"
        found = await VectorRepository(conn).nearest_of_all(
            "small", [shelf.collection], vector=meaning("x"), limit=5
        )
        assert found.distances == {}


async def test_reranker_has_the_last_word_until_it_fails(shelf: Shelf, model: FakeLlm) -> None:
    await shelf.add("Чай чай чай: сад, сад.")
    await embed(shelf)
    before = [hit.text for hit in (await shelf.ask("чай в саду")).hits]
    assert len(before) > 1
    await connect(shelf, model, rerank="judge")
    model.rank = lambda _query, documents: [
        {"index": place, "score": place} for place in range(len(documents))
    ]
    assert [hit.text for hit in (await shelf.ask("чай в саду")).hits] == before[::-1]
    model.rank = lambda _query, _documents: {"results": [{"index": 99, "relevance_score": 1}]}
    assert [hit.text for hit in (await shelf.ask("чай в саду")).hits] == before


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Offered(None, None), "no extension"), (Offered("0.7.4", "0.8.6"), "0.8 or newer"),
        (Offered("0.8.0", None), ""), (Offered(None, "0.8.6"), ""),
    ],
)  # fmt: skip
def test_server_without_a_fit_pgvector_has_a_reason(found: Offered, reason: str) -> None:
    assert reason in judge(found, is_local=False).reason
    assert bool(reason) is bool(judge(found, is_local=False).reason)


async def test_where_vectors_cannot_be_words_are_searched(shelf: Shelf) -> None:
    state = shelf.runtime.get(Vectors)
    state.are_there, state.looked_at = False, monotonic()
    assert (await shelf.ask("паркинг для машины")).hits == ()
    assert (await shelf.ask("чай в саду")).hits[0].text == TEA


def test_fusion_prefers_what_several_rankings_have() -> None:
    assert fuse([["a", "b", "c"], ["c", "d"]]) == ["c", "a", "b", "d"]
    assert fuse([["a"], ["b"]]) == ["a", "b"]
    assert fuse([]) == []
