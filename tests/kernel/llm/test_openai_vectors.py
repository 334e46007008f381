"""Embeddings and rankings of servers that speak like OpenAI, Jina or Cohere, and of those that do not."""

import math

import pytest

from besedka.kernel.llm.errors import AuthFailed, UnknownFailure
from besedka.kernel.llm.wires.openai import OpenAiWire
from besedka.kernel.llm.wires.openai_vectors import read_embeddings, read_ranking
from tests.fakes.llm import Fail, FakeLlm, meaning


async def test_texts_become_vectors_of_unit_length_in_their_order(
    wire: OpenAiWire, llm: FakeLlm
) -> None:
    found = await wire.embed("small", ["один", "два"])
    assert found.usage.input == 14
    own = meaning("один")
    length = math.sqrt(sum(number * number for number in own))
    assert found.vectors[0] == pytest.approx([number / length for number in own])
    assert llm.embeddings[0].body["encoding_format"] == "float"


async def test_passing_failure_is_tried_again_and_a_wrong_key_is_not(
    wire: OpenAiWire, llm: FakeLlm
) -> None:
    llm.then(Fail(503))
    assert len((await wire.embed("small", ["один"])).vectors) == 1
    llm.then(Fail(401))
    with pytest.raises(AuthFailed):
        await wire.embed("small", ["один"])


async def test_documents_are_ranked(wire: OpenAiWire) -> None:
    found = await wire.rerank("judge", query="чай", documents=["кофе", "чай"])
    assert [each.place for each in found.order] == [1, 0]
    assert found.usage.estimated


@pytest.mark.parametrize(
    "document",
    [
        {}, [], {"data": []}, {"data": [{"index": 0, "embedding": "AAAA"}]},
        {"data": [{"index": 0, "embedding": [1, "2"]}, {"index": 1, "embedding": [1, 2]}]},
        {"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}]},
        {"data": [{"index": 0, "embedding": [0, 0]}, {"index": 1, "embedding": [0, 0]}]},
        {"data": [{"index": 0, "embedding": [1, float("nan")]}, {"index": 1, "embedding": [1, 2]}]},
        {"data": [{"index": 0, "embedding": [1, 2]}]},
    ],
)  # fmt: skip
def test_vectors_that_are_none_are_refused(document: object) -> None:
    with pytest.raises(UnknownFailure):
        read_embeddings(document, ["a", "b"], guess=1)


def test_rows_without_a_place_are_taken_in_order() -> None:
    document = {"data": [{"embedding": [2]}, {"embedding": [-3]}], "usage": {"total_tokens": 5}}
    found = read_embeddings(document, ["a", "b"], guess=1)
    assert (found.vectors, found.usage.input) == (((1.0,), (-1.0,)), 5)


@pytest.mark.parametrize(
    "document",
    [
        {}, {"results": []}, {"results": [{"index": 5, "relevance_score": 1}]},
        {"results": [{"index": 0}]}, [{"index": 0, "score": float("inf")}], "no",
    ],
)  # fmt: skip
def test_rankings_that_are_none_are_refused(document: object) -> None:
    with pytest.raises(UnknownFailure):
        read_ranking(document, documents=2, guess=1)
