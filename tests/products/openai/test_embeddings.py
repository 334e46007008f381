"""Vectors through OpenAI's own client: shapes, lengths, what they took, and refusals."""

import base64
import math
import struct
from collections.abc import AsyncIterator

import httpx
import openai
import pytest
from openai import AsyncOpenAI

from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import RateLimiter
from besedka.kernel.llm import service as llm
from tests.factories import MadeWorkspace
from tests.fakes.llm import LENGTH, Fail, FakeLlm, meaning
from tests.products.assistants.test_model import place
from tests.products.openai.test_endpoint import program
from tests.web.conftest import address

__all__ = ["address", "place", "program"]

NAME = "acme/embed-1"


@pytest.fixture
async def model(runtime: Runtime, place: MadeWorkspace) -> AsyncIterator[FakeLlm]:
    """A provider with an embedding model whose name has a slash."""
    async with FakeLlm() as fake:
        await _set(runtime, place, fake, embedding_model=NAME)
        yield fake


async def _set(
    runtime: Runtime, place: MadeWorkspace, fake: FakeLlm, *, embedding_model: str
) -> None:
    async with runtime.db.fast.transaction(place.id) as conn:
        await llm.save_provider(
            runtime, conn, base_url=fake.base_url, default_model="fake", api_key="sk-test",
            embedding_model=embedding_model,
        )  # fmt: skip


async def test_embedding_model_is_listed_and_found_by_its_name(
    program: AsyncOpenAI, model: FakeLlm
) -> None:
    listed = [each async for each in program.models.list()]
    assert [each.id for each in listed] == [NAME]
    assert (await program.models.retrieve(NAME)).id == NAME


async def test_texts_become_vectors_in_their_order_and_are_recorded(
    program: AsyncOpenAI, runtime: Runtime, place: MadeWorkspace, model: FakeLlm
) -> None:
    texts = [f"text {n}" for n in range(70)]
    made = await program.embeddings.create(model=NAME, input=texts)
    assert [each.index for each in made.data] == list(range(70))
    expected = meaning("text 69")
    length = math.hypot(*expected)
    assert made.data[69].embedding == pytest.approx([n / length for n in expected], abs=1e-6)
    assert (made.model, made.usage.prompt_tokens, made.usage.total_tokens) == (NAME, 490, 490)
    assert [len(str(each.body["input"]).split(",")) for each in model.embeddings] == [64, 6]
    async with runtime.db.fast.acquire(place.id) as conn:
        rows = await conn.fetch(
            "SELECT model, state, input_tokens FROM llm_run WHERE purpose = 'embed' ORDER BY id"
        )
    assert [tuple(row.values()) for row in rows] == [(NAME, "done", 448), (NAME, "done", 42)]


async def test_one_text_as_numbers_is_the_same_vector_as_in_base64(
    program: AsyncOpenAI, model: FakeLlm
) -> None:
    plain = await program.embeddings.create(model=NAME, input="доставка", encoding_format="float")
    packed = await program.embeddings.create(model=NAME, input="доставка", encoding_format="base64")
    raw: object = packed.data[0].embedding  # the client leaves base64 that was asked for as it is
    assert isinstance(raw, str)
    assert struct.unpack(f"<{LENGTH}f", base64.b64decode(raw)) == pytest.approx(
        plain.data[0].embedding, abs=1e-6
    )
    unasked = await program.embeddings.create(model=NAME, input="доставка")
    assert len(plain.data[0].embedding) == LENGTH
    assert unasked.data[0].embedding == pytest.approx(plain.data[0].embedding, abs=1e-6)


async def test_dimensions_are_asked_for_and_their_lack_is_said(
    program: AsyncOpenAI, model: FakeLlm
) -> None:
    made = await program.embeddings.create(model=NAME, input="text", dimensions=LENGTH)
    assert len(made.data[0].embedding) == LENGTH
    assert model.embeddings[0].body["dimensions"] == LENGTH
    with pytest.raises(openai.BadRequestError) as ignored:
        await program.embeddings.create(model=NAME, input="text", dimensions=8)
    model.then(Fail(400, {"error": {"message": "dimensions is not supported"}}))
    with pytest.raises(openai.BadRequestError) as objected:
        await program.embeddings.create(model=NAME, input="text", dimensions=8)
    for error in (ignored.value, objected.value):
        assert (error.code, error.param) == ("option_unsupported", "dimensions")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"input": [1, 2, 3]}, 400, "tokens_unsupported"),
        ({"input": [[1, 2], [3]]}, 400, "tokens_unsupported"),
        ({"input": ["text", 7]}, 400, "tokens_unsupported"),
        ({"input": []}, 400, "input_empty"),
        ({"input": ["text", "  "]}, 400, "input_empty"),
        ({"input": ["x" * 600_000] * 2}, 400, "input_too_long"),
        ({"input": ["x"] * 1025}, 400, "invalid_input"),
        ({"model": "text-embedding-3-small"}, 404, "model_not_found"),
    ],
)
async def test_request_that_cannot_be_served_is_refused_in_openais_shape(
    program: AsyncOpenAI, model: FakeLlm, change: dict[str, object], status: int, code: str
) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        await program.post(
            "/embeddings", body={"model": NAME, "input": "text"} | change, cast_to=object
        )
    assert (refused.value.status_code, refused.value.code) == (status, code)
    assert refused.value.type == "invalid_request_error"
    assert not model.embeddings


async def test_without_provider_or_embedding_model_the_answer_says_which(
    program: AsyncOpenAI, runtime: Runtime, place: MadeWorkspace
) -> None:
    with pytest.raises(openai.ConflictError) as none:
        await program.embeddings.create(model=NAME, input="text")
    assert none.value.code == "no_provider"
    async with FakeLlm() as fake:
        await _set(runtime, place, fake, embedding_model="")
        with pytest.raises(openai.ConflictError) as without:
            await program.embeddings.create(model=NAME, input="text")
    assert without.value.code == "no_embedding_model"
    assert "Settings → Model" in without.value.message


async def test_providers_failure_is_a_server_error_without_its_words(
    program: AsyncOpenAI, model: FakeLlm
) -> None:
    model.then(Fail(401, {"error": {"message": "bad key sk-test"}}))
    with pytest.raises(openai.InternalServerError) as failed:
        await program.embeddings.create(model=NAME, input="text")
    assert (failed.value.status_code, failed.value.code) == (502, "llm_auth")
    assert failed.value.type == "server_error"
    assert "sk-test" not in failed.value.message


async def test_too_many_texts_a_minute_have_to_wait(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, model: FakeLlm
) -> None:
    runtime.limiter = RateLimiter(enabled=True)
    body = {"model": NAME, "input": ["x"] * 1024}
    answers = [
        await client.post("/v1/embeddings", headers=place.headers, json=body) for _ in range(6)
    ]
    assert [each.status_code for each in answers] == [200] * 5 + [429]
    assert answers[-1].json()["error"]["type"] == "rate_limit_error"
    assert int(answers[-1].headers["Retry-After"]) > 0
